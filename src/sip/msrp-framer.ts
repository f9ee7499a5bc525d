import { asBuffer } from "../base/bytes.ts";
import { type Fault, fault } from "../base/fault.ts";
import {
  type MsrpFlag,
  type MsrpHead,
  type MsrpLimits,
  type MsrpStart,
  readMsrpHead,
  readMsrpStart,
} from "./msrp-head.ts";

/** Who gets what an MSRP stream carries, in order. */
export interface MsrpSink {
  onHead(head: MsrpHead): void;
  /** A piece of the body of the frame whose head came last. */
  onBody(bytes: Buffer): void;
  /** Its end line. */
  onEndLine(flag: MsrpFlag): void;
  /** A frame whose head is wrong; its body is dropped, the stream goes on. `head`: what it can be answered by. */
  onMalformed(why: Fault, head: MsrpHead | undefined): void;
}

const none = Buffer.alloc(0);
const crlf = Buffer.from("\r\n");
const flags = ["$", "+", "#"] as const;

/**
 * Cuts an MSRP stream into frames (RFC 4975 §7.1): a head of lines, a body of any length, and an end line that repeats the
 * transaction. Bytes may come in pieces of any size; a body is passed on as it comes, so no more than a head or an end line
 * is ever held. What cannot be MSRP ends the stream: every later `push` answers the fault again.
 */
export class MsrpFramer {
  readonly #sink: MsrpSink;
  readonly #limits: MsrpLimits;
  #pending: Buffer = none;
  /** Up to where `#pending` has no line end. */
  #searched = 0;
  #start: MsrpStart | undefined;
  #lines: string[] = [];
  #headBytes = 0;
  /** CRLF, seven "-" and the transaction: what ends the body that is being read. */
  #marker: Buffer | undefined;
  /** The empty line's CRLF is not passed on, but may be the one before the end line. */
  #skip = 0;
  #dropped = false;
  #fault: Fault | undefined;

  constructor(sink: MsrpSink, limits: MsrpLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** Takes the next bytes; their memory must not change afterwards. Fails with sip-framing-lost or sip-too-large, for good. */
  push(bytes: Uint8Array): Fault | undefined {
    if (this.#fault !== undefined) return this.#fault;
    this.#pending = this.#pending.length === 0 ? asBuffer(bytes) : Buffer.concat([this.#pending, bytes]);
    while (this.#fault === undefined && (this.#marker === undefined ? this.#line() : this.#body(this.#marker)));
    if (this.#fault !== undefined) this.#pending = none;
    return this.#fault;
  }

  /** One line of a head; false when more bytes are needed. */
  #line(): boolean {
    const pending = this.#pending;
    const end = pending.indexOf(crlf, Math.max(this.#searched - 1, 0));
    const length = end < 0 ? pending.length : end;
    if (this.#headBytes + length > this.#limits.msrpHeadBytesMax)
      return this.#lost(fault("sip-too-large", "msrpHeadBytesMax"));
    if (this.#start === undefined && !mayBegin(pending))
      return this.#lost(fault("sip-framing-lost", "what begins is no MSRP frame"));
    if (end < 0) {
      this.#searched = pending.length;
      return false;
    }
    const line = pending.toString("utf8", 0, end);
    this.#take(line === "" ? end : end + 2);
    this.#headBytes += end + 2;
    if (this.#start === undefined) {
      this.#start = readMsrpStart(line);
      return this.#start === undefined ? this.#lost(fault("sip-framing-lost", "what begins is no MSRP frame")) : true;
    }
    const flag = flagOf(line, this.#start.transaction);
    if (flag !== undefined) {
      this.#headed(this.#start, false);
      this.#ended(flag);
    } else if (line === "") {
      this.#headed(this.#start, true);
      this.#marker = Buffer.from(`\r\n-------${this.#start.transaction}`);
      this.#skip = 2;
    } else this.#lines.push(line);
    return true;
  }

  #headed(start: MsrpStart, withBody: boolean): void {
    const head = readMsrpHead(start, this.#lines, this.#limits);
    this.#dropped = !head.ok;
    if (!head.ok) this.#sink.onMalformed(head.fault, head.answerable);
    else this.#sink.onHead(withBody ? head.value : { ...head.value, contentType: undefined });
  }

  /** As much of the body as is certain to be body. */
  #body(marker: Buffer): boolean {
    const pending = this.#pending;
    const at = pending.indexOf(marker);
    if (at < 0) {
      this.#pass(Math.max(pending.length - marker.length + 1, 0));
      return false;
    }
    if (pending.length < at + marker.length + 3) {
      this.#pass(at);
      return false;
    }
    const flag = String.fromCharCode(pending[at + marker.length] as number);
    const known = flags.find((each) => each === flag);
    if (known === undefined || !pending.subarray(at + marker.length + 1, at + marker.length + 3).equals(crlf)) {
      this.#pass(at + 1); // it only looked like one
      return true;
    }
    this.#pass(at);
    this.#take(marker.length + 3);
    this.#ended(known);
    return true;
  }

  #pass(length: number): void {
    if (length === 0) return;
    const skipped = Math.min(this.#skip, length);
    if (length > skipped && !this.#dropped) this.#sink.onBody(this.#pending.subarray(skipped, length));
    this.#skip -= skipped;
    this.#take(length);
  }

  #ended(flag: MsrpFlag): void {
    const dropped = this.#dropped;
    this.#start = undefined;
    this.#lines = [];
    this.#headBytes = 0;
    this.#marker = undefined;
    this.#skip = 0;
    this.#dropped = false;
    if (!dropped) this.#sink.onEndLine(flag);
  }

  #take(length: number): void {
    this.#pending = length === this.#pending.length ? none : this.#pending.subarray(length);
    this.#searched = 0;
  }

  #lost(why: Fault): boolean {
    this.#fault = why;
    return false;
  }
}

/** The flag of an end line without a body before it; undefined when it is another line. */
function flagOf(line: string, transaction: string): MsrpFlag | undefined {
  if (!line.startsWith("-------") || line.slice(7, -1) !== transaction) return undefined;
  return flags.find((each) => line.endsWith(each));
}

const magic = Buffer.from("MSRP ");

/** Whether a frame may begin so: what is no MSRP is known by its first bytes. */
function mayBegin(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, magic.length);
  return bytes.compare(magic, 0, length, 0, length) === 0;
}
