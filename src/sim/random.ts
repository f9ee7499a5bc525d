import type { Random } from "../base/random.ts";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Chance from a seed: the same seed gives the same numbers, on every machine. */
export class SimRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    // splitmix32 spreads a small seed over the whole state (Steele, Lea, Flood 2014).
    let state = seed | 0;
    const spread = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) | 0;
    };
    this.#a = spread();
    this.#b = spread();
    this.#c = spread();
    this.#d = spread() | 1; // never all zero
  }

  /** A generator of its own, so that one party's draws do not shift another's. */
  fork(): SimRandom {
    return new SimRandom(this.#next());
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next() >>> 24);
  }

  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  id(): string {
    return Array.from({ length: 20 }, () => letters[this.below(letters.length)]).join("");
  }

  /** From 0 up to, not including, 1. */
  fraction(): number {
    return (this.#next() >>> 0) / 2 ** 32;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  /** A number of a range, both ends included. */
  between([least, most]: readonly [number, number]): number {
    return least + this.below(most - least + 1);
  }

  /** xoshiro128** 1.1 (Blackman, Vigna 2018): 32 bits. */
  #next(): number {
    const result = Math.imul(rotated(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotated(this.#d, 11);
    return result | 0;
  }
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
