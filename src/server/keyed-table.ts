/** What can be in one table at a time; its place there is noted in itself. */
export interface Keyed<T> {
  readonly key: string;
  /** What those with the same key are told apart by; "" where a key says all. */
  readonly kind: string;
  /** @internal bookkeeping of the table: the key's hash, and what comes behind it in its chain. */
  hash: number;
  chained: T | undefined;
}

const bucketsLeast = 64;

/**
 * Things by their keys, for those that come and go by the thousand and live for a moment. A Map does the same, but writes
 * itself anew every so many changes; the tables it leaves behind hold what was in them until the whole heap is cleared,
 * and drag it through every small collection till then. This one makes no garbage.
 *
 * Keys are chosen by strangers: without the seed nobody can tell which of them share a chain.
 */
export class KeyedTable<T extends Keyed<T>> {
  readonly #seed: number;
  #buckets: (T | undefined)[] = emptied(bucketsLeast);
  #size = 0;

  /** `seed`: any integer of 32 bits, best a random one. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  get size(): number {
    return this.#size;
  }

  /** The one with that key and of that kind; of several the newest. */
  get(key: string, kind = ""): T | undefined {
    const hash = hashOf(key, this.#seed);
    for (let item = this.#buckets[hash & (this.#buckets.length - 1)]; item !== undefined; item = item.chained) {
      if (item.hash === hash && item.key === key && item.kind === kind) return item;
    }
    return undefined;
  }

  /** The one without a kind whose key stands in `codes` from `from` to `to`, in characters below 256; of several the newest. */
  at(codes: Uint8Array, from: number, to: number): T | undefined {
    let hash = this.#seed;
    for (let at = from; at < to; at++) hash = mixed(hash, codes[at] as number);
    for (let item = this.#buckets[hash & (this.#buckets.length - 1)]; item !== undefined; item = item.chained) {
      if (item.hash === hash && item.kind === "" && stands(item.key, codes, from, to)) return item;
    }
    return undefined;
  }

  /** It must not be in any table. */
  add(item: T): void {
    if (this.#size >= this.#buckets.length) this.#grow();
    item.hash = hashOf(item.key, this.#seed);
    this.#chain(item);
    this.#size++;
  }

  /** Takes it out; harmless when it is not there. */
  remove(item: T): void {
    const at = item.hash & (this.#buckets.length - 1);
    let before: T | undefined;
    for (let one = this.#buckets[at]; one !== undefined; one = one.chained) {
      if (one !== item) {
        before = one;
        continue;
      }
      if (before === undefined) this.#buckets[at] = item.chained;
      else before.chained = item.chained;
      item.chained = undefined;
      this.#size--;
      return;
    }
  }

  /** All of them, as they are now. */
  values(): T[] {
    const all: T[] = [];
    for (const first of this.#buckets) for (let item = first; item !== undefined; item = item.chained) all.push(item);
    return all;
  }

  #chain(item: T): void {
    const at = item.hash & (this.#buckets.length - 1);
    item.chained = this.#buckets[at];
    this.#buckets[at] = item;
  }

  #grow(): void {
    const all = this.values();
    this.#buckets = emptied(2 * this.#buckets.length);
    // Backwards: the newest of a chain stands first again.
    for (let at = all.length - 1; at >= 0; at--) this.#chain(all[at] as T);
  }
}

/** A number of 32 bits for a text; which texts share one depends on the seed. */
export function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = mixed(hash, text.charCodeAt(at));
  return hash;
}

function mixed(hash: number, code: number): number {
  const product = Math.imul(hash ^ code, 0x5bd1e995);
  return product ^ (product >>> 15);
}

function stands(text: string, codes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let at = from; at < to; at++) if (codes[at] !== text.charCodeAt(at - from)) return false;
  return true;
}

function emptied<T>(length: number): (T | undefined)[] {
  return Array.from({ length }, () => undefined);
}
