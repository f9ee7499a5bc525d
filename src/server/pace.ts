/**
 * How fast somebody may be sent things: so many a second, evenly, after a burst of one second's worth (a generic cell rate
 * algorithm, ITU-T I.371). A Microsoft edge throttles whom it does not know to one message a second for hours (PAR-07).
 */
export class Pace {
  readonly #intervalMs: number;
  readonly #mostMs: number;
  #earliestMs = 0;

  /** `mostMs`: how long a turn may be waited for. */
  constructor(perSecond: number, mostMs: number) {
    this.#intervalMs = 1_000 / perSecond;
    this.#mostMs = mostMs;
  }

  /** Takes the next turn: milliseconds until it comes, 0 for now; undefined, and no turn, when that is too long. */
  turn(nowMs: number): number | undefined {
    const next = Math.max(this.#earliestMs, nowMs - 1_000) + this.#intervalMs;
    const wait = Math.max(0, next - nowMs);
    if (wait > this.#mostMs) return undefined;
    this.#earliestMs = next;
    return wait;
  }
}
