import type { Client } from "./client.ts";
import type { Window } from "./window.ts";

const stalledMs = 1_000;

/**
 * One way from a sender to a receiver with a fixed number of messages in flight: each that arrives sends the next. They
 * arrive in order, so the oldest time of sending belongs to the next arrival.
 */
export class Lane {
  readonly #sender: Client;
  readonly #window: Window;
  /** One message, two, … in one piece: what arrived together is followed by one write. */
  readonly #runs: Buffer[];
  readonly #sentMs: number[];
  #oldest = 0;
  #lastMs = performance.now();

  constructor(sender: Client, window: Window, message: Buffer, inFlight: number) {
    this.#sender = sender;
    this.#window = window;
    this.#runs = Array.from({ length: inFlight + 1 }, (_, count) =>
      Buffer.concat(new Array<Buffer>(count).fill(message)),
    );
    this.#sentMs = new Array<number>(inFlight).fill(0);
  }

  begin(): void {
    this.#sentMs.fill(performance.now());
    this.#sender.write(this.#runs[this.#sentMs.length] as Buffer);
  }

  /** So many messages have arrived. */
  arrived(count: number): void {
    if (count === 0) return;
    const nowMs = performance.now();
    for (let i = 0; i < count; i++) {
      this.#window.done(this.#sentMs[this.#oldest] as number, nowMs);
      this.#sentMs[this.#oldest] = nowMs;
      this.#oldest = (this.#oldest + 1) % this.#sentMs.length;
    }
    this.#lastMs = nowMs;
    this.#sender.write(this.#runs[Math.min(count, this.#sentMs.length)] as Buffer);
  }

  get stalled(): boolean {
    return performance.now() - this.#lastMs > stalledMs;
  }
}

/** Counts a mark in bytes that come in pieces. */
export class MarkCounter {
  readonly #mark: Buffer;
  #tail = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  count(bytes: Buffer): number {
    const text = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
    let found = 0;
    let at = 0;
    for (let next = text.indexOf(this.#mark); next !== -1; next = text.indexOf(this.#mark, at)) {
      found++;
      at = next + this.#mark.length;
    }
    // The usual piece ends with a whole message: nothing to keep.
    const kept = Math.min(text.length - at, this.#mark.length - 1);
    this.#tail = kept === 0 ? Buffer.alloc(0) : Buffer.from(text.subarray(text.length - kept));
    return found;
  }
}
