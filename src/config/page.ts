import { inline } from "./expected.ts";
import { membersOf, valuesWords } from "./render.ts";
import { type JsonSchema, jsonSchema } from "./schema.ts";

/** docs/CONFIG.md: every key of comity.yaml, made from the schema. */
export function configPage(): string {
  const sections = Object.entries(jsonSchema().properties ?? {}).flatMap(([name, at]) => [
    "",
    `## \`${name}\``,
    "",
    `${at.description ?? ""}${defaultWords(at)}`,
    ...table(rows(at, name)),
  ]);
  return `${[...head, ...sections].join("\n")}\n`;
}

const head = [
  "# comity.yaml",
  "",
  "Made from the schema by `comity config page`; `comity config default` prints the same as a file to start from, and",
  "`comity config schema` as JSON Schema for editors. `comity config check` finds what is wrong, with line and column.",
  "Relative paths are relative to the folder of the file. A section or key that is left out has its default.",
  "Everything but `store` is put in force by `comity reload` (or `SIGHUP`) without dropping a connection.",
];

function rows(at: JsonSchema, path: string): string[] {
  if (at.properties === undefined) {
    return Object.entries(membersOf(at)).map(([key, member]) => row(`${path}[].${key}`, member));
  }
  return Object.entries(at.properties).flatMap(([key, member]) => {
    const inner = `${path}.${key}`;
    return member.properties === undefined ? [row(inner, member), ...rows(member, inner)] : rows(member, inner);
  });
}

function row(path: string, at: JsonSchema): string {
  const words = [at.description, valuesWords(at)].filter(Boolean).join(" ");
  const standard = at.default === undefined ? "" : `\`${inline(at.default)}\``;
  const example = at.examples?.[0] === undefined ? "" : `\`${inline(at.examples[0])}\``;
  return `| \`${path}\` | ${standard} | ${example} | ${words.replaceAll("|", "\\|")} |`;
}

function table(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", "| key | default | example | meaning |", "|---|---|---|---|", ...lines];
}

function defaultWords(at: JsonSchema): string {
  if (!Array.isArray(at.default) || at.default.length === 0) return "";
  return ` Default: ${at.default.map((item) => `\`${inline(item)}\``).join(", ")}.`;
}
