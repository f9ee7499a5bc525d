import type { Clock } from "../base/clock.ts";
import { Alarm, type Wheel } from "../base/wheel.ts";

/**
 * The named timers of one transaction or subscription on one alarm, which stands at the next of them: a transaction has two
 * or three and nearly always ends before any rings.
 */
export class SipTimers<Name extends string> {
  readonly #wheel: Wheel;
  readonly #clock: Clock;
  readonly #ring: (name: Name) => void;
  readonly #names: Name[] = [];
  readonly #dueMs: number[] = [];
  #alarm: Alarm | undefined;
  #alarmMs = Number.POSITIVE_INFINITY;

  constructor(wheel: Wheel, clock: Clock, ring: (name: Name) => void) {
    this.#wheel = wheel;
    this.#clock = clock;
    this.#ring = ring;
  }

  set(name: Name, ms: number): void {
    const dueMs = this.#clock.monotonicMs() + ms;
    const at = this.#names.indexOf(name);
    if (at === -1) {
      this.#names.push(name);
      this.#dueMs.push(dueMs);
    } else this.#dueMs[at] = dueMs;
    // Later than the alarm: it is found when the alarm rings.
    if (dueMs < this.#alarmMs) this.#wake(dueMs, ms);
  }

  clear(name: Name): void {
    const at = this.#names.indexOf(name);
    if (at === -1) return;
    this.#names.splice(at, 1);
    this.#dueMs.splice(at, 1);
    if (this.#names.length === 0) this.clearAll();
  }

  clearAll(): void {
    this.#names.length = 0;
    this.#dueMs.length = 0;
    this.#alarmMs = Number.POSITIVE_INFINITY;
    if (this.#alarm !== undefined) this.#wheel.clear(this.#alarm);
  }

  #wake(dueMs: number, ms: number): void {
    this.#alarm ??= new Alarm(() => this.#rang());
    this.#alarmMs = dueMs;
    this.#wheel.set(this.#alarm, ms);
  }

  #rang(): void {
    this.#alarmMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonicMs();
    // Whoever is told may set and clear others, so each is looked for anew.
    for (let at = this.#next(now); at !== -1; at = this.#next(now)) {
      const name = this.#names[at] as Name;
      this.#names.splice(at, 1);
      this.#dueMs.splice(at, 1);
      this.#ring(name);
    }
    const soonest = Math.min(...this.#dueMs);
    if (soonest < this.#alarmMs) this.#wake(soonest, soonest - now);
  }

  #next(now: number): number {
    return this.#dueMs.findIndex((dueMs) => dueMs <= now);
  }
}
