import type { Clock } from "../base/clock.ts";
import { Alarm, type Wheel } from "../base/wheel.ts";

/** What an edge does to a partner that sends too fast (sip-wire 1.3): once over the rate, one message a second is taken. */
export class Throttle {
  readonly #wheel: Wheel;
  readonly #clock: Clock;
  readonly #rate: () => number;
  readonly #alarm: Alarm;
  readonly #waiting: (() => void)[] = [];
  #second = 0;
  #count = 0;

  /** `rate`: messages a second; 0: as many as come. */
  constructor(wheel: Wheel, clock: Clock, rate: () => number) {
    this.#wheel = wheel;
    this.#clock = clock;
    this.#rate = rate;
    this.#alarm = new Alarm(() => this.#next());
  }

  /** Runs `then` now, or when its turn has come; answers the rate when just now it was passed, else 0. */
  take(then: () => void): number {
    const rate = this.#rate();
    if (rate === 0) {
      then();
      return 0;
    }
    const second = Math.floor(this.#clock.monotonicMs() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count++;
    if (this.#waiting.length === 0 && this.#count <= rate) {
      then();
      return 0;
    }
    this.#waiting.push(then);
    if (!this.#alarm.isSet) this.#wheel.set(this.#alarm, 1_000);
    return this.#count === rate + 1 ? rate : 0;
  }

  #next(): void {
    const rate = this.#rate();
    for (const then of this.#waiting.splice(0, rate === 0 ? this.#waiting.length : 1)) then();
    if (this.#waiting.length > 0) this.#wheel.set(this.#alarm, 1_000);
  }
}
