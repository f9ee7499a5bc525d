import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import {
  afterIn,
  afterQuotedIn,
  afterSpaceIn,
  charts,
  codesOf,
  isToken,
  isTokenText,
  isUpper,
  isValue,
  quoted,
  unquoted,
} from "./characters.ts";
import { KnownWords } from "./known-words.ts";

/** A parameter: its name in lower case, its value without quotes; undefined when it has no "=". */
export type Parameter = readonly [name: string, value: string | undefined];

export const noParameters: readonly Parameter[] = [];
const without = ok(noParameters);

/** What headers of nearly every message have. */
const names = new KnownWords(["tag", "branch", "rport", "received", "alias", "expires", "transport", "q", "lr", "ob"]);

/**
 * The first parameter's value of that (lower-case) name: "" when it stands without value, undefined when it is not
 * there.
 */
export function parameter(list: readonly Parameter[], name: string): string | undefined {
  for (const [key, value] of list) if (key === name) return value ?? "";
  return undefined;
}

/**
 * Writes a header's parameters: ";a=b;c", a value in quotes where it is no token (a bracketed or plain IPv6 address is
 * left alone).
 */
export function parametersText(list: readonly Parameter[]): string {
  let text = "";
  for (const [name, value] of list) text += value === undefined ? `;${name}` : `;${name}=${valueText(value)}`;
  return text;
}

function valueText(value: string): string {
  return isTokenText(value) || /^\[?[0-9A-Fa-f:.]+\]?$/.test(value) ? value : quoted(value);
}

/**
 * Reads a header's parameters from `at` to the end of the text (RFC 3261 §25.1 generic-param: ";" name ["=" value],
 * white space around each). Values may hold more characters than a token or host, since partners write more; none that
 * separates. Fails with sip-malformed: an empty parameter, a name that is no token, a quoted string that does not end,
 * text behind it.
 */
export function readParameters(text: string, at: number): Result<readonly Parameter[]> {
  return readParametersIn(codesOf(text), text, at, text.length);
}

/** As `readParameters`, of a part of a text whose characters are `codes`. */
export function readParametersIn(
  codes: Uint8Array,
  text: string,
  at: number,
  end: number,
): Result<readonly Parameter[]> {
  let position = afterSpaceIn(codes, at, end);
  if (position === end) return without;
  const found: Parameter[] = [];
  while (position < end) {
    position = readParameterIn(codes, text, position, end, place);
    if (position < 0) return no(fault("sip-malformed", place.name));
    found.push([place.name, valueAt(place, text)]);
  }
  return ok(found);
}

/** Where one parameter stands: its name in lower case, and from where to where its value goes; `from` is -1 without "=". */
export type ParameterPlace = { name: string; from: number; to: number; isQuoted: boolean };

const place: ParameterPlace = { name: "", from: -1, to: -1, isQuoted: false };

/**
 * Reads the parameter whose ";" stands at `at` for those who want one of many: nothing of it is copied but a name nobody knows.
 * Answers where the next one's ";" or the end is; -1 when it is wrong, and then the name says how.
 */
export function readParameterIn(
  codes: Uint8Array,
  text: string,
  at: number,
  end: number,
  into: ParameterPlace,
): number {
  if (codes[at] !== 0x3b) return wrong(into, "text where a parameter is due");
  const start = afterSpaceIn(codes, at + 1, end);
  const nameEnd = afterIn(codes, start, end, isToken);
  if (nameEnd === start) return wrong(into, "a parameter without a name");
  into.name = names.find(codes, text, start, nameEnd) ?? lowerIn(codes, text, start, nameEnd);
  into.from = -1;
  const equals = afterSpaceIn(codes, nameEnd, end);
  if (equals === end || codes[equals] !== 0x3d) return equals;
  const from = afterSpaceIn(codes, equals + 1, end);
  into.isQuoted = from < end && codes[from] === 0x22;
  const to = into.isQuoted ? afterQuotedIn(codes, from, end) : afterIn(codes, from, end, isValue);
  if (to < 0) return wrong(into, "a quoted string that does not end");
  if (to === from) return wrong(into, "a parameter with '=' and no value");
  into.from = from;
  into.to = to;
  return afterSpaceIn(codes, to, end);
}

/** The value that stands there, without quotes. */
export function valueAt({ from, to, isQuoted }: ParameterPlace, text: string): string | undefined {
  if (from < 0) return undefined;
  const value = text.slice(from, to);
  return isQuoted ? unquoted(value) : value;
}

function wrong(into: ParameterPlace, why: string): -1 {
  into.name = why;
  return -1;
}

/** Lower case; the text itself when it is so already, as nearly all are. */
export function lowerCased(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x41 && code <= 0x5a) return text.toLowerCase();
  }
  return text;
}

/** A part of a text in lower case. */
export function lowerIn(codes: Uint8Array, text: string, from: number, to: number): string {
  const part = text.slice(from, to);
  for (let at = from; at < to; at++) {
    if (((charts[codes[at] as number] as number) & isUpper) !== 0) return part.toLowerCase();
  }
  return part;
}
