import { faults } from "../src/base/fault.ts";
import type { FaultRow } from "../src/base/faults/row.ts";
import { limitTable } from "../src/base/limits.ts";
import { type MetricRow, metricTable } from "../src/base/metrics.ts";
import { stages } from "../src/base/stage.ts";
import { citations, specRowsOf } from "./doc-laws.ts";
import { codeOf, roomOf, rooms, type SourceFile } from "./laws.ts";

/** The part of a page between its markers is written by `npm run docs`; the rest is written by people. */
export function withSection(page: string, name: string, body: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const section = `${begin}\n\n${body.trim()}\n\n${end}`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to === -1) return `${page.trimEnd()}\n\n${section}\n`.trimStart();
  return page.slice(0, from) + section + page.slice(to + end.length);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Rooms with their floors, highest first, and what each may import. */
export function roomTable(): string {
  const rows = Object.entries(rooms).map(([name, room]) => [
    String(room.floor),
    `\`${name}\``,
    room.imports.join(", "),
  ]);
  return table(["floor", "room", "may import"], rows);
}

/** Every file of `src/` by room, with the first sentence of its own documentation. */
export function fileList(files: readonly SourceFile[]): string {
  const code = codeOf(files);
  const sections = Object.keys(rooms).flatMap((room) => {
    const own = code.filter(({ path }) => roomOf(path) === room);
    const lines = own.map((file) => `- \`${file.path}\`: ${purposeOf(file)}`);
    return own.length === 0 ? [] : [`### ${room}\n\n${lines.join("\n")}`];
  });
  return sections.join("\n\n");
}

const documented =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:@\w+\s*)?(export\s+)?(?:default |async |abstract |const |function |class |type |interface |let )*(\w*)/g;

/** A comment about the whole file: it stands first, with an empty line after it. */
const aboutAll = /^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n\n/;

/**
 * The first sentence a file says about itself: about the whole of it, else about what it is named after, else about the
 * first thing it exports.
 */
export function purposeOf({ path, text }: SourceFile): string {
  const bare = (name: string): string => name.replaceAll("-", "").toLowerCase();
  const own = bare(/([\w-]+)\.ts$/.exec(path)?.[1] ?? "");
  const found = [...text.matchAll(documented)].map(([, words = "", exported, name = ""]) => ({
    words,
    exported: exported !== undefined,
    name: bare(name),
  }));
  const best =
    found.find(({ name }) => name === own) ??
    found.find(({ exported, name }) => exported && name.endsWith(own)) ??
    found.find(({ exported }) => exported) ??
    found[0];
  const words = (aboutAll.exec(text)?.[1] ?? best?.words ?? "")
    .replace(/^\s*\* ?/gm, " ")
    .replace(/\s+/g, " ")
    .trim();
  return /^.*?\.(?= [A-Z`]|$)/.exec(words)?.[0] ?? words;
}

/** Every fault: what peers and people are told, and what an operator can do. */
export function faultTable(): string {
  const rows = Object.entries<FaultRow>(faults).map(([code, row]) => [
    `\`${code}\``,
    row.user,
    row.advice,
    [
      row.stanza === undefined ? "" : `stanza ${row.stanza[0]} (${row.stanza[1]})`,
      row.stream === undefined ? "" : `stream ${row.stream}`,
      row.sasl === undefined ? "" : `SASL ${row.sasl}`,
      row.sip === undefined ? "" : `SIP ${row.sip}`,
    ]
      .filter((each) => each !== "")
      .join(", "),
    row.cite,
  ]);
  return table(["fault", "the user reads", "the operator can", "on the wire", "source"], rows);
}

export function stageTable(): string {
  return table(
    ["stage", "reached when"],
    Object.entries(stages).map(([name, meaning]) => [`\`${name}\``, meaning]),
  );
}

export function limitsTable(): string {
  const rows = Object.entries(limitTable).map(([name, [value, meaning]]) => [`\`${name}\``, String(value), meaning]);
  return table(["limit", "unless set", "what it bounds"], rows);
}

export function metricsTable(): string {
  const rows = Object.entries<MetricRow>(metricTable).map(([name, { kind, labels, help }]) => [
    `\`${name}\``,
    kind,
    labels.join(", "),
    help,
  ]);
  return table(["metric", "kind", "labels", "what it counts"], rows);
}

const filesShownMax = 3;

/** The rows of SPECS.md: title and word stay as people wrote them, what cites them is filled in, new ones are added. */
export function specTable(page: string, files: readonly SourceFile[]): string {
  const cited = citations(files);
  const rows = new Map(specRowsOf(page).map((row) => [row.spec, row]));
  for (const spec of cited.keys()) {
    if (!rows.has(spec)) rows.set(spec, { spec, title: "", state: "", where: "" });
  }
  const where = (spec: string): string => {
    const paths = cited.get(spec) ?? [];
    if (paths.length <= filesShownMax) return paths.map((path) => path.replace(/^src\//, "")).join(", ");
    return Object.keys(rooms)
      .filter((room) => paths.some((path) => roomOf(path) === room))
      .join(", ");
  };
  const number = (spec: string): number => Number(/\d+/.exec(spec)?.[0]) + (spec.startsWith("XEP") ? 1e6 : 0);
  const sorted = [...rows.values()].sort((a, b) => number(a.spec) - number(b.spec));
  return table(
    ["specification", "title", "how far", "cited in"],
    sorted.map(({ spec, title, state }) => [spec, title, state, where(spec)]),
  );
}
