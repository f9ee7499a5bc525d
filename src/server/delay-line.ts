import { Alarm, type Wheel } from "../base/wheel.ts";

/** What can wait in a line, in one at a time. Its place in the line is noted in itself, so that waiting makes no object. */
export class Waiter {
  /** @internal bookkeeping of the line: when it is due, in whole milliseconds; -1 while it does not wait. */
  dueMs = -1;
  /** @internal */
  ahead: Waiter | undefined = undefined;
  /** @internal */
  behind: Waiter | undefined = undefined;
}

/**
 * Things that all wait equally long, with one alarm for all of them. Most are over before their time and taken out again,
 * which must cost next to nothing and leave nothing behind: what waits holds on to whole messages.
 */
export class DelayLine<T extends Waiter> {
  readonly #wheel: Wheel;
  readonly #now: () => number;
  readonly #ms: () => number;
  readonly #due: (item: T) => void;
  readonly #alarm = new Alarm(() => this.#ring());
  /** In the order they came, so in the order they are due. */
  #first: Waiter | undefined = undefined;
  #last: Waiter | undefined = undefined;
  #size = 0;

  /** `ms`: how long, read anew for each; when it shrinks, those that wait already keep their time. */
  constructor(wheel: Wheel, now: () => number, ms: () => number, due: (item: T) => void) {
    this.#wheel = wheel;
    this.#now = now;
    this.#ms = ms;
    this.#due = due;
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** It must not wait in another line; when it waits in this one, it begins anew. */
  add(item: T): void {
    if (item.dueMs !== -1) this.remove(item);
    const ms = this.#ms();
    item.dueMs = Math.ceil(this.#now() + ms);
    item.ahead = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.behind = item;
    this.#last = item;
    this.#size++;
    if (!this.#alarm.isSet) this.#wheel.set(this.#alarm, ms);
  }

  /** It needs to wait no more; harmless when it does not wait. */
  remove(item: T): void {
    if (item.dueMs === -1) return;
    const { ahead, behind } = item;
    if (ahead === undefined) this.#first = behind;
    else ahead.behind = behind;
    if (behind === undefined) this.#last = ahead;
    else behind.ahead = ahead;
    item.ahead = undefined;
    item.behind = undefined;
    item.dueMs = -1;
    this.#size--;
  }

  #ring(): void {
    const now = this.#now();
    // Whoever is told may add and remove others, so each is looked for anew.
    for (let item = this.#first; item !== undefined; item = this.#first) {
      if (item.dueMs > now) {
        this.#wheel.set(this.#alarm, item.dueMs - now);
        return;
      }
      this.remove(item as T);
      this.#due(item as T);
    }
  }
}
