import { afterQuoted, afterSpace } from "./characters.ts";

/**
 * Splits a header's value at commas that stand neither in quotes nor in <> (RFC 3261 §7.3.1), each part trimmed. An
 * empty part stays, for its reader to refuse. A quoted string that does not end goes to the end.
 */
export function splitList(text: string): readonly string[] {
  if (!text.includes(",")) return [text];
  const found: string[] = [];
  let start = 0;
  for (;;) {
    const end = valueEnd(text, start);
    found.push(trimmed(text, start, end));
    if (end >= text.length) return found;
    start = end + 1;
  }
}

/** The first value of a list; a text without commas is returned as it is. */
export function firstOfList(text: string): string {
  return text.includes(",") ? trimmed(text, 0, valueEnd(text, 0)) : text;
}

/** The place of the comma that ends the value at `start`, or the end of the text. */
export function valueEnd(text: string, start: number): number {
  let position = start;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code === 0x2c) return position;
    if (code === 0x22) {
      const end = afterQuoted(text, position);
      if (end < 0) return text.length;
      position = end;
    } else if (code === 0x3c) {
      const close = text.indexOf(">", position);
      if (close < 0) return text.length;
      position = close + 1;
    } else {
      position++;
    }
  }
  return text.length;
}

/** Spaces and tabs only: what Unicode calls white space may be a part of a text. */
function trimmed(text: string, start: number, end: number): string {
  const from = Math.min(afterSpace(text, start), end);
  let to = end;
  while (to > from && (text.charCodeAt(to - 1) === 0x20 || text.charCodeAt(to - 1) === 0x09)) to--;
  return text.slice(from, to);
}
