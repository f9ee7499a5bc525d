/**
 * Methods by name (RFC 3261 §7.1 and the IANA registry). A method read from a message comes out as one of these very
 * strings where it is known: they are compared and looked up many times for each message, and a text that is always the
 * same one costs next to nothing then.
 */
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
] as const;

/** The names by length and last letter: no two of them share both but where `byEnd` holds more. */
const byEnd: (readonly string[] | undefined)[] = Array.from({ length: 16 * 32 }, () => undefined);

for (const name of methodNames) {
  const slot = slotOf(name.length, name.charCodeAt(name.length - 1));
  byEnd[slot] = [...(byEnd[slot] ?? []), name];
}

function slotOf(length: number, last: number): number {
  return (length << 5) | (last & 31);
}

/** The method that stands from `at` to `end` in a text whose characters are `codes`; case counts (RFC 3261 §7.1). */
export function methodIn(codes: Uint8Array, text: string, at: number, end: number): string {
  const length = end - at;
  const known = length > 0 && length < 16 ? byEnd[slotOf(length, codes[end - 1] as number)] : undefined;
  if (known !== undefined) for (const name of known) if (text.startsWith(name, at)) return name;
  return text.slice(at, end);
}
