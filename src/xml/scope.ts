import { spells } from "./words.ts";

export const xmlNamespace = "http://www.w3.org/XML/1998/namespace";
export const xmlnsNamespace = "http://www.w3.org/2000/xmlns/";

/** Where a prefix was found. */
export type Found = "xml" | "inside" | "header" | undefined;

/**
 * The prefixes in force inside one stanza: those its own elements declare, and behind them those of the stream header.
 * It works on the stanza's bytes and makes no string unless a prefix is declared.
 */
export class Scope {
  /** Four numbers and a namespace for each prefix declared inside: depth, first byte and end of the prefix. */
  readonly #places: number[] = [];
  readonly #namespaces: string[] = [];
  #header: Readonly<Record<string, string>> = {};
  #headerPrefixes: readonly string[] = [];

  /** Prefixes declared inside the stanza and now in force. */
  get size(): number {
    return this.#namespaces.length;
  }

  /** A stanza is over or begins. */
  clear(): void {
    if (this.#namespaces.length > 0) this.leave(0);
  }

  /** What the stream header declared, for all stanzas to come. */
  under(header: Readonly<Record<string, string>>): void {
    this.clear();
    this.#header = header;
    this.#headerPrefixes = Object.keys(header);
  }

  /** An element at `depth` declares the prefix that lies between `at` and `end`, counted from the stanza's start. */
  declare(depth: number, at: number, end: number, namespace: string): void {
    this.#places.push(depth, at, end);
    this.#namespaces.push(namespace);
  }

  /** The element at `depth` is over: what was declared deeper than that is forgotten. */
  leave(depth: number): void {
    const places = this.#places;
    while (places.length > 0 && (places[places.length - 3] as number) > depth) {
      places.length -= 3;
      this.#namespaces.pop();
    }
  }

  /** Where the prefix between `at` and `end` (in `from`) was declared; `base` is where the stanza starts in it. */
  find(from: Uint8Array, base: number, at: number, end: number): Found {
    if (spells(from, at, end, "xml")) return "xml";
    if (this.#inside(from, base, at, end) !== -1) return "inside";
    return this.#above(from, at, end) === undefined ? undefined : "header";
  }

  /** The namespace of a prefix that `find` found. */
  namespaceOf(from: Uint8Array, base: number, at: number, end: number): string {
    if (spells(from, at, end, "xml")) return xmlNamespace;
    const index = this.#inside(from, base, at, end);
    if (index !== -1) return this.#namespaces[index] as string;
    return this.#header[this.#above(from, at, end) ?? ""] ?? "";
  }

  /** All prefixes in force with their namespaces: for the stream header itself. */
  all(from: Buffer, base: number): Record<string, string> {
    const found: Record<string, string> = Object.create(null);
    this.#namespaces.forEach((namespace, i) => {
      const at = base + (this.#places[3 * i + 1] as number);
      const end = base + (this.#places[3 * i + 2] as number);
      found[from.toString("utf8", at, end)] = namespace;
    });
    return found;
  }

  #inside(from: Uint8Array, base: number, at: number, end: number): number {
    const places = this.#places;
    for (let i = this.#namespaces.length - 1; i >= 0; i--) {
      const place = base + (places[3 * i + 1] as number);
      const size = base + (places[3 * i + 2] as number) - place;
      if (size === end - at && sameAt(from, place, at, size)) return i;
    }
    return -1;
  }

  #above(from: Uint8Array, at: number, end: number): string | undefined {
    for (const prefix of this.#headerPrefixes) {
      if (spells(from, at, end, prefix) || spellsWide(from, at, end, prefix)) return prefix;
    }
    return undefined;
  }
}

/** Whether the same `size` bytes stand at both places. */
export function sameAt(from: Uint8Array, one: number, other: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (from[one + i] !== from[other + i]) return false;
  return true;
}

function spellsWide(from: Uint8Array, at: number, end: number, word: string): boolean {
  return end - at > word.length && Buffer.from(word).equals(from.subarray(at, end));
}
