/**
 * How fast somebody may send us things: so many a second, after a burst of two seconds' worth (a generic cell rate algorithm,
 * ITU-T I.371). Asked for each request, it costs a subtraction.
 */
export class Inflow {
  #earliestMs = 0;
  /** When it was last said that too much came; undefined: not yet. */
  #saidMs: number | undefined;

  /** Whether one more is within the rate. */
  takes(perSecond: number, nowMs: number): boolean {
    const next = Math.max(this.#earliestMs, nowMs - 2_000);
    if (next > nowMs) return false;
    this.#earliestMs = next + 1_000 / perSecond;
    return true;
  }

  /** Whether it is time to say again that too much comes: once a minute. */
  speaks(nowMs: number): boolean {
    if (this.#saidMs !== undefined && nowMs - this.#saidMs < 60_000) return false;
    this.#saidMs = nowMs;
    return true;
  }
}
