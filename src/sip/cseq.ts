import { afterIn, afterSpaceIn, codesOf, decimalIn, isDigit, isToken } from "./characters.ts";
import { methodIn } from "./method-names.ts";

/** A request's place in its dialog (RFC 3261 §20.16). */
export type CSeq = { readonly number: number; readonly method: string };

const most = 2 ** 31 - 1;

/** Reads a CSeq: below 2^31 (RFC 3261 §8.1.1.5), and a method whose case counts. Undefined when it is none. */
export function parseCSeq(text: string): CSeq | undefined {
  return readCSeqIn(codesOf(text), text, 0, text.length);
}

/** As `parseCSeq`, of the part of a text from `at` to `end`, whose characters are `codes`. */
export function readCSeqIn(codes: Uint8Array, text: string, at: number, end: number): CSeq | undefined {
  const digits = afterIn(codes, at, end, isDigit);
  const number = decimalIn(codes, at, digits);
  if (number === undefined || number > most) return undefined;
  const start = afterSpaceIn(codes, digits, end);
  const to = afterIn(codes, start, end, isToken);
  return start > digits && to > start && to === end ? { number, method: methodIn(codes, text, start, to) } : undefined;
}

/** Whether a CSeq of that method begins at `at`, as nearly all write it: at most nine digits, a space, the method, CRLF. */
export function isPlainCSeqAt(codes: Uint8Array, at: number, method: string): boolean {
  const digits = afterIn(codes, at, Math.min(at + 9, codes.length), isDigit);
  const end = digits + 1 + method.length;
  if (digits === at || codes[digits] !== 0x20 || codes[end] !== 0x0d) return false;
  for (let position = digits + 1; position < end; position++) {
    if (codes[position] !== method.charCodeAt(position - digits - 1)) return false;
  }
  return true;
}
