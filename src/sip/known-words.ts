/**
 * Words that come over and over. One that is read from a message comes out as the very string it is known by, when it is known:
 * it is compared and looked up many times, and a text that is always the same one costs next to nothing then.
 */
export class KnownWords {
  /** By length and last letter; a handful of slots hold more than one. */
  readonly #slots: (readonly string[] | undefined)[] = Array.from({ length: 16 << 5 }, () => undefined);

  /** Each of 1 to 15 characters. */
  constructor(words: readonly string[]) {
    for (const word of words) {
      const slot = slotOf(word.length, word.charCodeAt(word.length - 1));
      this.#slots[slot] = [...(this.#slots[slot] ?? []), word];
    }
  }

  /** The word that stands from `at` to `end` in a text whose characters are `codes`; undefined for others. Case counts. */
  find(codes: Uint8Array, text: string, at: number, end: number): string | undefined {
    const length = end - at;
    if (length <= 0 || length > 15) return undefined;
    const words = this.#slots[slotOf(length, codes[end - 1] as number)];
    if (words !== undefined) for (const word of words) if (text.startsWith(word, at)) return word;
    return undefined;
  }
}

function slotOf(length: number, last: number): number {
  return (length << 5) | (last & 31);
}
