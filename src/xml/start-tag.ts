import type { Fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { wrong } from "./complaint.ts";
import { Scope, sameAt, xmlNamespace, xmlnsNamespace } from "./scope.ts";
import type { Stanza } from "./stanza.ts";
import { unescapeValue } from "./unescape.ts";
import { spells, wordAt } from "./words.ts";

/** A value holds references or white space to be normalised. */
export const escaped = 1;
/** A value holds characters beyond ASCII. */
export const wide = 2;

/** Numbers kept for each attribute; all places count from the element's first byte. */
const perAttribute = 6;
const nameAt = 0;
const nameEnd = 1;
const colonAt = 2;
const valueAt = 3;
const valueEnd = 4;
const flagsAt = 5;

/**
 * The start tag being scanned: its name and attributes as places in the bytes, and what Namespaces in XML 1.0 says about
 * them. One per framer, used again for every tag.
 */
export class StartTag {
  /** The prefixes in force. */
  readonly scope = new Scope();
  /** The stream's content namespace. */
  contentNs = "";
  /** The stanza being scanned; none while the tag is the stream header. */
  stanza: Stanza | undefined = undefined;
  readonly #limits: Pick<Limits, "xmlAttributesMax" | "xmlPrefixesMax">;
  readonly #attributes: number[] = [];
  #depth = 0;
  #spaceAt = 0;
  #count = 0;
  #prefixed = 0;
  #nameAt = 0;
  #nameEnd = 0;
  #colon = -1;

  constructor(limits: Pick<Limits, "xmlAttributesMax" | "xmlPrefixesMax">) {
    this.#limits = limits;
  }

  get nameAt(): number {
    return this.#nameAt;
  }

  get nameEnd(): number {
    return this.#nameEnd;
  }

  /** A tag begins with this name, 1 deep when it is the stanza's own; `colon` is -1 when it has no prefix. */
  begin(depth: number, at: number, end: number, colon: number): void {
    this.#depth = depth;
    this.#nameAt = at;
    this.#nameEnd = end;
    this.#colon = colon;
    this.#count = 0;
    this.#prefixed = 0;
  }

  /**
   * An attribute of this name begins; `spaceAt` is where the white space before it does. No name may stand twice
   * (XML 1.0 §3.1, Unique Att Spec).
   */
  named(from: Buffer, base: number, spaceAt: number, at: number, end: number, colon: number): Fault | undefined {
    this.#spaceAt = spaceAt;
    if (this.#count >= this.#limits.xmlAttributesMax) {
      return wrong("xml-too-many-attributes", `attribute ${this.#count + 1}`, at);
    }
    const all = this.#attributes;
    const size = end - at;
    for (let i = this.#count * perAttribute - perAttribute; i >= 0; i -= perAttribute) {
      const other = all[i + nameAt] as number;
      if ((all[i + nameEnd] as number) - other === size && sameAt(from, base + other, base + at, size)) {
        return wrong("xml-not-well-formed", "an attribute stands twice", at);
      }
    }
    const next = this.#count * perAttribute;
    all[next + nameAt] = at;
    all[next + nameEnd] = end;
    all[next + colonAt] = colon;
    return undefined;
  }

  /** The attribute's value has been read. What it declares holds at once; the stanza's envelope is taken from its own tag. */
  valued(from: Buffer, base: number, at: number, end: number, flags: number): Fault | undefined {
    const place = this.#count++ * perAttribute;
    const all = this.#attributes;
    all[place + valueAt] = at;
    all[place + valueEnd] = end;
    all[place + flagsAt] = flags;
    const name = base + (all[place + nameAt] as number);
    const colon = all[place + colonAt] as number;
    if (colon !== -1) {
      if (!spells(from, name, base + colon, "xmlns")) {
        this.#prefixed++;
        return undefined;
      }
      return this.#declares(from, base, place);
    }
    const size = (all[place + nameEnd] as number) - (all[place + nameAt] as number);
    if (size === 5 && spells(from, name, name + 5, "xmlns")) {
      return this.#defaults(from, base, place);
    }
    if (this.#depth === 1 && this.stanza !== undefined) this.#envelope(from, base, place, size, this.stanza);
    return undefined;
  }

  /** The tag is complete: every prefix must be declared, and no attribute stand twice by namespace. */
  end(from: Buffer, base: number): Fault | undefined {
    const { stanza } = this;
    if (this.#colon !== -1) {
      const found = this.scope.find(from, base, base + this.#nameAt, base + this.#colon);
      if (found === undefined) return wrong("xml-bad-prefix", "an element's prefix is not declared", this.#nameAt);
      if (stanza !== undefined && (this.#depth === 1 || found === "header")) stanza.plain = false;
    }
    if (this.#prefixed > 0) {
      const failed = this.#attributePrefixes(from, base);
      if (failed !== undefined) return failed;
    }
    if (this.#depth === 1 && stanza !== undefined) this.#identify(from, base, stanza);
    return undefined;
  }

  /** The attributes as `Element.attrs` has them; for the stream header. */
  attributes(from: Buffer, base: number): Record<string, string> {
    const attrs: Record<string, string> = Object.create(null);
    for (let i = 0; i < this.#count * perAttribute; i += perAttribute) {
      const [at, end, colon] = [this.#at(i + nameAt), this.#at(i + nameEnd), this.#at(i + colonAt)];
      const full = from.toString("utf8", base + at, base + end);
      if (full === "xmlns" || full.startsWith("xmlns:")) continue;
      const local = from.toString("utf8", base + colon + 1, base + end);
      const key =
        colon === -1
          ? full
          : full.startsWith("xml:")
            ? full
            : `{${this.scope.namespaceOf(from, base, base + at, base + colon)}}${local}`;
      attrs[key] = this.#value(from, base, i);
    }
    return attrs;
  }

  /** The default namespace this tag declares. */
  defaultNamespace(from: Buffer, base: number): string | undefined {
    for (let i = 0; i < this.#count * perAttribute; i += perAttribute) {
      if (spells(from, base + this.#at(i + nameAt), base + this.#at(i + nameEnd), "xmlns")) {
        return this.#value(from, base, i);
      }
    }
    return undefined;
  }

  /** The tag's prefix, with where it stands; undefined when it has none. */
  prefixNamespace(from: Buffer, base: number): string | undefined {
    if (this.#colon === -1) return undefined;
    return this.scope.namespaceOf(from, base, base + this.#nameAt, base + this.#colon);
  }

  /** The name without its prefix. */
  localName(from: Buffer, base: number): string {
    const at = this.#colon === -1 ? this.#nameAt : this.#colon + 1;
    const end = base + this.#nameEnd;
    return wordAt(from, base + at, end, true);
  }

  #at(index: number): number {
    return this.#attributes[index] as number;
  }

  #value(from: Buffer, base: number, place: number): string {
    const flags = this.#at(place + flagsAt);
    const at = base + this.#at(place + valueAt);
    const end = base + this.#at(place + valueEnd);
    const raw = wordAt(from, at, end, (flags & wide) !== 0);
    return (flags & escaped) === 0 ? raw : unescapeValue(raw);
  }

  /** Namespaces in XML 1.0 §3, §5: what `xmlns:prefix='…'` may say. */
  #declares(from: Buffer, base: number, place: number): Fault | undefined {
    const at = this.#at(place + colonAt) + 1;
    const end = this.#at(place + nameEnd);
    const namespace = this.#value(from, base, place);
    if (spells(from, base + at, base + end, "xmlns")) {
      return wrong("xml-not-well-formed", "the prefix xmlns is declared", at);
    }
    if (spells(from, base + at, base + end, "xml") !== (namespace === xmlNamespace)) {
      return wrong("xml-not-well-formed", "the prefix xml and its namespace are torn apart", at);
    }
    if (namespace === xmlnsNamespace) {
      return wrong("xml-not-well-formed", "a prefix is declared for the namespace of declarations", at);
    }
    if (namespace === "") return wrong("xml-not-well-formed", "a prefix is declared for no namespace", at);
    if (this.scope.size >= this.#limits.xmlPrefixesMax) {
      return wrong("xml-too-many-prefixes", `prefix ${this.scope.size + 1}`, at);
    }
    if (this.stanza !== undefined && namespace === this.contentNs) this.stanza.plain = false;
    this.scope.declare(this.#depth, at, end, namespace);
    return undefined;
  }

  /** A default namespace: `xmlns='…'`. */
  #defaults(from: Buffer, base: number, place: number): Fault | undefined {
    const { stanza, contentNs } = this;
    const depth = this.#depth;
    const at = base + this.#at(place + valueAt);
    const end = base + this.#at(place + valueEnd);
    const size = end - at;
    if (this.#at(place + flagsAt) !== 0 || size === xmlNamespace.length || size === xmlnsNamespace.length) {
      const namespace = this.#value(from, base, place);
      if (namespace === xmlNamespace || namespace === xmlnsNamespace) {
        return wrong("xml-not-well-formed", "a reserved namespace is made the default", this.#at(place + nameAt));
      }
      if (stanza !== undefined && depth > 1 && (namespace === "" || namespace === contentNs)) stanza.plain = false;
    } else if (stanza !== undefined && depth > 1 && (size === 0 || spells(from, at, end, contentNs))) {
      stanza.plain = false;
    }
    if (stanza !== undefined && depth === 1) {
      stanza.nsAt = this.#spaceAt;
      stanza.nsEnd = this.#at(place + valueEnd) + 1;
      stanza.ns = this.#value(from, base, place);
    }
    return undefined;
  }

  #envelope(from: Buffer, base: number, place: number, size: number, stanza: Stanza): void {
    const name = base + this.#at(place + nameAt);
    const first = from[name];
    if (size === 2) {
      if (first === 0x74 && from[name + 1] === 0x6f) {
        stanza.to = this.#value(from, base, place);
        stanza.toAt = this.#spaceAt;
        stanza.toEnd = this.#at(place + valueEnd) + 1;
      } else if (first === 0x69 && from[name + 1] === 0x64) {
        stanza.id = this.#value(from, base, place);
      }
    } else if (size === 4) {
      if (first === 0x74) {
        if (spells(from, name, name + 4, "type")) stanza.type = this.#value(from, base, place);
      } else if (first === 0x66 && spells(from, name, name + 4, "from")) {
        stanza.from = this.#value(from, base, place);
        stanza.fromAt = this.#spaceAt;
        stanza.fromEnd = this.#at(place + valueEnd) + 1;
      }
    }
  }

  #identify(from: Buffer, base: number, stanza: Stanza): void {
    const { scope, contentNs } = this;
    stanza.name = this.localName(from, base);
    stanza.nameEnd = this.#nameEnd;
    if (this.#colon !== -1) stanza.ns = scope.namespaceOf(from, base, base + this.#nameAt, base + this.#colon);
    else if (stanza.nsAt === -1) stanza.ns = contentNs;
    if (stanza.ns !== contentNs) stanza.plain = false;
  }

  #attributePrefixes(from: Buffer, base: number): Fault | undefined {
    const { scope, stanza } = this;
    const seen = this.#prefixed > 1 ? new Set<string>() : undefined;
    for (let i = 0; i < this.#count * perAttribute; i += perAttribute) {
      const colon = this.#at(i + colonAt);
      const at = this.#at(i + nameAt);
      if (colon === -1 || spells(from, base + at, base + colon, "xmlns")) continue;
      const found = scope.find(from, base, base + at, base + colon);
      if (found === undefined) return wrong("xml-bad-prefix", "an attribute's prefix is not declared", at);
      if (found === "header" && stanza !== undefined) stanza.plain = false;
      if (seen === undefined) continue;
      // Namespaces in XML 1.0 §6.3: two prefixes of one namespace do not make two attributes.
      const namespace = scope.namespaceOf(from, base, base + at, base + colon);
      const key = `${from.toString("utf8", base + colon, base + this.#at(i + nameEnd))} ${namespace}`;
      if (seen.has(key)) return wrong("xml-not-well-formed", "an attribute stands twice, by its namespace", at);
      seen.add(key);
    }
    return undefined;
  }
}
