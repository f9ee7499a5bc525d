/** What was answered to one request. */
export type SentAnswer = Buffer;

/**
 * Answers to requests that came over UDP, for when those come again: timer J of RFC 3261 §17.2.2 for all of them together. Two
 * generations, each thrown away whole: an answer is remembered for at least `ms`, unless more than half of `most` are given
 * in that time; then those of the generation before are forgotten first.
 */
export class SipAnswers {
  readonly #now: () => number;
  readonly #ms: number;
  readonly #most: () => number;
  #young = new Map<string, SentAnswer>();
  #old = new Map<string, SentAnswer>();
  #bornMs: number;

  constructor(now: () => number, ms: number, most: () => number) {
    this.#now = now;
    this.#ms = ms;
    this.#most = most;
    this.#bornMs = now();
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** What was answered to the request with that key. */
  find(key: string): SentAnswer | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  keep(key: string, answer: SentAnswer): void {
    const now = this.#now();
    const age = now - this.#bornMs;
    if (age >= this.#ms || this.#young.size * 2 >= this.#most()) {
      this.#old = age >= 2 * this.#ms ? new Map() : this.#young;
      this.#young = new Map();
      this.#bornMs = now;
    }
    this.#young.set(key, answer);
  }
}
