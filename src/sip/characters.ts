/**
 * What one character may be in SIP (RFC 3261 §25.1): bits to test in `charts`. What lies beyond a table's end has none.
 */
export const isToken = 1;
/**
 * In a user part: unreserved and user-unreserved; "#" too, which local telephone numbers have (RFC 3966 §3). "%" is not
 * in it.
 */
export const isUser = 2;
export const isPassword = 4;
/** In a parameter of a URI. "%" is not in it. */
export const isUriParameter = 8;
/** In the headers of a URI, with the "&" and "=" between them. "%" is not in it. */
export const isUriHeader = 16;
/** In a name or IPv4 address; "_" too, which the DNS has and hosts of the real world use. */
export const isHost = 32;
/** In the value of a header's parameter: more than token and host allow, since partners write more, but no separator. */
export const isValue = 64;
export const isDigit = 128;
/** In an IPv6 address. */
export const isIpv6 = 256;
export const isHex = 512;
export const isAlpha = 1024;
export const isUpper = 2048;
/** Anywhere in a URI of whatever scheme: visible, and nothing that ends one. */
export const isUriText = 4096;
/** In the scheme of a URI (RFC 3261 §25.1 scheme). */
export const isScheme = 8192;

/** The table: one lookup per character. */
export const charts: Uint16Array = new Uint16Array(256);

const alnum = "A-Za-z0-9";
const unreserved = `${alnum}\\-_.!~*'()`;
const classes: readonly (readonly [number, string])[] = [
  [isToken, `${alnum}\\-.!%*_+\`'~`],
  [isUser, `${unreserved}&=+$,;?/#`],
  [isPassword, `${unreserved}&=+$,`],
  [isUriParameter, `${unreserved}\\[\\]/:&+$`],
  [isUriHeader, `${unreserved}\\[\\]/?:+$&=`],
  [isHost, `${alnum}\\-._`],
  [isValue, "!#-+\\--:=?-\\[\\]-~"],
  [isDigit, "0-9"],
  [isIpv6, "0-9A-Fa-f:."],
  [isHex, "0-9A-Fa-f"],
  [isAlpha, "A-Za-z"],
  [isUpper, "A-Z"],
  [isUriText, "!#-;=?-~"],
  [isScheme, `${alnum}+\\-.`],
];

for (let code = 0x21; code < 0x7f; code++) {
  const character = String.fromCharCode(code);
  for (const [bit, set] of classes) {
    if (new RegExp(`[${set}]`).test(character)) charts[code] = (charts[code] as number) | bit;
  }
}

const scratch = new Uint8Array(2_048);

/**
 * A text's characters as bytes, which is how they are read: loops over bytes take half the time of loops over strings.
 * What is beyond Latin-1 becomes 0xff, which is of no class. Good until the next call.
 */
export function codesOf(text: string): Uint8Array {
  const { length } = text;
  const codes = length <= scratch.length ? scratch : new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    codes[at] = code < 0xff ? code : 0xff;
  }
  return codes;
}

/** The first place from `at` on whose character has none of the bits. */
export function after(text: string, at: number, bits: number): number {
  let position = at;
  while (position < text.length && ((charts[text.charCodeAt(position)] as number) & bits) !== 0) position++;
  return position;
}

export function afterIn(codes: Uint8Array, at: number, end: number, bits: number): number {
  let position = at;
  while (position < end && ((charts[codes[position] as number] as number) & bits) !== 0) position++;
  return position;
}

/** As `afterIn`, where "%" and two hexadecimal digits may stand too (RFC 3261 §25.1 escaped); stops at a wrong escape. */
export function afterEscapedIn(codes: Uint8Array, at: number, end: number, bits: number): number {
  let position = at;
  for (;;) {
    position = afterIn(codes, position, end, bits);
    if (position + 2 >= end || codes[position] !== 0x25) return position;
    const digits =
      (charts[codes[position + 1] as number] as number) & (charts[codes[position + 2] as number] as number);
    if ((digits & isHex) === 0) return position;
    position += 3;
  }
}

/** The first place from `at` on that is no space and no tab (RFC 3261 §25.1 LWS; line folds are gone from values). */
export function afterSpace(text: string, at: number): number {
  let position = at;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code !== 0x20 && code !== 0x09) break;
    position++;
  }
  return position;
}

export function afterSpaceIn(codes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && (codes[position] === 0x20 || codes[position] === 0x09)) position++;
  return position;
}

/** The place behind the last character from `at` to `end` that is no space and no tab. */
export function beforeSpaceIn(codes: Uint8Array, at: number, end: number): number {
  let position = end;
  while (position > at && (codes[position - 1] === 0x20 || codes[position - 1] === 0x09)) position--;
  return position;
}

/** Whether all of it is a token (RFC 3261 §25.1): at least one character. */
export function isTokenText(text: string): boolean {
  return text !== "" && after(text, 0, isToken) === text.length;
}

/**
 * Where the quoted string that opens at `at` ends: the place behind its closing quote; -1 when it does not end. A
 * character behind a backslash is taken as it is (RFC 3261 §25.1 quoted-pair).
 */
export function afterQuoted(text: string, at: number): number {
  for (let position = at + 1; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (code === 0x22) return position + 1;
    if (code === 0x5c) position++;
  }
  return -1;
}

export function afterQuotedIn(codes: Uint8Array, at: number, end: number): number {
  for (let position = at + 1; position < end; position++) {
    const code = codes[position];
    if (code === 0x22) return position + 1;
    if (code === 0x5c) position++;
  }
  return -1;
}

/** What is between the quotes, with the backslashes of quoted pairs gone. */
export function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner;
}

/** A text as a quoted string; control characters become spaces. */
export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return `"${text.replace(/[\0-\x1f\x7f]/g, " ").replace(/["\\]/g, "\\$&")}"`;
}

/** A decimal number of at most ten digits; undefined when it is none, or longer. */
export function decimal(text: string): number | undefined {
  return decimalIn(codesOf(text), 0, text.length);
}

/**
 * The decimal number that stands from `at` to `end`, at most ten digits. Zeros in front do not count (RFC 4475
 * §3.1.1.1).
 */
export function decimalIn(codes: Uint8Array, at: number, end: number): number | undefined {
  let from = at;
  while (from < end - 1 && codes[from] === 0x30) from++;
  if (from >= end || end - from > 10) return undefined;
  let value = 0;
  for (let position = from; position < end; position++) {
    const digit = (codes[position] as number) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}
