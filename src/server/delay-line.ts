import { Alarm, type Wheel } from "../base/wheel.ts";

type Entry<T> = { readonly item: T; readonly dueMs: number };

/**
 * Things that all wait equally long, in one queue with one alarm: putting one in costs a push, and nothing when it has been
 * dealt with before its time, for then `due` finds it done.
 */
export class DelayLine<T> {
  readonly #wheel: Wheel;
  readonly #now: () => number;
  readonly #due: (item: T) => void;
  readonly #alarm = new Alarm(() => this.#ring());
  #queue: Entry<T>[] = [];
  #head = 0;

  constructor(wheel: Wheel, now: () => number, due: (item: T) => void) {
    this.#wheel = wheel;
    this.#now = now;
    this.#due = due;
  }

  add(item: T, ms: number): void {
    this.#queue.push({ item, dueMs: this.#now() + ms });
    if (!this.#alarm.isSet) this.#wheel.set(this.#alarm, ms);
  }

  /** Forgets from the front what `done` says needs no waiting for; called now and then by whoever adds much. */
  trim(done: (item: T) => boolean): void {
    for (
      let first = this.#queue[this.#head];
      first !== undefined && done(first.item);
      first = this.#queue[this.#head]
    ) {
      this.#head++;
    }
    this.#compact();
  }

  #ring(): void {
    const now = this.#now();
    for (let first = this.#queue[this.#head]; first !== undefined; first = this.#queue[this.#head]) {
      if (first.dueMs > now) {
        this.#wheel.set(this.#alarm, first.dueMs - now);
        break;
      }
      this.#head++;
      this.#due(first.item);
    }
    this.#compact();
  }

  #compact(): void {
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
