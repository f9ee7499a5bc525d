import { KnownWords } from "./known-words.ts";

/** Methods of the IANA registry that are met here, and Microsoft's. */
export const methodNames = [
  "REGISTER",
  "MESSAGE",
  "SUBSCRIBE",
  "NOTIFY",
  "PUBLISH",
  "OPTIONS",
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "INFO",
  "PRACK",
  "REFER",
  "UPDATE",
  "SERVICE",
  "BENOTIFY",
  "NEGOTIATE",
] as const;

const known = new KnownWords(methodNames);

/** The method that stands from `at` to `end` in a text whose characters are `codes`; case counts (RFC 3261 §7.1). */
export function methodIn(codes: Uint8Array, text: string, at: number, end: number): string {
  return known.find(codes, text, at, end) ?? text.slice(at, end);
}
