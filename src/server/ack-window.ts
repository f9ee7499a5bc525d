import type { Fault } from "../base/fault.ts";

/**
 * Which of the stanzas a peer has sent us are settled: handed to a device, kept in the store, or answered. XEP-0198's `h`
 * may only pass over settled ones, for an acknowledged message must survive `kill -9`.
 */
export class AckWindow {
  /** Stanzas received, modulo 2^32 (XEP-0198 §4). */
  received = 0;
  /** Stanzas settled without a gap: what `h` may say. */
  handled = 0;
  readonly #settledAhead = new Set<number>();
  #round = 0;
  /** Called each time `handled` has moved; set by the stream of the moment. */
  advanced: () => void = () => {};

  get complete(): boolean {
    return this.handled === this.received;
  }

  /** Counts a stanza that is settled by being read: presence, requests, whatever nobody may lose sleep over. */
  readAndDone(): void {
    this.received = (this.received + 1) >>> 0;
    this.settle(this.received);
  }

  /** Counts a stanza that somebody will settle later. */
  open(): Receipt {
    this.received = (this.received + 1) >>> 0;
    return new WindowReceipt(this, this.received, this.#round);
  }

  /**
   * The stream is resumed: the client sends again what is beyond `handled`, so it is counted anew. Receipts still open
   * settle nothing any more.
   */
  rewind(): void {
    this.received = this.handled;
    this.#settledAhead.clear();
    this.#round++;
  }

  /** @internal called by receipts */
  settle(count: number, round = this.#round): void {
    if (round !== this.#round) return;
    if (count !== (this.handled + 1) >>> 0) {
      this.#settledAhead.add(count);
      return;
    }
    let next = count;
    while (this.#settledAhead.delete((next + 1) >>> 0)) next = (next + 1) >>> 0;
    this.handled = next;
    this.advanced();
  }
}

/** Somebody waits to hear that a stanza has been handed on or kept. Copies to several devices share one. */
export interface Receipt {
  /** It is with a device, or ("kept") in the store until one comes. The first word counts. */
  settle(how?: "delivered" | "kept"): void;
  /** Whoever can be told of a failure without a stanza; true when that was done. */
  readonly refuse?: (why: Fault) => boolean;
}

class WindowReceipt implements Receipt {
  readonly #window: AckWindow;
  readonly #count: number;
  readonly #round: number;
  #open = true;

  constructor(window: AckWindow, count: number, round: number) {
    this.#window = window;
    this.#count = count;
    this.#round = round;
  }

  settle(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#window.settle(this.#count, this.#round);
  }
}
