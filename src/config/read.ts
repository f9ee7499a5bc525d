import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { core } from "zod";
import type { FaultCode } from "../base/fault.ts";
import { expectedWords, inline, keysAt, type Path, schemaAt } from "./expected.ts";
import { nearest } from "./nearest.ts";
import { type Config, type JsonSchema, jsonSchema, schema } from "./schema.ts";

/** One thing wrong with a configuration file. */
export type ConfigFault = {
  readonly code: Extract<FaultCode, `config-${string}`>;
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Where in the configuration: "listeners[2].port"; empty for the file itself. */
  readonly place: string;
  /** What is wrong, as the rest of a sentence that begins with the place. */
  readonly problem: string;
  /** What to write instead; empty when nothing better can be said. */
  readonly instead: string;
};

export type ConfigRead =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** More aliases than anybody writes by hand; a file that unfolds into gigabytes is refused. */
const aliasesMax = 100;

/**
 * Reads the text of comity.yaml. All that is wrong comes at once, in the file's order.
 * @param file only named in the faults; nothing is opened
 */
export function readConfig(text: string, file: string): ConfigRead {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    const faults = document.errors.map(
      ({ message, pos }): ConfigFault => ({ code: "config-syntax", ...at(pos[0]), ...syntaxWords(message) }),
    );
    return { ok: false, faults };
  }
  const value = plainValue(document);
  if (value === undefined) {
    const problem = "unfolds too many aliases (*name)";
    return { ok: false, faults: [{ code: "config-syntax", ...at(0), place: "", problem, instead: "Write it out." }] };
  }
  const read = schema.safeParse(withoutNothing(value) ?? {});
  if (read.success) return { ok: true, config: read.data };
  const known = jsonSchema();
  const faults = read.error.issues
    .flatMap((issue) => faultsOf(issue, [], known, document))
    .map(({ key, path, ...rest }) => ({ ...rest, place: placeOf(path), ...at(offsetOf(document, path, key)) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, faults };
}

/** One fault on one line: "comity.yaml:3:5: listeners[0].port: ...". */
export function faultLine(fault: ConfigFault): string {
  const place = fault.place === "" ? "" : `${fault.place} `;
  const instead = fault.instead === "" ? "" : ` ${fault.instead}`;
  return `${fault.file}:${fault.line}:${fault.column}: ${place}${fault.problem}.${instead}`;
}

function syntaxWords(message: string): { place: string; problem: string; instead: string } {
  const problem = message.replace(/\.?\s*$/, "").replaceAll("\n", " ");
  if (/must be unique/.test(message))
    return { place: "", problem: "a key stands twice", instead: "Keep one of the two." };
  return { place: "", problem, instead: /\btabs?\b/i.test(message) ? "Indent with spaces." : "" };
}

function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax }) ?? {};
  } catch {
    return undefined;
  }
}

/** A key with nothing behind it counts as left out: all of a section may be commented away. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => item ?? null).map(withoutNothing);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNothing(item)]),
  );
}

type Found = Pick<ConfigFault, "code" | "problem" | "instead"> & {
  readonly path: Path;
  /** The key itself is what is wrong. */
  readonly key?: string;
};

function faultsOf(issue: core.$ZodIssue, above: Path, known: JsonSchema, document: Document): Found[] {
  const path = [...above, ...issue.path.filter((step) => typeof step !== "symbol")];
  if (issue.code === "unrecognized_keys") {
    const keys = keysAt(known, path);
    return issue.keys.map((key) => unknownKey(path, key, keys));
  }
  if (path.length === 0 && issue.code === "invalid_type") {
    const instead = "Write one key a line, the first of them domains: [ours.example]";
    return [{ code: "config-invalid", path, problem: "the file is not a mapping", instead: `${instead}.` }];
  }
  if (issue.code === "invalid_key") {
    const problem = issue.issues[0]?.message ?? "is not a known key";
    return [{ code: "config-unknown-key", path, key: String(path.at(-1)), problem, instead: "" }];
  }
  const value = document.getIn(path);
  if (issue.code === "invalid_union") {
    // The form that was meant is the one whose outermost type fits.
    const meant = issue.errors.find((form) => !form.some((inner) => inner.path.length === 0 && isWrongType(inner)));
    if (meant !== undefined) return meant.flatMap((inner) => faultsOf(inner, path, known, document));
  }
  const expected = expectedWords(schemaAt(known, path));
  const instead = expected === "" ? "" : `Write ${expected}.`;
  if (value === undefined || value === null) {
    return [{ code: "config-invalid", path, problem: "is missing", instead }];
  }
  // A rule about several values brings its own advice; what stands there would say nothing more.
  const advice = issue.code === "custom" ? issue.params?.instead : undefined;
  if (typeof advice === "string") return [{ code: "config-invalid", path, problem: issue.message, instead: advice }];
  const shown = isNode(value) ? "what stands there" : short(inline(value));
  const problem = ownWords(issue) ? `${issue.message}: ${shown}` : `cannot be ${shown}`;
  const meant = issue.code === "invalid_value" ? nearest(String(value), issue.values.map(String)) : undefined;
  const guess = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return [{ code: "config-invalid", path, problem, instead: `${instead}${guess}` }];
}

function isWrongType(issue: core.$ZodIssue): boolean {
  return issue.code === "invalid_type";
}

/** Whether the schema gave this check its own words; the library's begin with a capital. */
function ownWords(issue: core.$ZodIssue): boolean {
  return /^[a-z]/.test(issue.message);
}

function unknownKey(path: Path, key: string, keys: readonly string[]): Found {
  const meant = nearest(key, keys);
  const all = keys.length > 12 ? "`comity config schema` lists the known ones" : `Known here: ${keys.join(", ")}`;
  const instead = meant === undefined ? `${all}.` : `Did you mean ${meant}?`;
  return { code: "config-unknown-key", path: [...path, key], key, problem: "is not a known key", instead };
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** "listeners[2].port" */
function placeOf(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Where a place begins in the text; where it is missing, the nearest thing around it that is there. */
function offsetOf(document: Document, path: Path, key: string | undefined): number {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (isMap(parent)) {
    const step = path.at(-1);
    const pair = parent.items.find(({ key: name }) => isScalar(name) && name.value === step);
    const node = key === undefined ? (pair?.value ?? pair?.key) : pair?.key;
    if (isNode(node) && node.range) return node.range[0];
  } else {
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1), undefined);
}
