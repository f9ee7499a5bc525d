import { asBuffer } from "../base/bytes.ts";
import type { Fault } from "../base/fault.ts";
import type { FrameSink } from "./nesting.ts";
import { type FramerLimits, Scanner } from "./scanner.ts";

export type { FrameSink } from "./nesting.ts";
export type { FramerLimits } from "./scanner.ts";
export { Stanza } from "./stanza.ts";
export type { StreamHeader } from "./stream-header.ts";

const none = Buffer.alloc(0);

/**
 * Cuts a stream of bytes into its header, its stanzas and its end, and checks on the way that all of it is the XML a
 * stream may carry (RFC 6120 §11, XML 1.0, Namespaces in XML 1.0). It builds no tree. It remembers where it stands, so
 * bytes may come in pieces of any size and each is looked at once; a stanza that came in one piece is a part of it, one
 * that came in several is gathered. The first fault is the last word: every later `push` answers it again.
 */
export class Framer {
  readonly #scanner: Scanner;
  /** The bytes at hand: the peer's own piece, or what was gathered. */
  #buffer: Buffer = none;
  #length = 0;
  #gathered = false;
  #fault: Fault | undefined;
  #busy = false;

  constructor(sink: FrameSink, limits: FramerLimits) {
    this.#scanner = new Scanner(sink, limits);
  }

  /** Bytes of the largest stanza accepted: at first those of an unauthenticated peer. Raise it after sign-in. */
  get stanzaBytesMax(): number {
    return this.#scanner.stanzaBytesMax;
  }

  set stanzaBytesMax(bytes: number) {
    this.#scanner.stanzaBytesMax = bytes;
  }

  /** Bytes held that no frame has used yet, of a complete frame or not. */
  get pending(): number {
    return this.#length - this.#scanner.nesting.base;
  }

  /** Takes the next bytes; the memory must not change afterwards. Calls the sink for each frame they complete. */
  push(bytes: Uint8Array): Fault | undefined {
    if (this.#busy) throw new Error("push was called from inside a sink");
    if (this.#fault !== undefined) return this.#fault;
    if (this.#length === 0) {
      this.#buffer = asBuffer(bytes);
      this.#length = bytes.length;
    } else {
      this.#gather(bytes);
    }
    return this.#scanner.nesting.stopped ? undefined : this.#run();
  }

  /** Goes on after a sink answered `false`. */
  resume(): Fault | undefined {
    this.#scanner.nesting.stopped = false;
    this.#scanner.nesting.resumed = true;
    return this.#busy || this.#fault !== undefined ? this.#fault : this.#run();
  }

  /**
   * A new stream header is next (RFC 6120 §4.3.3). Bytes that are pending stay and are read as its beginning: after
   * STARTTLS, where nothing sent in the clear may count, the owner looks at `pending` first (RFC 6120 §5.4.3.3).
   */
  restart(): void {
    this.#scanner.restart();
  }

  /** Keeps what is pending and adds to it; the room grows by doubling, so that bytes are copied a few times at most. */
  #gather(bytes: Uint8Array): void {
    const from = this.#scanner.nesting.base;
    const held = this.#length - from;
    if (this.#gathered && this.#buffer.length - this.#length >= bytes.length) {
      this.#buffer.set(bytes, this.#length);
      this.#length += bytes.length;
      return;
    }
    const grown = Buffer.allocUnsafe(Math.max(held + bytes.length, 2 * held, 64));
    this.#buffer.copy(grown, 0, from, this.#length);
    grown.set(bytes, held);
    this.#buffer = grown;
    this.#gathered = true;
    this.#length = held + bytes.length;
    this.#scanner.shift(from);
  }

  #run(): Fault | undefined {
    this.#busy = true;
    try {
      this.#fault = this.#scanner.scan(this.#buffer, this.#length);
    } finally {
      this.#busy = false;
    }
    if (this.#scanner.nesting.base === this.#length || this.#fault !== undefined) {
      this.#scanner.shift(this.#scanner.nesting.base);
      this.#buffer = none;
      this.#length = 0;
      this.#gathered = false;
    }
    return this.#fault;
  }
}
