/** What one byte below 0x80 may be: bits to test in `bytes`. A byte of 0x80 and above has none of them: ask `codeAt`. */
export const isSpace = 1; // XML 1.0 §2.3 S
export const isNameStart = 2; // Namespaces in XML 1.0 §3 NCName: without the colon
export const isName = 4;
/** May stand in text with nothing more to look at: no markup, no '>' (which may end "]]>"). */
export const isText = 8;
/** May stand in an attribute value as it is: no quote, no white space but the space. */
export const isValue = 16;
/** May stand in a CDATA section: any legal character. */
export const isCdata = 32;

/** The table: one lookup per byte is all the scanner does on most of its way. */
export const bytes: Uint8Array = new Uint8Array(256);

for (let c = 0; c < 0x80; c++) {
  const character = String.fromCharCode(c);
  const space = /[ \t\r\n]/.test(character);
  const legal = space || c >= 0x20; // XML 1.0 §2.2 Char
  bytes[c] =
    (space ? isSpace : 0) |
    (/[A-Za-z_]/.test(character) ? isNameStart : 0) |
    (/[-.A-Za-z_0-9]/.test(character) ? isName : 0) |
    (legal && !/[<&>]/.test(character) ? isText : 0) |
    (legal && !/[<&'"\t\r\n]/.test(character) ? isValue : 0) |
    (legal ? isCdata : 0);
}

/** The first position from `start` on that needs a look of its own. Most bytes of most streams pass here. */
export function afterText(buffer: Uint8Array, start: number, end: number): number {
  let position = start;
  const last = end - 3;
  while (
    position < last &&
    ((bytes[buffer[position] as number] as number) &
      (bytes[buffer[position + 1] as number] as number) &
      (bytes[buffer[position + 2] as number] as number) &
      (bytes[buffer[position + 3] as number] as number) &
      isText) !==
      0
  ) {
    position += 4;
  }
  while (position < end && ((bytes[buffer[position] as number] as number) & isText) !== 0) position++;
  return position;
}

/** The bytes end before the character does. */
export const unfinished = -1;
/** These bytes are not UTF-8: a stray or missing continuation, an overlong form, a surrogate, or beyond U+10FFFF. */
export const notUtf8 = -2;

/**
 * The code point that starts at `at`, whose first byte is 0x80 or above (RFC 3629 §4), looking no further than `end`.
 * Answers `notUtf8` as soon as a byte cannot belong, `unfinished` while all seen so far may.
 */
export function codeAt(from: Uint8Array, at: number, end: number): number {
  const first = from[at] as number;
  if (first < 0xc2 || first > 0xf4) return notUtf8;
  if (at + 1 >= end) return unfinished;
  const second = from[at + 1] as number;
  if ((second & 0xc0) !== 0x80) return notUtf8;
  if (first < 0xe0) return ((first & 0x1f) << 6) | (second & 0x3f);
  if (first === 0xe0 && second < 0xa0) return notUtf8; // overlong
  if (first === 0xed && second > 0x9f) return notUtf8; // surrogates
  if (first === 0xf0 && second < 0x90) return notUtf8; // overlong
  if (first === 0xf4 && second > 0x8f) return notUtf8; // beyond U+10FFFF
  if (at + 2 >= end) return unfinished;
  const third = from[at + 2] as number;
  if ((third & 0xc0) !== 0x80) return notUtf8;
  if (first < 0xf0) return ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
  if (at + 3 >= end) return unfinished;
  const fourth = from[at + 3] as number;
  if ((fourth & 0xc0) !== 0x80) return notUtf8;
  return ((first & 0x07) << 18) | ((second & 0x3f) << 12) | ((third & 0x3f) << 6) | (fourth & 0x3f);
}

/** How many bytes a code point of 0x80 and above takes in UTF-8. */
export function widthOf(code: number): number {
  return code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/** XML 1.0 §2.2 Char, for any number. */
export function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/** XML 1.0 §2.3 NameStartChar beyond ASCII, as pairs of first and last. */
const nameStarts = [
  0xc0, 0xd6, 0xd8, 0xf6, 0xf8, 0x2ff, 0x370, 0x37d, 0x37f, 0x1fff, 0x200c, 0x200d, 0x2070, 0x218f, 0x2c00, 0x2fef,
  0x3001, 0xd7ff, 0xf900, 0xfdcf, 0xfdf0, 0xfffd, 0x10000, 0xeffff,
] as const;
/** What NameChar adds to it. */
const nameMore = [0xb7, 0xb7, 0x300, 0x36f, 0x203f, 0x2040] as const;

/** Whether a code point of 0x80 and above may stand in a name, first or later. */
export function isWideName(code: number, first: boolean): boolean {
  return within(nameStarts, code) || (!first && within(nameMore, code));
}

function within(ranges: readonly number[], code: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (code >= (ranges[i] as number) && code <= (ranges[i + 1] as number)) return true;
  }
  return false;
}
