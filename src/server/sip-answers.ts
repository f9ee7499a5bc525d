import { hashOf } from "./keyed-table.ts";

/**
 * What was answered to one request: the bytes, none for silence; or the status alone, where it and the request that comes again
 * say all there was.
 */
export type SentAnswer = Uint8Array | number;

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
    const isFull = this.#young.size * 2 >= this.#most();
    if (age >= this.#ms || isFull) {
      const oldest = this.#old;
      this.#old = age >= 2 * this.#ms ? new Generation() : this.#young;
      // Whoever fills generations needs the memory again at once; what a quiet server had is given back.
      this.#young = isFull ? oldest.emptied() : new Generation();
      this.#bornMs = now;
    }
    this.#young.keep(key, hashOf(key, this.#seed), answer);
  }
}

const slabBytes = 1 << 18;
/** Two numbers of four bytes stand before key and answer: the length of the key, and that of the answer or its status. */
const headBytes = 8;
/** Set in the second number where it is a status. */
const statusMark = 0x8000_0000;
const placesLeast = 1 << 10;

/**
 * Keys and answers as bytes, one behind the other in a few large pieces of memory, and a table of where each begins. A busy
 * server remembers tens of thousands of them: as objects they would be most of what the collector has to go through.
 */
class Generation {
  readonly #slabs: Buffer[] = [];
  /** The slab that is written to, and where. */
  #slab = -1;
  #used = slabBytes;
  /** Open addressing, two numbers a place: the key's hash, and where its entry begins, plus one; 0 is free. */
  #places = new Int32Array(2 * placesLeast);
  size = 0;

  /** The same memory with nothing in it. */
  emptied(): Generation {
    this.#slab = -1;
    this.#used = slabBytes;
    this.#places.fill(0);
    this.size = 0;
    return this;
  }

  find(key: string, hash: number): SentAnswer | undefined {
    const places = this.#places;
    const mask = places.length - 1;
    for (let at = (2 * hash) & mask; places[at + 1] !== 0; at = (at + 2) & mask) {
      if (places[at] !== hash) continue;
      const place = ((places[at + 1] as number) >>> 0) - 1;
      const slab = this.#slabs[Math.floor(place / slabBytes)] as Buffer;
      const from = (place % slabBytes) + headBytes;
      const keyEnd = from + slab.readUInt32LE(from - 8);
      if (slab.toString("utf8", from, keyEnd) !== key) continue;
      const length = slab.readUInt32LE(from - 4);
      // A copy: the memory is used again, and what is sent may have to wait.
      return length >= statusMark ? length - statusMark : Buffer.from(slab.subarray(keyEnd, keyEnd + length));
    }
    return undefined;
  }

  keep(key: string, hash: number, answer: SentAnswer): void {
    const length = typeof answer === "number" ? 0 : answer.length;
    const most = headBytes + 3 * key.length + length;
    // No request is so large that its answer does not fit into a piece of memory.
    if (most > slabBytes) return;
    if (this.#used + most > slabBytes) {
      this.#slab++;
      if (this.#slab === this.#slabs.length) this.#slabs.push(Buffer.allocUnsafeSlow(slabBytes));
      this.#used = 0;
    }
    const slab = this.#slabs[this.#slab] as Buffer;
    const place = this.#slab * slabBytes + this.#used;
    const keyAt = this.#used + headBytes;
    const keyEnd = keyAt + slab.write(key, keyAt, "utf8");
    slab.writeUInt32LE(keyEnd - keyAt, keyAt - 8);
    if (typeof answer === "number") slab.writeUInt32LE(statusMark + answer, keyAt - 4);
    else {
      slab.writeUInt32LE(length, keyAt - 4);
      slab.set(answer, keyEnd);
    }
    this.#used = keyEnd + length;
    if (4 * this.size >= this.#places.length) this.#grow();
    this.#enter(hash, place + 1);
    this.size++;
  }

  #enter(hash: number, place: number): void {
    const places = this.#places;
    const mask = places.length - 1;
    let at = (2 * hash) & mask;
    while (places[at + 1] !== 0) at = (at + 2) & mask;
    places[at] = hash;
    places[at + 1] = place;
  }

  #grow(): void {
    const places = this.#places;
    this.#places = new Int32Array(2 * places.length);
    for (let at = 0; at < places.length; at += 2) {
      if (places[at + 1] !== 0) this.#enter(places[at] as number, places[at + 1] as number);
    }
  }
}
