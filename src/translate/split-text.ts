/** How a partner counts: bytes of UTF-8, or UTF-16 units, as Windows counts characters. */
export type TextUnit = "bytes" | "characters";

/**
 * Cuts a text into pieces of at most `most` units that joined are the text again, byte for byte (Y-2, I-9): between what
 * people take for one character (Unicode's grapheme clusters) where those fit, else between code points. `most` is 4 or more.
 */
export function splitText(text: string, most: number, unit: TextUnit): readonly string[] {
  if (fits(text, most, unit)) return [text];
  const pieces: string[] = [];
  let from = 0;
  let length = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    const size = sizeOf(segment, unit);
    if (size > most) {
      // Marks heaped on one letter: no character any more, so it is cut like anything.
      if (index > from) pieces.push(text.slice(from, index));
      pieces.push(...byCodePoint(segment, most, unit));
      from = index + segment.length;
      length = 0;
      continue;
    }
    if (length + size > most) {
      pieces.push(text.slice(from, index));
      from = index;
      length = 0;
    }
    length += size;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

/** The beginning of a text, as much as fits. */
export function cutText(text: string, most: number, unit: TextUnit = "bytes"): string {
  if (fits(text, most, unit)) return text;
  // A piece has no more units than allowed, so nothing behind them need be looked at.
  return splitText(text.slice(0, most + 1), most, unit)[0] ?? "";
}

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

function fits(text: string, most: number, unit: TextUnit): boolean {
  // No UTF-16 unit takes more than three bytes.
  return unit === "characters" ? text.length <= most : text.length * 3 <= most || Buffer.byteLength(text) <= most;
}

function sizeOf(text: string, unit: TextUnit): number {
  return unit === "characters" ? text.length : Buffer.byteLength(text);
}

function byCodePoint(text: string, most: number, unit: TextUnit): string[] {
  const pieces: string[] = [];
  let piece = "";
  let length = 0;
  for (const character of text) {
    const size = sizeOf(character, unit);
    if (length + size > most) {
      pieces.push(piece);
      piece = "";
      length = 0;
    }
    piece += character;
    length += size;
  }
  if (piece !== "") pieces.push(piece);
  return pieces;
}
