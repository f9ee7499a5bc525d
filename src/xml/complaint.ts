import { type Fault, type FaultCode, fault } from "../base/fault.ts";
import { codeAt, isCharacter, isWideName, notUtf8, unfinished, widthOf } from "./characters.ts";

/** A fault that says what stood where: the place counts from the element's first byte. Never content beyond a character. */
export function wrong(code: FaultCode, what: string, at: number): Fault {
  return fault(code, `${what}, at byte ${at} of the element`);
}

/** A character XML does not know (XML 1.0 §2.2). */
export function illegal(code: number, at: number): Fault {
  return wrong("xml-not-well-formed", `the character ${named(code)}`, at);
}

/** A byte that may not stand where it stands. */
export function unexpected(c: number, where: string, at: number): Fault {
  const what = c > 0x20 && c < 0x7f ? `'${String.fromCharCode(c)}'` : c < 0x80 ? named(c) : "a character beyond ASCII";
  return wrong("xml-not-well-formed", `${what} ${where}`, at);
}

/**
 * The width of the character beyond ASCII that begins at `position`; 0 when the bytes end within it; a fault when it is
 * none. `base` is where the element begins.
 */
export function wideAt(from: Uint8Array, position: number, end: number, base: number): number | Fault {
  const code = codeAt(from, position, end);
  if (code === unfinished) return 0;
  if (code === notUtf8) return wrong("xml-bad-utf8", "bytes that are not UTF-8", position - base); // RFC 6120 §11.6
  return isCharacter(code) ? widthOf(code) : illegal(code, position - base);
}

/** The same for a character of a name, which may be its first; `where` says so in the fault. */
export function wideNameAt(
  from: Uint8Array,
  position: number,
  end: number,
  base: number,
  first: boolean,
  where: string,
): number | Fault {
  const code = codeAt(from, position, end);
  if (code >= 0 && !isWideName(code, first)) {
    return wrong("xml-not-well-formed", `${named(code)} ${where}`, position - base);
  }
  return wideAt(from, position, end, base);
}

/** Where in a name `position` is, in words; `colon` is where its colon stands. */
export function inName(position: number, colon: number): string {
  return position === colon + 1 ? "after a prefix" : "in a name";
}

function named(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
