import { type Fault, fault } from "../base/fault.ts";
import { charts, isDigit, isToken } from "./characters.ts";

/** What the start line tells; places count from its first byte. */
export type StartLine = {
  isSip: boolean;
  isRequest: boolean;
  first: number;
  second: number;
  status: number;
  startEnd: number;
  fault: Fault | undefined;
};

/**
 * Reads the Request-Line or Status-Line that stands from `start` to `end` (RFC 3261 §7.1, §7.2): single spaces, nothing
 * before or behind. RFC 4475 §3.1.2.9 and §3.1.2.10 would let a lenient reader pass over more spaces; nobody needs
 * that, so they are faults. What can be told of a wrong line is told, so that it can be answered.
 */
export function readStartLine(to: StartLine, bytes: Uint8Array, start: number, end: number, uriBytesMax: number): void {
  to.startEnd = end - start;
  if (isVersionName(bytes, start, end)) readStatusLine(to, bytes, start, end);
  else readRequestLine(to, bytes, start, end, uriBytesMax);
}

function readRequestLine(to: StartLine, bytes: Uint8Array, start: number, end: number, uriBytesMax: number): void {
  let position = start;
  while (position < end && ((charts[bytes[position] as number] as number) & isToken) !== 0) position++;
  to.first = position - start;
  const uri = position + 1;
  while (++position < end && (bytes[position] as number) > 0x20);
  to.second = Math.min(position, end) - start;
  const isVersion = isVersionName(bytes, position + 1, end);
  if (isVersion && to.first > 0 && bytes[uri - 1] === 0x20 && bytes[position] === 0x20 && position > uri) {
    to.isSip = true;
    if (position - uri > uriBytesMax) to.fault ??= fault("sip-uri-too-long", "Request-URI");
    if (!isVersion2(bytes, position + 1, end)) to.fault ??= versionFault(bytes, position + 1, end);
    return;
  }
  // Wrong somewhere: the last word may still say that it is SIP, and the URI is what stands between the first and the
  // last.
  let last = end;
  while (last > start && (bytes[last - 1] as number) <= 0x20) last--;
  let word = last;
  while (word > start && (bytes[word - 1] as number) > 0x20) word--;
  to.isSip = to.first > 0 && isVersionName(bytes, word, end);
  if (to.isSip) to.second = Math.max(to.first, trimmedEnd(bytes, start, word) - start);
  to.fault ??= fault("sip-malformed", to.isSip ? "white space in the request line" : "not a SIP request line");
}

function readStatusLine(to: StartLine, bytes: Uint8Array, start: number, end: number): void {
  to.isRequest = false;
  to.isSip = true;
  to.first = Math.min(start + 8, end) - start;
  to.second = Math.min(start + 12, end) - start;
  if (!isVersion2(bytes, start, start + 7)) {
    let space = start;
    while (space < end && bytes[space] !== 0x20) space++;
    to.fault ??= versionFault(bytes, start, space);
    return;
  }
  let status = 0;
  for (let position = start + 8; position < start + 11; position++) {
    const digit = position < end ? (bytes[position] as number) - 0x30 : -1;
    status = digit < 0 || digit > 9 ? Number.NaN : status * 10 + digit;
  }
  // RFC 3261 §7.2: three digits, 1xx to 6xx. The phrase may be empty (RFC 4475 §3.1.1.13).
  const isGood = status >= 100 && status < 700 && bytes[start + 7] === 0x20;
  if (isGood && (end === start + 11 || bytes[start + 11] === 0x20)) to.status = status;
  else to.fault ??= fault("sip-malformed", "a status line without a status");
}

/** "SIP/" in any case (RFC 3261 §7.1). */
function isVersionName(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    at + 4 <= end &&
    ((bytes[at] as number) | 0x20) === 0x73 &&
    ((bytes[at + 1] as number) | 0x20) === 0x69 &&
    ((bytes[at + 2] as number) | 0x20) === 0x70 &&
    bytes[at + 3] === 0x2f
  );
}

/** What follows "SIP/" is "2.0" and no more. */
function isVersion2(bytes: Uint8Array, at: number, end: number): boolean {
  return end === at + 7 && bytes[at + 4] === 0x32 && bytes[at + 5] === 0x2e && bytes[at + 6] === 0x30;
}

/** Another version (RFC 3261 §21.5.6), or none at all. */
function versionFault(bytes: Uint8Array, at: number, end: number): Fault {
  let position = at + 4;
  while (position < end && (isDigitByte(bytes[position] as number) || bytes[position] === 0x2e)) position++;
  return position > at + 4 && position === end ? fault("sip-version") : fault("sip-malformed", "no SIP version");
}

function isDigitByte(c: number): boolean {
  return ((charts[c] as number) & isDigit) !== 0;
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = end;
  while (position > start && (bytes[position - 1] as number) <= 0x20) position--;
  return position;
}
