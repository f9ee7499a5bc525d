import { Alarm, type Wheel } from "../base/wheel.ts";

/** How long something may wait for its turn at most: as many turns as that are may wait. */
const waitSeconds = { urgent: 30, background: 600 } as const;

/** Of so many turns one is for what can wait, however much there is that cannot. */
const backgroundEvery = 3;

/** How much may go at once after a silence, in seconds' worth. */
const burstSeconds = 0.2;

/**
 * Who waits to send somebody something: so many a second, evenly, after a small burst (a generic cell rate algorithm, ITU-T
 * I.371), so that no second has more than four thirds of it. A Microsoft edge takes 20 a second from whom it does not know,
 * and throttles whoever sends more to one a second for hours (PAR-07). What people wait for goes first, and what is of one
 * kind in its order, for requests of one dialog must not pass each other.
 */
export class PacedQueue {
  readonly #wheel: Wheel;
  readonly #now: () => number;
  readonly #perSecond: number;
  readonly #urgent: (() => void)[] = [];
  readonly #background: (() => void)[] = [];
  readonly #alarm = new Alarm(() => this.#go());
  #earliestMs = 0;
  #turns = 0;

  /** `now`: monotonic milliseconds. */
  constructor(perSecond: number, wheel: Wheel, now: () => number) {
    this.#perSecond = perSecond;
    this.#wheel = wheel;
    this.#now = now;
  }

  /** How many wait. */
  get size(): number {
    return this.#urgent.length + this.#background.length;
  }

  /** Runs `then` now, or in its turn; false, and never, when too many wait already. */
  add(kind: "urgent" | "background", then: () => void): boolean {
    // Nearly always nobody waits, and there is a turn.
    if (this.size === 0 && !this.#alarm.isSet) {
      const turn = this.#turn();
      if (turn !== undefined) {
        this.#take(turn);
        then();
        return true;
      }
    }
    const waiting = kind === "urgent" ? this.#urgent : this.#background;
    if (waiting.length >= this.#perSecond * waitSeconds[kind]) return false;
    waiting.push(then);
    // Who has come while others wait is asked when their turn is over.
    if (!this.#alarm.isSet) this.#go();
    return true;
  }

  #go(): void {
    let next = this.#next();
    while (next !== undefined) {
      next();
      next = this.#next();
    }
    if (this.size > 0 && !this.#alarm.isSet) this.#wheel.set(this.#alarm, this.#earliestMs - this.#now());
  }

  /** When the next turn was due, in what may be made up for of a silence; undefined when it is not yet. */
  #turn(): number | undefined {
    const now = this.#now();
    const turn = Math.max(this.#earliestMs, now - burstSeconds * 1_000);
    return turn > now ? undefined : turn;
  }

  /** Counts it. */
  #take(turn: number): number {
    this.#earliestMs = turn + 1_000 / this.#perSecond;
    return ++this.#turns;
  }

  /** The next one whose turn it is now. */
  #next(): (() => void) | undefined {
    if (this.size === 0) return undefined;
    const turn = this.#turn();
    if (turn === undefined) return undefined;
    const isForBackground = this.#take(turn) % backgroundEvery === 0;
    const [first, second] = isForBackground ? [this.#background, this.#urgent] : [this.#urgent, this.#background];
    return first.shift() ?? second.shift();
  }
}
