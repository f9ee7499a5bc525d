const perOctave = 16;

/** Counts times in buckets about 4 % wide: recording costs no memory, whatever the number. */
export class Latency {
  readonly #buckets = new Uint32Array(40 * perOctave);
  #count = 0;

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
  }

  record(us: number): void {
    const bucket = us <= 1 ? 0 : Math.floor(Math.log2(us) * perOctave);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count++;
  }

  /** The time that this part of all did not exceed, in microseconds; 0 when none were recorded. */
  quantile(part: number): number {
    let left = Math.ceil(this.#count * part);
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      left -= this.#buckets[bucket] ?? 0;
      if (left <= 0) return this.#count === 0 ? 0 : 2 ** ((bucket + 0.5) / perOctave);
    }
    return 0;
  }
}
