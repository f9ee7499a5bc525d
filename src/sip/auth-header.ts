import { after, afterQuoted, afterSpace, isToken, unquoted } from "./characters.ts";
import { lowerCased } from "./parameters.ts";

/** The parameters of one value: names in lower case, values without their quotes. */
export type AuthParameters = ReadonlyMap<string, string>;

/** Values that are text to be understood; of all others digest hashes what stands between the quotes, as it stands (RFC 7616 §3.4.1). */
const understood = new Set(["username", "realm"]);

/** As many as any client sends, twice over. */
const parametersMax = 32;

/**
 * Reads one value of Authorization or Proxy-Authorization of the Digest scheme (RFC 3261 §25.1 digest-response). Clients differ
 * in what they quote (algorithm, qop and nc with quotes, others without) and in white space, so any value may be quoted or not,
 * space may stand around "=" and ",", and a comma too many is nothing. Undefined for another scheme and for what has two
 * readings: a name twice, a quote that does not close, a name without value.
 */
export function readDigest(text: string): AuthParameters | undefined {
  if (lowerCased(text.slice(0, 6)) !== "digest") return undefined;
  const found = new Map<string, string>();
  let at = afterSpace(text, 6);
  if (at === 6) return undefined;
  for (;;) {
    while (text.charCodeAt(at) === 0x2c) at = afterSpace(text, at + 1);
    if (at >= text.length) return found;
    const nameEnd = after(text, at, isToken);
    const name = lowerCased(text.slice(at, nameEnd));
    at = afterSpace(text, nameEnd);
    if (name === "" || text.charCodeAt(at) !== 0x3d || found.has(name) || found.size === parametersMax)
      return undefined;
    at = afterSpace(text, at + 1);
    const end = text.charCodeAt(at) === 0x22 ? afterQuoted(text, at) : afterBare(text, at);
    if (end < 0) return undefined;
    found.set(name, writtenValue(name, text, at, end));
    at = afterSpace(text, end);
    if (at < text.length && text.charCodeAt(at) !== 0x2c) return undefined;
  }
}

/** The end of a value without quotes: up to the comma or space behind it. URIs and addresses stand so too. */
function afterBare(text: string, at: number): number {
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === 0x2c || code === 0x20 || code === 0x09) break;
    if (code === 0x22) return -1;
    end++;
  }
  return end === at ? -1 : end;
}

function writtenValue(name: string, text: string, at: number, end: number): string {
  if (text.charCodeAt(at) !== 0x22) return text.slice(at, end);
  return understood.has(name) ? unquoted(text.slice(at, end)) : text.slice(at + 1, end - 1);
}
