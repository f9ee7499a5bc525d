import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { after, afterQuoted, afterSpace, isToken, isTokenText, isValue, quoted, unquoted } from "./characters.ts";

/** A parameter: its name in lower case, its value without quotes; undefined when it has no "=". */
export type Parameter = readonly [name: string, value: string | undefined];

export const noParameters: readonly Parameter[] = [];

/** The first parameter's value of that (lower-case) name: "" when it stands without value, undefined when it is not there. */
export function parameter(list: readonly Parameter[], name: string): string | undefined {
  for (const [key, value] of list) if (key === name) return value ?? "";
  return undefined;
}

/** Writes a header's parameters: ";a=b;c", a value in quotes where it is no token (a bracketed or plain IPv6 address is left alone). */
export function parametersText(list: readonly Parameter[]): string {
  let text = "";
  for (const [name, value] of list) text += value === undefined ? `;${name}` : `;${name}=${valueText(value)}`;
  return text;
}

function valueText(value: string): string {
  return isTokenText(value) || /^\[?[0-9A-Fa-f:.]+\]?$/.test(value) ? value : quoted(value);
}

/**
 * Reads a header's parameters from `at` to the end of the text (RFC 3261 §25.1 generic-param: ";" name ["=" value], white space
 * around each). Values may hold more characters than a token or host, since partners write more; none that separates.
 * Fails with sip-malformed: an empty parameter, a name that is no token, a quoted string that does not end, text behind it.
 */
export function readParameters(text: string, at: number): Result<readonly Parameter[]> {
  let position = afterSpace(text, at);
  if (position === text.length) return ok(noParameters);
  const found: Parameter[] = [];
  while (position < text.length) {
    if (text.charCodeAt(position) !== 0x3b) return no(fault("sip-malformed", "text where a parameter is due"));
    const start = afterSpace(text, position + 1);
    const end = after(text, start, isToken);
    if (end === start) return no(fault("sip-malformed", "a parameter without a name"));
    const name = lowerCased(text.slice(start, end));
    position = afterSpace(text, end);
    if (text.charCodeAt(position) !== 0x3d) {
      found.push([name, undefined]);
      continue;
    }
    const from = afterSpace(text, position + 1);
    const isQuoted = text.charCodeAt(from) === 0x22;
    const to = isQuoted ? afterQuoted(text, from) : after(text, from, isValue);
    if (to < 0) return no(fault("sip-malformed", "a quoted string that does not end"));
    if (to === from) return no(fault("sip-malformed", "a parameter with '=' and no value"));
    const value = text.slice(from, to);
    found.push([name, isQuoted ? unquoted(value) : value]);
    position = afterSpace(text, to);
  }
  return ok(found);
}

/** Lower case; the text itself when it is so already, as nearly all are. */
export function lowerCased(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x41 && code <= 0x5a) return text.toLowerCase();
  }
  return text;
}
