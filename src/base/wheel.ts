import type { Cancel, Clock } from "./clock.ts";

/** Something that wants to be told when its time has come. A slot is reused: one object per connection, not per message. */
export class Alarm {
  /** @internal wheel bookkeeping: the tick it is due at, or -1. */
  due = -1;
  previous: Alarm | undefined;
  following: Alarm | undefined;
  readonly ring: () => void;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  get isSet(): boolean {
    return this.due !== -1;
  }
}

const slotBits = 9;
const slotCount = 1 << slotBits;

/**
 * The one timer wheel: setting, moving and clearing an alarm costs a few assignments whatever their number. Alarms ring up
 * to one tick late, never early. Those further away than one turn of the wheel wait in their slot and are passed over.
 */
export class Wheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots: (Alarm | undefined)[] = new Array<Alarm | undefined>(slotCount).fill(undefined);
  readonly #startMs: number;
  #tick = 0;
  #count = 0;
  #sleep: Cancel | undefined;

  constructor(clock: Clock, tickMs = 100) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#startMs = clock.monotonicMs();
  }

  /** Alarms set and not yet rung. */
  get size(): number {
    return this.#count;
  }

  /** Rings `alarm` after at least `ms`; an alarm already set is moved. */
  set(alarm: Alarm, ms: number): void {
    this.clear(alarm);
    const elapsed = this.#clock.monotonicMs() - this.#startMs;
    alarm.due = Math.max(this.#tick + 1, Math.ceil((elapsed + ms) / this.#tickMs));
    const slot = alarm.due & (slotCount - 1);
    const head = this.#slots[slot];
    alarm.following = head;
    if (head !== undefined) head.previous = alarm;
    this.#slots[slot] = alarm;
    this.#count++;
    if (this.#sleep === undefined) this.#wakeLater();
  }

  /** Takes an alarm back; harmless when it is not set. */
  clear(alarm: Alarm): void {
    if (alarm.due === -1) return;
    const { previous, following } = alarm;
    if (previous === undefined) this.#slots[alarm.due & (slotCount - 1)] = following;
    else previous.following = following;
    if (following !== undefined) following.previous = previous;
    alarm.previous = undefined;
    alarm.following = undefined;
    alarm.due = -1;
    this.#count--;
  }

  /** Stops the wheel for good; nothing rings any more. */
  stop(): void {
    this.#sleep?.();
    this.#sleep = undefined;
    this.#slots.fill(undefined);
    this.#count = 0;
  }

  #wakeLater(): void {
    this.#sleep = this.#clock.after(this.#tickMs, () => this.#turn());
  }

  #turn(): void {
    this.#sleep = undefined;
    const now = Math.floor((this.#clock.monotonicMs() - this.#startMs) / this.#tickMs);
    // After a long sleep (a suspended machine) one round over all slots finds every alarm that is due.
    const from = Math.max(this.#tick + 1, now - slotCount + 1);
    this.#tick = now;
    const ringing: Alarm[] = [];
    for (let tick = from; tick <= now; tick++) {
      for (let alarm = this.#slots[tick & (slotCount - 1)]; alarm !== undefined; alarm = alarm.following) {
        if (alarm.due <= now) ringing.push(alarm);
      }
    }
    for (const alarm of ringing) {
      if (alarm.due === -1 || alarm.due > now) continue; // an earlier ring cleared or moved it
      this.clear(alarm);
      alarm.ring();
    }
    if (this.#count > 0 && this.#sleep === undefined) this.#wakeLater();
  }
}
