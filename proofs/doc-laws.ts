import { codeOf, type SourceFile } from "./laws.ts";

/** Compares what a page names with what there is, both ways. */
export function disagreement(page: string, named: Iterable<string>, there: Iterable<string>): readonly string[] {
  const [names, things] = [new Set(named), new Set(there)];
  const missing = [...things].filter((each) => !names.has(each)).map((each) => `${page} does not name ${each}`);
  const stale = [...names]
    .filter((each) => !things.has(each))
    .map((each) => `${page} names ${each}, which is not there`);
  return [...missing, ...stale].sort();
}

/** The files ARCHITECTURE.md names: `src/...ts` in backquotes. */
export function filesNamedIn(text: string): readonly string[] {
  return [...text.matchAll(/`(src\/[\w/.-]+\.ts)`/g)].map((match) => match[1] ?? "");
}

/** The cells of a table's rows, without heading and rule. */
export function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells, n, all) => !/^:?-+:?$/.test(cells[0] ?? "") && !/^:?-+:?$/.test(all[n + 1]?.[0] ?? ""));
}

/** The names in backquotes that stand first in a table's rows. */
export function firstNamesIn(text: string): readonly string[] {
  return rowsOf(text).flatMap(([first]) => /^`([^`]+)`$/.exec(first ?? "")?.[1] ?? []);
}

export type SpecRow = { readonly spec: string; readonly title: string; readonly state: string; readonly where: string };

const spec = /\b(?:RFC \d+|XEP-\d{4})\b/g;

/** The rows of SPECS.md. */
export function specRowsOf(text: string): readonly SpecRow[] {
  return rowsOf(text).flatMap(([name = "", title = "", state = "", where = ""]) =>
    /^(?:RFC \d+|XEP-\d{4})$/.test(name) ? [{ spec: name, title, state, where }] : [],
  );
}

/** Which files of `src/` cite which specification. */
export function citations(files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> {
  const cited = new Map<string, string[]>();
  for (const { path, text } of codeOf(files)) {
    for (const name of new Set(text.match(spec) ?? [])) cited.set(name, [...(cited.get(name) ?? []), path]);
  }
  return cited;
}

/** SPECS.md lists what is cited; what it says yes to is cited; each row has its title and its word. */
export function specsThatDisagree(text: string, files: readonly SourceFile[]): readonly string[] {
  const cited = citations(files);
  const rows = specRowsOf(text);
  const listed = new Set(rows.map((row) => row.spec));
  const missing = [...cited.keys()].filter((name) => !listed.has(name));
  return [
    ...missing.map((name) => `SPECS.md does not list ${name}, cited in ${cited.get(name)?.[0]}`),
    ...rows.flatMap(({ spec: name, title, state }) => {
      if (title === "") return [`SPECS.md gives ${name} no title`];
      if (!/^(?:yes|partial|no)\b/.test(state)) return [`SPECS.md says neither yes, partial nor no to ${name}`];
      return state.startsWith("yes") && !cited.has(name) ? [`SPECS.md says yes to ${name}, which nothing cites`] : [];
    }),
  ];
}

/** DEPENDENCIES.md gives each dependency its reason, and names no other. */
export function dependenciesThatDisagree(text: string, there: readonly string[]): readonly string[] {
  const without = rowsOf(text).filter(
    ([first, ...rest]) => /^`/.test(first ?? "") && rest.every((cell) => cell === ""),
  );
  return [
    ...disagreement("DEPENDENCIES.md", firstNamesIn(text), there),
    ...without.map(([first]) => `DEPENDENCIES.md gives no reason for ${first}`),
  ];
}
