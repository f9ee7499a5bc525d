import { type Fault, fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { afterIn, isToken } from "./characters.ts";
import { contentLengthId, contentTypeId, idOfBytes, viaId } from "./header-names.ts";
import { readStartLine } from "./start-line.ts";

export type SipLimits = Pick<
  Limits,
  "sipMessageBytesMax" | "sipHeadBytesMax" | "sipHeadersMax" | "sipViasMax" | "sipUriBytesMax"
>;

/** Content-Length was not there. */
export const lengthMissing = -1;
/** Content-Length was there and said nothing one may rely on: no number, too large, or two that differ. */
export const lengthUnclear = -2;

/** Numbers that `fields` has for each field. */
export const fieldSize = 4;

const none: readonly number[] = [];

/** Where things stand in the head of one message; all places count from its first byte. */
export class HeadIndex {
  /**
   * For each field: its header's number (0 unknown), where its name begins, the place behind its colon, and behind its
   * last CRLF.
   */
  fields: readonly number[] = none;
  /** The start line speaks of SIP, of whatever version. */
  isSip = false;
  isRequest = true;
  /** Request: the place behind the method. Response: where the status code begins. */
  first = 0;
  /** Request: the place behind the URI. Response: where the reason phrase begins. */
  second = 0;
  /** 0 for requests. */
  status = 0;
  /** The place behind the start line's text. */
  startEnd = 0;
  /** Where the body begins. */
  bodyAt = 0;
  /** The Content-Length, or `lengthMissing`, or `lengthUnclear`. */
  length: number = lengthMissing;
  hasType = false;
  /** A bit for each header of a number below 32 that is there, and for each that stands in more than one field. */
  present = 0;
  repeated = 0;
  /** Some field goes over several lines. */
  folded = false;
  ascii = true;
  /** A byte that no field may have stands in the one looked at: it is left out, so that it never goes into an answer. */
  spoiled = false;
  /** The first thing that is wrong. What else could be read is here nevertheless, so that an answer can be given. */
  fault: Fault | undefined = undefined;
}

/** The shortest Via there is has this many bytes: "SIP/2.0/UDP a,". Fewer bytes need not be counted. */
const viaBytesMin = 14;

/** Fields are gathered here and copied when all are known: an array that grows would be copied several times. */
const scratch: number[] = Array.from({ length: 64 * fieldSize }, () => 0);

/**
 * Indexes the head of the message that begins at `start`, in one pass over its bytes (RFC 3261 §7): lines that end in
 * CRLF, fields over several lines, header names in any case and form. Nothing is decoded. A wrong line is left out and
 * remembered as the fault. Undefined when the bytes end before the empty line does.
 */
export function indexHead(bytes: Uint8Array, start: number, end: number, limits: SipLimits): HeadIndex | undefined {
  const index = new HeadIndex();
  let line = endOfField(index, bytes, start, end);
  if (line < 0) return undefined;
  if (index.folded) index.fault ??= malformed("a start line over several lines");
  readStartLine(index, bytes, start, line - 2, limits.sipUriBytesMax);
  if (index.spoiled) index.isSip = false;
  const most = fieldSize * limits.sipHeadersMax;
  let used = 0;
  let viaBytes = 0;
  while (bytes[line] !== 0x0d || bytes[line + 1] !== 0x0a) {
    let position = line;
    let c = bytes[line] as number;
    while (c > 0x20 && c !== 0x3a) c = bytes[++position] as number;
    const nameEnd = position;
    // RFC 3261 §7.3.1: white space may stand before the colon.
    while (c === 0x20 || c === 0x09) c = bytes[++position] as number;
    index.spoiled = false;
    const next = endOfField(index, bytes, position, end);
    if (next < 0) return undefined;
    const id = idOfBytes(bytes, line, nameEnd);
    const isField = c === 0x3a && (id !== 0 || (nameEnd > line && afterIn(bytes, line, nameEnd, isToken) === nameEnd));
    if (!isField || index.spoiled) {
      if (id === contentLengthId) index.length = lengthUnclear;
      index.fault ??= malformed("a header line without a name and a colon");
    } else {
      if (id === viaId) viaBytes += next - position;
      else if (id === contentLengthId) readLength(index, bytes, position + 1, next - 2);
      else if (id === contentTypeId) index.hasType = true;
      if (used === most) {
        index.fault ??= fault("sip-too-large", "sipHeadersMax");
      } else {
        if (id < 32) {
          index.repeated |= index.present & (1 << id);
          index.present |= 1 << id;
        }
        scratch[used] = id;
        scratch[used + 1] = line - start;
        scratch[used + 2] = position + 1 - start;
        scratch[used + 3] = next - start;
        used += fieldSize;
      }
    }
    line = next;
  }
  index.fields = scratch.slice(0, used);
  index.bodyAt = line + 2 - start;
  if (viaBytes > viaBytesMin * limits.sipViasMax && viasIn(bytes, start, index.fields) > limits.sipViasMax) {
    index.fault ??= fault("sip-too-large", "sipViasMax");
  }
  if (index.bodyAt > limits.sipHeadBytesMax) index.fault ??= fault("sip-too-large", "sipHeadBytesMax");
  return index;
}

/**
 * The place behind the CRLF that ends the field: the next line does not begin with white space (RFC 3261 §7.3.1). -1
 * when the bytes end before that can be told. A CR or LF alone ends no line: others might think it does, and see
 * another message. Control characters stand only behind a backslash (§25.1 quoted-pair).
 */
function endOfField(index: HeadIndex, bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  for (;;) {
    // Most bytes are visible ASCII or spaces: one comparison each, which no table betters.
    while (position < end && ((bytes[position] as number) - 0x20) >>> 0 < 0x5f) position++;
    if (position + 2 >= end) return -1;
    const c = bytes[position] as number;
    if (c === 0x0d && bytes[position + 1] === 0x0a) {
      const next = bytes[position + 2];
      if (next !== 0x20 && next !== 0x09) return position + 2;
      index.folded = true;
      position += 3;
    } else {
      if (c >= 0x80) index.ascii = false;
      else if (c !== 0x09) judgeControl(index, c, position > at && bytes[position - 1] === 0x5c);
      position++;
    }
  }
}

function judgeControl(index: HeadIndex, c: number, isEscaped: boolean): void {
  const isLineEnd = c === 0x0d || c === 0x0a;
  if (isEscaped && !isLineEnd) return;
  index.spoiled = true;
  index.fault ??= malformed(isLineEnd ? "a CR or LF alone" : "a control character");
}

/** RFC 3261 §20.14: digits. Said twice, it must say the same (RFC 4475 §3.3.9). */
function readLength(index: HeadIndex, bytes: Uint8Array, from: number, to: number): void {
  const value = numberIn(bytes, from, to);
  if (index.length === lengthMissing) index.length = value;
  else if (index.length !== value) index.length = lengthUnclear;
  if (index.length === lengthUnclear)
    index.fault ??= malformed("a Content-Length that is no length, or two that differ");
}

/** The number between white space and line folds; `lengthUnclear` when there is none, or it has more than ten digits. */
function numberIn(bytes: Uint8Array, from: number, to: number): number {
  let start = from;
  let end = to;
  while (start < end && (bytes[start] as number) <= 0x20) start++;
  while (end > start && (bytes[end - 1] as number) <= 0x20) end--;
  while (start < end - 1 && bytes[start] === 0x30) start++;
  if (start === end || end - start > 10) return lengthUnclear;
  let value = 0;
  for (let position = start; position < end; position++) {
    const digit = (bytes[position] as number) - 0x30;
    if (digit < 0 || digit > 9) return lengthUnclear;
    value = value * 10 + digit;
  }
  return value;
}

/** Via values in all Via fields; a comma in a quoted string counts too, which no real Via has. */
function viasIn(bytes: Uint8Array, start: number, fields: readonly number[]): number {
  let count = 0;
  for (let at = 0; at < fields.length; at += fieldSize) {
    if (fields[at] !== viaId) continue;
    count++;
    const end = start + (fields[at + 3] as number);
    for (let position = start + (fields[at + 2] as number); position < end; position++) {
      if (bytes[position] === 0x2c) count++;
    }
  }
  return count;
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
