/** Longer texts are not remembered: an address or URI of the real world is far shorter. */
const textCharactersMax = 256;

/**
 * What was read from a text, for when the same text comes again: the answers of a pure function, of which the last `most`
 * or so are kept. Two generations, the older thrown away whole, so that to remember costs no more than to look up. Strangers
 * may fill it; nothing is lost by that but the time to read again.
 */
export class Memo<T extends object> {
  readonly #read: (text: string) => T;
  readonly #most: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #lastText = "";
  #last: T | undefined;

  constructor(most: number, read: (text: string) => T) {
    this.#most = most;
    this.#read = read;
  }

  /** Texts remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(text: string): T {
    // One request asks for the same person several times.
    if (this.#last !== undefined && text === this.#lastText) return this.#last;
    if (text.length > textCharactersMax) return this.#read(text);
    this.#lastText = text;
    this.#last = this.#young.get(text) ?? this.#slowly(text);
    return this.#last;
  }

  #slowly(text: string): T {
    // A copy: a text cut out of a message holds all of the message.
    const own = Buffer.from(text, "utf8").toString("utf8");
    const value = this.#old.get(own) ?? this.#read(own);
    if (this.#young.size * 2 >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(own, value);
    return value;
  }
}
