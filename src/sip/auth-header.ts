import { afterIn, afterQuotedIn, afterSpaceIn, codesOf, isToken, unquoted } from "./characters.ts";
import { KnownWords } from "./known-words.ts";
import { lowerIn } from "./parameters.ts";

/** The parameters of one value: names in lower case, values without their quotes. */
export class AuthParameters {
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  get(name: string): string | undefined {
    const at = this.#names.indexOf(name);
    return at < 0 ? undefined : this.#values[at];
  }

  /** False: it is there already. */
  add(name: string, value: string): boolean {
    if (this.#names.includes(name)) return false;
    this.#names.push(name);
    this.#values.push(value);
    return true;
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (const [at, name] of this.#names.entries()) yield [name, this.#values[at] as string];
  }
}

/** What clients send (RFC 7616 §3.4). */
const names = new KnownWords([
  "username",
  "username*",
  "userhash",
  "realm",
  "nonce",
  "uri",
  "response",
  "algorithm",
  "cnonce",
  "opaque",
  "qop",
  "nc",
]);

/** As many as any client sends, twice over. */
const parametersMax = 32;

/**
 * Reads one value of Authorization or Proxy-Authorization of the Digest scheme (RFC 3261 §25.1 digest-response). Clients differ
 * in what they quote (algorithm, qop and nc with quotes, others without) and in white space, so any value may be quoted or not,
 * space may stand around "=" and ",", and a comma too many is nothing. Undefined for another scheme and for what has two
 * readings: a name twice, a quote that does not close, a name without value.
 */
export function readDigest(text: string): AuthParameters | undefined {
  return readDigestIn(codesOf(text), text, 0, text.length);
}

/** As `readDigest`, of the part of a text from `start` to `end`, whose characters are `codes`. */
export function readDigestIn(codes: Uint8Array, text: string, start: number, end: number): AuthParameters | undefined {
  const scheme = start + 6;
  if (end < scheme || lowerIn(codes, text, start, scheme) !== "digest") return undefined;
  const found = new AuthParameters();
  let at = afterSpaceIn(codes, scheme, end);
  if (at === scheme) return undefined;
  for (;;) {
    while (at < end && codes[at] === 0x2c) at = afterSpaceIn(codes, at + 1, end);
    if (at >= end) return found;
    const nameEnd = afterIn(codes, at, end, isToken);
    const name = names.find(codes, text, at, nameEnd) ?? lowerIn(codes, text, at, nameEnd);
    at = afterSpaceIn(codes, nameEnd, end);
    if (name === "" || at === end || codes[at] !== 0x3d || found.size === parametersMax) return undefined;
    at = afterSpaceIn(codes, at + 1, end);
    const isQuoted = at < end && codes[at] === 0x22;
    const valueEnd = isQuoted ? afterQuotedIn(codes, at, end) : afterBareIn(codes, at, end);
    if (valueEnd < 0 || !found.add(name, writtenValue(name, text, at, valueEnd, isQuoted))) return undefined;
    at = afterSpaceIn(codes, valueEnd, end);
    if (at < end && codes[at] !== 0x2c) return undefined;
  }
}

/** The end of a value without quotes: up to the comma or space behind it. URIs and addresses stand so too. */
function afterBareIn(codes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end) {
    const code = codes[position];
    if (code === 0x2c || code === 0x20 || code === 0x09) break;
    if (code === 0x22) return -1;
    position++;
  }
  return position === at ? -1 : position;
}

/** What is text is understood; of all others digest hashes what stands between the quotes, as it stands (RFC 7616 §3.4.1). */
function writtenValue(name: string, text: string, at: number, end: number, isQuoted: boolean): string {
  if (!isQuoted) return text.slice(at, end);
  return name === "username" || name === "realm" ? unquoted(text.slice(at, end)) : text.slice(at + 1, end - 1);
}
