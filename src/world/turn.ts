import type { Clock } from "../base/clock.ts";

/** More than this does not wait for the end of the turn: whoever has to stop a sender must be able to. */
const turnBytesMax = 1_048_576;

type Flushed = { flush(): void };
type Taker = { take(bytes: Uint8Array): void };

const nobody: Taker = { take() {} };
const nothing = new Uint8Array(0);

/**
 * One turn of the event loop: first all that is there is read, then all of it is looked at, then all that this led to is
 * written. The same work in this order finds its code and its tables in the caches, which a system call and a decryption
 * between any two messages would drive out.
 */
export class Turn {
  readonly #clock: Clock;
  /** A connection and what came for it, one after the other. */
  readonly #came: (Taker | Uint8Array)[] = [];
  #cameBytes = 0;
  /** Up to where it is handed on. */
  #at = 0;
  #waiting: Flushed[] = [];
  #spare: Flushed[] = [];
  #isDue = false;
  readonly #end = () => this.#over();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** These bytes are for this connection, when all that is there is read. */
  came(connection: Taker, bytes: Uint8Array): void {
    this.#came.push(connection, bytes);
    this.#cameBytes += bytes.byteLength;
    if (this.#cameBytes > turnBytesMax) this.deliver();
    else this.#due();
  }

  /** Hands on what came so far: something follows that must not come before it. */
  deliver(): void {
    while (this.#at < this.#came.length) {
      const at = this.#at;
      this.#at = at + 2;
      (this.#came[at] as Taker).take(this.#came[at + 1] as Uint8Array);
    }
    this.#came.length = 0;
    this.#cameBytes = 0;
    this.#at = 0;
  }

  /** Nothing of what came for this connection and is not handed on yet is for it any more. */
  forget(connection: Taker): void {
    for (let at = this.#at; at < this.#came.length; at += 2) {
      if (this.#came[at] === connection) this.#came[at] = nobody;
    }
  }

  /** Has it look again whether there is something it kept. */
  wake(connection: Taker): void {
    this.came(connection, nothing);
  }

  /** Has it send at the end of the turn what it has to send. */
  add(connection: Flushed): void {
    this.#waiting.push(connection);
    this.#due();
  }

  #due(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#clock.endOfTurn(this.#end);
  }

  #over(): void {
    let whole = false;
    try {
      this.deliver();
      whole = true;
    } finally {
      this.#isDue = false;
      // One threw: what came for the others is theirs all the same.
      if (!whole) this.#due();
    }
    const due = this.#waiting;
    this.#waiting = this.#spare;
    for (const connection of due) connection.flush();
    due.length = 0;
    this.#spare = due;
  }
}
