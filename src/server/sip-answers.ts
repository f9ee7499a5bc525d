import { hashOf } from "./keyed-table.ts";

/** What was answered to one request. */
export type SentAnswer = Uint8Array;

/**
 * Answers to requests that came over UDP, for when those come again: timer J of RFC 3261 §17.2.2 for all of them together. Two
 * generations, each thrown away whole: an answer is remembered for at least `ms`, unless more than half of `most` are given
 * in that time; then those of the generation before are forgotten first.
 */
export class SipAnswers {
  readonly #now: () => number;
  readonly #ms: number;
  readonly #most: () => number;
  readonly #seed: number;
  #young: Generation;
  #old: Generation;
  #bornMs: number;

  /** `seed`: any integer of 32 bits, best a random one: keys are chosen by strangers. */
  constructor(now: () => number, ms: number, most: () => number, seed: number) {
    this.#now = now;
    this.#ms = ms;
    this.#most = most;
    this.#seed = seed;
    this.#bornMs = now();
    this.#young = new Generation();
    this.#old = new Generation();
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** What was answered to the request with that key. */
  find(key: string): SentAnswer | undefined {
    const hash = hashOf(key, this.#seed);
    return this.#young.find(key, hash) ?? this.#old.find(key, hash);
  }

  keep(key: string, answer: SentAnswer): void {
    const now = this.#now();
    const age = now - this.#bornMs;
    if (age >= this.#ms || this.#young.size * 2 >= this.#most()) {
      this.#old = age >= 2 * this.#ms ? new Generation() : this.#young;
      this.#young = new Generation();
      this.#bornMs = now;
    }
    this.#young.keep(key, hashOf(key, this.#seed), answer);
  }
}

const slabBytes = 1 << 18;
/** Lengths of key and answer, four bytes each, stand before them. */
const lengthsBytes = 8;
const placesLeast = 1 << 10;

/**
 * Keys and answers as bytes, one behind the other in a few large pieces of memory, and a table of where each begins. A busy
 * server remembers a hundred thousand of them: as objects they would be most of what the collector has to go through.
 */
class Generation {
  readonly #slabs: Buffer[] = [];
  #used = slabBytes;
  /** Open addressing: where an entry begins, plus one; 0 is free. Beside it the key's hash. */
  #places = new Float64Array(placesLeast);
  #hashes = new Int32Array(placesLeast);
  size = 0;

  find(key: string, hash: number): Buffer | undefined {
    const mask = this.#places.length - 1;
    for (let at = hash & mask; this.#places[at] !== 0; at = (at + 1) & mask) {
      if (this.#hashes[at] !== hash) continue;
      const place = (this.#places[at] as number) - 1;
      const slab = this.#slabs[Math.floor(place / slabBytes)] as Buffer;
      const from = (place % slabBytes) + lengthsBytes;
      const keyEnd = from + slab.readUInt32LE(from - 8);
      if (slab.toString("utf8", from, keyEnd) === key)
        return slab.subarray(keyEnd, keyEnd + slab.readUInt32LE(from - 4));
    }
    return undefined;
  }

  keep(key: string, hash: number, answer: Uint8Array): void {
    const most = lengthsBytes + 3 * key.length + answer.length;
    // No request is so large that its answer does not fit into a piece of memory.
    if (most > slabBytes) return;
    if (this.#used + most > slabBytes) {
      this.#slabs.push(Buffer.allocUnsafeSlow(slabBytes));
      this.#used = 0;
    }
    const slab = this.#slabs.at(-1) as Buffer;
    const place = (this.#slabs.length - 1) * slabBytes + this.#used;
    const keyAt = this.#used + lengthsBytes;
    const keyLength = slab.write(key, keyAt, "utf8");
    slab.writeUInt32LE(keyLength, keyAt - 8);
    slab.writeUInt32LE(answer.length, keyAt - 4);
    slab.set(answer, keyAt + keyLength);
    this.#used = keyAt + keyLength + answer.length;
    if (2 * this.size >= this.#places.length) this.#grow();
    this.#enter(hash, place + 1);
    this.size++;
  }

  #enter(hash: number, place: number): void {
    const mask = this.#places.length - 1;
    let at = hash & mask;
    while (this.#places[at] !== 0) at = (at + 1) & mask;
    this.#places[at] = place;
    this.#hashes[at] = hash;
  }

  #grow(): void {
    const [places, hashes] = [this.#places, this.#hashes];
    this.#places = new Float64Array(2 * places.length);
    this.#hashes = new Int32Array(2 * places.length);
    for (const [at, place] of places.entries()) if (place !== 0) this.#enter(hashes[at] as number, place);
  }
}
