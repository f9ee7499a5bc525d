import { asBuffer } from "../base/bytes.ts";
import { type Fault, fault } from "../base/fault.ts";
import { charts, isToken } from "./characters.ts";
import { type HeadIndex, indexHead, lengthMissing, lengthUnclear, type SipLimits } from "./header-index.ts";
import { SipMessage } from "./message.ts";

/** Who gets what a stream carries, in order. `false` stops after it: the rest is kept until `resume`. */
export interface FramerSink {
  onMessage(message: SipMessage): boolean;
  /**
   * A message that cannot be used. `partial` has what could be read of its head, to answer from; no body. The stream
   * goes on behind it, unless `push` answers a fault.
   */
  onMalformed(failure: Fault, partial: SipMessage | undefined): boolean;
  /**
   * A CRLF between messages (false), or the second of two together: a ping, to be answered with CRLF (RFC 5626 §3.5.1,
   * §4.4.1, R9).
   */
  onKeepAlive(ping: boolean): void;
}

const none = Buffer.alloc(0);
const emptyLine = Buffer.from("\r\n\r\n");

/**
 * Cuts a stream into messages by Content-Length (RFC 3261 §18.3). Bytes may come in pieces of any size; each is looked
 * at a bounded number of times. A message that came in one piece is a part of it, one that came in several is gathered.
 *
 * A message without Content-Length: RFC 3261 §7.5 says it is always there on a stream. Without a Content-Type too there
 * is no body (§20.15: it must be there when the body is not empty), so the end is certain and the message is taken.
 * With a Content-Type nobody can tell where it ends: sip-framing-lost. So it is when Content-Length is no number, or
 * two differ. Then the stream is over: every later `push` answers the fault again.
 */
export class SipFramer {
  readonly #sink: FramerSink;
  readonly #limits: SipLimits;
  /** The bytes at hand: the peer's own piece, or what was gathered. */
  #buffer: Buffer = none;
  #length = 0;
  #gathered = false;
  /** Where the unfinished message begins. */
  #base = 0;
  /** Up to where no end of the head was found. */
  #searched = 0;
  /** The start line of the unfinished message has come whole. */
  #lined = false;
  /** The head of the message whose body is awaited. */
  #head: HeadIndex | undefined;
  /** Bytes of a refused message's body that are still to be dropped. */
  #skip = 0;
  /** A CRLF stood directly before: a second one makes a ping. */
  #half = false;
  #stopped = false;
  /** Somebody asked for more while the sink was still looking at the last message. */
  #resumed = false;
  #busy = false;
  #fault: Fault | undefined;

  constructor(sink: FramerSink, limits: SipLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** Bytes held that no message has used yet. */
  get pending(): number {
    return this.#length - this.#base;
  }

  /** Takes the next bytes; their memory must not change afterwards. Calls the sink for each message they complete. */
  push(bytes: Uint8Array): Fault | undefined {
    if (this.#busy) throw new Error("push was called from inside a sink");
    if (this.#fault !== undefined) return this.#fault;
    if (this.#base === this.#length) {
      this.#buffer = asBuffer(bytes);
      this.#length = bytes.length;
      this.#base = 0;
      this.#searched = 0;
      this.#gathered = false;
    } else {
      this.#gather(bytes);
    }
    return this.#stopped ? undefined : this.#run();
  }

  /** Goes on after a sink answered `false`. */
  resume(): Fault | undefined {
    this.#stopped = false;
    this.#resumed = true;
    return this.#busy || this.#fault !== undefined ? this.#fault : this.#run();
  }

  /** Keeps what is pending and adds to it; the room grows by doubling, so that bytes are copied a few times at most. */
  #gather(bytes: Uint8Array): void {
    const held = this.#length - this.#base;
    if (this.#gathered && this.#buffer.length - this.#length >= bytes.length) {
      this.#buffer.set(bytes, this.#length);
      this.#length += bytes.length;
      return;
    }
    const grown = Buffer.allocUnsafe(Math.max(held + bytes.length, 2 * held, 64));
    this.#buffer.copy(grown, 0, this.#base, this.#length);
    grown.set(bytes, held);
    this.#searched -= this.#base;
    this.#base = 0;
    this.#buffer = grown;
    this.#gathered = true;
    this.#length = held + bytes.length;
  }

  #run(): Fault | undefined {
    this.#busy = true;
    try {
      while (!this.#stopped && this.#fault === undefined && this.#base < this.#length && this.#next());
    } finally {
      this.#busy = false;
    }
    if (this.#base === this.#length || this.#fault !== undefined) {
      this.#buffer = none;
      this.#length = 0;
      this.#base = 0;
      this.#searched = 0;
      this.#gathered = false;
    }
    return this.#fault;
  }

  /** One more step; false when more bytes are needed. */
  #next(): boolean {
    if (this.#skip > 0) {
      const dropped = Math.min(this.#skip, this.#length - this.#base);
      this.#skip -= dropped;
      this.#begin(this.#base + dropped);
      return true;
    }
    if (this.#head !== undefined) return this.#body(this.#head);
    const first = this.#buffer[this.#base] as number;
    if (first === 0x0d) return this.#emptyLine();
    this.#half = false;
    // Nothing that begins otherwise becomes SIP: TLS on a plain port, bytes after a wrong Content-Length.
    if (((charts[first] as number) & isToken) === 0) return this.#lost("what begins is no SIP message", undefined);
    return this.#headOf();
  }

  #begin(at: number): void {
    this.#base = at;
    this.#searched = at;
    this.#lined = false;
    this.#head = undefined;
  }

  /** RFC 3261 §7.5: CRLFs before a message are passed over; RFC 5626 §3.5.1: they are keep-alives. */
  #emptyLine(): boolean {
    if (this.#base + 1 === this.#length) return false;
    if (this.#buffer[this.#base + 1] !== 0x0a) return this.#lost("a CR alone between messages", undefined);
    this.#begin(this.#base + 2);
    const ping = this.#half;
    this.#half = !ping;
    this.#sink.onKeepAlive(ping);
    return true;
  }

  #headOf(): boolean {
    // The first look at a message finds its end and indexes it at once; later ones only search what is new.
    if (this.#searched > this.#base && !this.#endsHead()) return this.#unfinished();
    const index = indexHead(this.#buffer, this.#base, this.#length, this.#limits);
    if (index === undefined) return this.#unfinished();
    if (!index.isSip) return this.#lost("what begins is no SIP message", undefined);
    const length = this.#bodyLength(index);
    if (length < 0) return this.#lost("nothing says where the message ends", index);
    if (index.bodyAt + length > this.#limits.sipMessageBytesMax) {
      index.fault ??= fault("sip-too-large", "sipMessageBytesMax");
    }
    if (index.fault !== undefined) return this.#refuse(index.fault, index, length);
    this.#head = index;
    return this.#body(index);
  }

  /** Whether an empty line stands in what was not searched yet. */
  #endsHead(): boolean {
    const bytes = this.#buffer;
    const last = this.#length - 3;
    for (let at = Math.max(this.#base, this.#searched - 3); at < last; at++) {
      if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a) return true;
    }
    return false;
  }

  /**
   * The head has not ended yet. It may grow as large as a whole message may be: then its end is known, and the stream
   * goes on.
   */
  #unfinished(): boolean {
    // Where lines end in LF alone an empty line never comes: better said now than waited for.
    if (!this.#lined && this.#endsLineWrong()) return this.#lost("a line that does not end in CRLF", undefined);
    this.#searched = this.#length;
    if (this.#length - this.#base <= this.#limits.sipMessageBytesMax) return false;
    this.#fault = fault("sip-too-large", "sipHeadBytesMax");
    this.#sink.onMalformed(this.#fault, this.#beginning());
    return false;
  }

  /** Whether the start line ends otherwise than in CRLF. */
  #endsLineWrong(): boolean {
    for (let at = this.#searched; at < this.#length; at++) {
      if (this.#buffer[at] !== 0x0a) continue;
      this.#lined = true;
      return at === this.#base || this.#buffer[at - 1] !== 0x0d;
    }
    return false;
  }

  /** What can be answered of a head that is too large: its first lines. */
  #beginning(): SipMessage | undefined {
    const most = this.#base + this.#limits.sipHeadBytesMax;
    const end = this.#buffer.lastIndexOf("\r\n", most, "latin1");
    if (end < this.#base) return undefined;
    const head = Buffer.concat([this.#buffer.subarray(this.#base, end), emptyLine]);
    const index = indexHead(head, 0, head.length, this.#limits);
    return index?.isSip ? new SipMessage(head, index) : undefined;
  }

  #bodyLength(index: HeadIndex): number {
    if (index.length !== lengthMissing) return index.length;
    return index.hasType ? lengthUnclear : 0;
  }

  #body(index: HeadIndex): boolean {
    const end = this.#base + index.bodyAt + this.#bodyLength(index);
    if (end > this.#length) return false;
    const message = new SipMessage(this.#slice(this.#base, end), index);
    this.#begin(end);
    this.#resumed = false;
    return this.#goesOn(this.#sink.onMessage(message));
  }

  /** The frame is known, so only this message is lost: its body is dropped as it comes. */
  #refuse(failure: Fault, index: HeadIndex, length: number): boolean {
    const end = this.#base + index.bodyAt;
    const partial = new SipMessage(this.#slice(this.#base, end), index);
    this.#begin(end);
    this.#skip = length;
    this.#resumed = false;
    return this.#goesOn(this.#sink.onMalformed(failure, partial));
  }

  #goesOn(wanted: boolean): boolean {
    this.#stopped = !wanted && !this.#resumed;
    return true;
  }

  #lost(detail: string, index: HeadIndex | undefined): boolean {
    this.#fault = fault("sip-framing-lost", detail);
    const partial =
      index === undefined ? undefined : new SipMessage(this.#slice(this.#base, this.#base + index.bodyAt), index);
    this.#sink.onMalformed(this.#fault, partial);
    return false;
  }

  #slice(from: number, to: number): Buffer {
    return from === 0 && to === this.#buffer.length ? this.#buffer : this.#buffer.subarray(from, to);
  }
}
