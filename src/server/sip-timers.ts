import { Alarm, type Wheel } from "../base/wheel.ts";

/** The named timers of one transaction or subscription, on the one wheel; an alarm is made when its timer is first set. */
export class SipTimers<Name extends string> {
  readonly #wheel: Wheel;
  readonly #ring: (name: Name) => void;
  #alarms: (readonly [Name, Alarm])[] | undefined;

  constructor(wheel: Wheel, ring: (name: Name) => void) {
    this.#wheel = wheel;
    this.#ring = ring;
  }

  set(name: Name, ms: number): void {
    this.#alarms ??= [];
    let alarm: Alarm | undefined;
    for (const [known, each] of this.#alarms) if (known === name) alarm = each;
    if (alarm === undefined) {
      alarm = new Alarm(() => this.#ring(name));
      this.#alarms.push([name, alarm]);
    }
    this.#wheel.set(alarm, ms);
  }

  clear(name: Name): void {
    if (this.#alarms === undefined) return;
    for (const [known, alarm] of this.#alarms) if (known === name) this.#wheel.clear(alarm);
  }

  clearAll(): void {
    if (this.#alarms === undefined) return;
    for (const [, alarm] of this.#alarms) this.#wheel.clear(alarm);
  }
}
