import { inline } from "./expected.ts";
import { type ListenerConfig, listenersOfAllKinds } from "./listener-schema.ts";
import { type JsonSchema, jsonSchema } from "./schema.ts";

/** Where the JSON Schema lies for editors, seen from comity.yaml. */
const modeline = "# yaml-language-server: $schema=./comity.schema.json";

/** Keys that the file made by `comity start` says aloud; everything else is there too, as a comment. */
export type Chosen = {
  readonly domains: readonly string[];
  readonly development?: boolean | undefined;
  /** Listen for everything, SIP in the clear too, so that any client can be tried. */
  readonly everything?: boolean | undefined;
  /** The one address to listen on for everything. */
  readonly address?: string | undefined;
  /** Foreign domains with the places where their servers are. */
  readonly partners?: readonly { readonly domain: string; readonly route: readonly string[] }[];
};

/**
 * A whole comity.yaml: every key with what it means and its default. What need not be said is a comment, so that a new
 * default counts after an upgrade; `chosen` says what is set.
 */
export function commentedYaml(chosen: Chosen): string {
  const root = jsonSchema();
  const set = new Map<string, unknown>([["domains", chosen.domains]]);
  if (chosen.development === true) set.set("tls.development", true);
  if (chosen.everything === true || chosen.address !== undefined) set.set("listeners", listenersAt(chosen.address));
  if (chosen.partners !== undefined && chosen.partners.length > 0) set.set("federation.partners", chosen.partners);
  const head = [
    modeline,
    "#",
    ...comment(
      "Comity's configuration. A key that is left out has the default shown here, unless it says: for example.",
      "",
    ),
    ...comment("Relative paths are relative to the folder of this file. `comity config check` finds mistakes;", ""),
    ...comment("after a change, `comity reload` (or SIGHUP) puts it in force without dropping anybody.", ""),
  ];
  return `${[...head, ...sections(root, set)].join("\n")}\n`;
}

function listenersAt(address: string | undefined): readonly ListenerConfig[] {
  return address === undefined ? listenersOfAllKinds : listenersOfAllKinds.map((each) => ({ ...each, address }));
}

function sections(root: JsonSchema, set: ReadonlyMap<string, unknown>): string[] {
  return Object.entries(root.properties ?? {}).flatMap(([name, at]) => ["", ...entry(name, at, name, "", set)]);
}

function entry(
  name: string,
  at: JsonSchema,
  path: string,
  indent: string,
  set: ReadonlyMap<string, unknown>,
): string[] {
  const said = comment(at.description ?? "", indent);
  if (at.properties !== undefined) {
    const inside = Object.entries(at.properties).flatMap(([key, member]) =>
      entry(key, member, `${path}.${key}`, `${indent}  `, set),
    );
    // The section's own line stands: with nothing behind it, it counts as left out, and one key may be uncommented.
    return [...said, `${indent}${name}:`, ...inside];
  }
  const about = Object.entries(membersOf(at)).flatMap(([key, member]) =>
    comment(`- ${key}: ${[member.description, valuesWords(member)].filter(Boolean).join(" ")}`, indent, "  "),
  );
  return [...said, ...about, ...comment(valuesWords(at), indent), ...assignment(name, at, set.get(path), indent)];
}

/** The keys of a list's items, where they are mappings. */
export function membersOf(at: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return at.items?.properties ?? at.items?.anyOf?.find((form) => form.properties !== undefined)?.properties ?? {};
}

/** "One of a, b, c.", unless the description has gone through them already. */
export function valuesWords(at: JsonSchema): string {
  const values = at.enum ?? [];
  const told = values.every((value) => new RegExp(`\\b${value}( \\(|:)`).test(at.description ?? ""));
  return values.length < 2 || told ? "" : `One of ${values.join(", ")}.`;
}

function assignment(name: string, at: JsonSchema, value: unknown, indent: string): string[] {
  if (value !== undefined) return yamlOf(name, value).map((line) => `${indent}${line}`);
  const example = at.examples?.[0];
  const useExample = example !== undefined && (at.default === undefined || isEmpty(at.default));
  const lines = yamlOf(name, useExample ? example : (at.default ?? ""));
  return [...(useExample ? ["For example:"] : []), ...lines].map((line) => `${indent}# ${line}`);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function yamlOf(name: string, value: unknown): string[] {
  if (Array.isArray(value) && value.length > 0) return [`${name}:`, ...value.map((item) => `  - ${inline(item)}`)];
  return [`${name}: ${inline(value)}`];
}

/** Words as comment lines of at most 110 characters; lines after the first begin with `hanging`. */
function comment(words: string, indent: string, hanging = ""): string[] {
  const lines: string[] = [];
  for (const word of words.split(" ").filter((part) => part !== "")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length + indent.length <= 108) lines[lines.length - 1] = longer;
    else lines.push(lines.length === 0 ? word : `${hanging}${word}`);
  }
  return lines.map((line) => `${indent}# ${line}`);
}
