import { after, afterSpace, decimalIn, isDigit, isToken } from "./characters.ts";

/** A request's place in its dialog (RFC 3261 §20.16). */
export type CSeq = { readonly number: number; readonly method: string };

const most = 2 ** 31 - 1;

/** Reads a CSeq: below 2^31 (RFC 3261 §8.1.1.5), and a method whose case counts. Undefined when it is none. */
export function parseCSeq(text: string): CSeq | undefined {
  const end = after(text, 0, isDigit);
  const number = decimalIn(text, 0, end);
  if (number === undefined || number > most) return undefined;
  const start = afterSpace(text, end);
  const to = after(text, start, isToken);
  return start > end && to > start && to === text.length ? { number, method: text.slice(start, to) } : undefined;
}
