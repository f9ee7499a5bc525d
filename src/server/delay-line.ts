import { Alarm, type Wheel } from "../base/wheel.ts";

/**
 * Things that all wait equally long, with one alarm for all of them. Most are over before their time and taken out again,
 * which must cost next to nothing and leave nothing behind: what waits holds on to whole messages.
 */
export class DelayLine<T> {
  readonly #wheel: Wheel;
  readonly #now: () => number;
  readonly #ms: () => number;
  readonly #due: (item: T) => void;
  readonly #alarm = new Alarm(() => this.#ring());
  /** When each is due; in the order they came, so in the order they are due. */
  readonly #waiting = new Map<T, number>();

  /** `ms`: how long, read anew for each; when it shrinks, those that wait already keep their time. */
  constructor(wheel: Wheel, now: () => number, ms: () => number, due: (item: T) => void) {
    this.#wheel = wheel;
    this.#now = now;
    this.#ms = ms;
    this.#due = due;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  add(item: T): void {
    const ms = this.#ms();
    this.#waiting.set(item, this.#now() + ms);
    if (!this.#alarm.isSet) this.#wheel.set(this.#alarm, ms);
  }

  /** It needs to wait no more; harmless when it does not wait. */
  remove(item: T): void {
    this.#waiting.delete(item);
  }

  #ring(): void {
    const now = this.#now();
    for (const [item, dueMs] of this.#waiting) {
      if (dueMs > now) {
        this.#wheel.set(this.#alarm, dueMs - now);
        return;
      }
      this.#waiting.delete(item);
      this.#due(item);
    }
  }
}
