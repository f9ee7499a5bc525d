/** How far ahead of what is missing a request may be, and how many that were given up are remembered. */
const spanMax = 64;

/**
 * The order in which requests of one dialog are taken. Over one connection they come as they were written; a Microsoft edge
 * spreads a dialog over four (sip-wire 1.2), and there they overtake each other, where RFC 3261 §12.2.2 would refuse each that
 * was overtaken. What comes early is held until what is missing has come or is given up; what was given up may still come.
 */
export class RequestOrder<T> {
  /** The number that comes next; undefined: any. */
  #next: number | undefined;
  readonly #early = new Map<number, T>();
  readonly #missed = new Set<number>();

  /** `last`: the number of the request that began the dialog, where the other side began it. */
  constructor(last: number | undefined) {
    this.#next = last === undefined ? undefined : last + 1;
  }

  /** Whether something is held. */
  get holds(): boolean {
    return this.#early.size > 0;
  }

  /** What can be taken now that this one has come, in order; undefined: its number has been taken already. */
  came(number: number, request: T): readonly T[] | undefined {
    // Where we began the dialog the first one that comes need not be the first that was written.
    if (this.#next === undefined) this.#skip(Math.max(0, number - spanMax), number);
    const next = this.#next ?? number;
    if (number < next) return this.#missed.delete(number) ? [request] : undefined;
    if (this.#early.has(number)) return undefined;
    this.#early.set(number, request);
    this.#next = next;
    if (number === next) return this.#inOrder();
    return number - next < spanMax ? [] : this.giveUp();
  }

  /** What is missing is not waited for any more: everything held, in order. */
  giveUp(): readonly T[] {
    const released: T[] = [];
    while (this.#early.size > 0) {
      const first = Math.min(...this.#early.keys());
      this.#skip(Math.max(this.#next ?? first, first - spanMax), first);
      this.#next = first;
      released.push(...this.#inOrder());
    }
    return released;
  }

  #inOrder(): readonly T[] {
    const taken: T[] = [];
    for (let next = this.#next ?? 0; ; next++) {
      const request = this.#early.get(next);
      this.#next = next;
      if (request === undefined) return taken;
      this.#early.delete(next);
      taken.push(request);
    }
  }

  #skip(from: number, to: number): void {
    for (let number = from; number < to; number++) this.#missed.add(number);
    for (const number of this.#missed) {
      if (this.#missed.size <= spanMax) break;
      this.#missed.delete(number);
    }
  }
}
