import { isUtf8 } from "node:buffer";
import { attributeName, type Declared, everywhere, namespaceOf, setAttribute } from "./declared.ts";
import type { DocumentLimits } from "./document-limits.ts";
import type { Element } from "./element.ts";
import { xmlNamespace, xmlnsNamespace } from "./scope.ts";
import { unescapeText, unescapeValue } from "./unescape.ts";
import { knownWordAt, spells } from "./words.ts";

/** With a byte order mark before it or without; each byte is a character. */
const declaration =
  /^(?:\xef\xbb\xbf)?<\?xml version=(?:'1\.0'|"1\.0")(?: encoding=(?:'[\w-]+'|"[\w-]+"))?(?: standalone=(?:'(?:yes|no)'|"(?:yes|no)"))? ?\?>/;

/**
 * For the other reader to judge: two characters, the end of a CDATA section, and any reference but to the entities there
 * always are.
 */
const unusual = /[\ufffe\uffff]|\]\]>|&(?!(?:amp|lt|gt|quot|apos);)/;

/** Each prefix is looked for among all that are declared around it: where there are more, another way is better. */
const declarationsMax = 128;

/** What a byte may be: bits, so that those of many bytes can be had together. */
const startsName = 1;
const isInName = 2;
const isSpace = 4;
/** White space that is none in an attribute's value: there it is a space. */
const isBreak = 8;
const isReturn = 16;
/** To be looked at more closely: part of a reference, of "]]>" or of a character beyond ASCII. */
const isRare = 32;
/** In no text and in no value. */
const isForbidden = 64;

const classes = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(character)) return startsName | isInName;
  if (/[0-9.-]/.test(character)) return isInName;
  if (character === " ") return isSpace;
  if (/[\t\n]/.test(character)) return isSpace | isBreak;
  if (character === "\r") return isSpace | isBreak | isReturn;
  if (/[&\]\x80-\xff]/.test(character)) return isRare;
  return code < 0x20 || character === "<" ? isForbidden : 0;
});

/**
 * Reads a document that is as plain as nearly all are, in one pass: elements, attributes, text, the five entities; names of
 * ASCII; no comment, no instruction, no CDATA section. Undefined for all others, also where something is wrong or too much:
 * another reader finds out. What it does read, it reads as that one does.
 */
export function readPlainDocument(bytes: Buffer, limits: DocumentLimits): Element | undefined {
  return new PlainReader(bytes, limits).whole();
}

class PlainReader {
  readonly #bytes: Buffer;
  /** A character for each byte: right where all are ASCII. */
  readonly #text: string;
  readonly #limits: DocumentLimits;
  /** Behind the ">" that is the document's last: where that stops the reading, nothing need look for the end. */
  #end = 0;
  #position = 0;
  #depth = 0;
  #declarations = 0;

  constructor(bytes: Buffer, limits: DocumentLimits) {
    this.#bytes = bytes;
    this.#text = bytes.toString("latin1");
    this.#limits = limits;
  }

  /** The element that all of the text is, but for a declaration before it and white space around it. */
  whole(): Element | undefined {
    const bytes = this.#bytes;
    let end = bytes.length;
    while (end > 0 && ((classes[bytes[end - 1] as number] as number) & isSpace) !== 0) end--;
    if (end === 0 || bytes[end - 1] !== 0x3e) return undefined;
    this.#end = end;
    const declared = declaration.exec(this.#text)?.[0].length ?? 0;
    if (declared === end) return undefined;
    this.#position = this.#afterSpace(declared);
    if (bytes[this.#position] !== 0x3c) return undefined;
    const root = this.#element(everywhere);
    return this.#position === end ? root : undefined;
  }

  /** The element whose "<" is at the position. */
  #element(outer: Declared): Element | undefined {
    const text = this.#text;
    const bytes = this.#bytes;
    const start = this.#position + 1;
    const colon = this.#name(start);
    if (colon === wrong || ++this.#depth > this.#limits.depthMax) return undefined;
    const end = this.#position;
    let attrs = noAttributes;
    let within: Declared | undefined = outer;
    if (bytes[end] !== 0x3e) {
      attrs = {};
      within = this.#attributes(attrs, outer);
    }
    if (within === undefined) return undefined;
    const prefix = colon === noColon ? "" : text.slice(start, colon);
    const ns = prefix === "xml" ? undefined : (namespaceOf(within, prefix) ?? (prefix === "" ? "" : undefined));
    if (ns === undefined) return undefined;
    const isEmpty = bytes[this.#position] === 0x2f;
    this.#position += isEmpty ? 2 : 1;
    const children = isEmpty ? none : this.#children(within, start, end);
    if (children === undefined) return undefined;
    this.#depth--;
    const local = colon === noColon ? start : colon + 1;
    return { name: knownWordAt(bytes, local, end) ?? text.slice(local, end), ns, attrs, children };
  }

  /** Goes behind the name at `start`. Answers where its colon is, `noColon` or `wrong`. */
  #name(start: number): number {
    const bytes = this.#bytes;
    if (((classes[bytes[start] as number] as number) & startsName) === 0) return wrong;
    let colon = noColon;
    let at = start + 1;
    for (;;) {
      while (((classes[bytes[at] as number] as number) & isInName) !== 0) at++;
      if (bytes[at] !== 0x3a) break;
      if (colon !== noColon || ((classes[bytes[at + 1] as number] as number) & startsName) === 0) return wrong;
      colon = at++;
    }
    this.#position = at;
    return colon;
  }

  /** Goes to the ">" or "/>" that ends the start tag. Answers what is declared inside the element. */
  #attributes(attrs: Record<string, string>, outer: Declared): Declared | undefined {
    const text = this.#text;
    const bytes = this.#bytes;
    let within = outer;
    let count = 0;
    let set = 0;
    /** Names with a prefix: what it means may stand behind it. */
    let later: string[] | undefined;
    for (;;) {
      const before = this.#position;
      const start = this.#afterSpace(before);
      const first = bytes[start];
      if (first === 0x3e || (first === 0x2f && bytes[start + 1] === 0x3e)) {
        this.#position = start;
        return later === undefined || setLater(attrs, later, within) ? within : undefined;
      }
      if (start === before || ++count > this.#limits.attributesMax) return undefined;
      const colon = this.#name(start);
      if (colon === wrong) return undefined;
      const end = this.#position;
      const value = this.#value();
      if (value === undefined) return undefined;
      if (spells(bytes, start, colon === noColon ? end : colon, "xmlns")) {
        const prefix = colon === noColon ? "" : text.slice(colon + 1, end);
        if (!this.#mayDeclare(prefix, value, within, outer)) return undefined;
        within = { prefix, ns: value, outer: within };
        continue;
      }
      const key = knownWordAt(bytes, start, end) ?? text.slice(start, end);
      if (colon === noColon || spells(bytes, start, colon, "xml")) {
        if (set++ > 0 && Object.hasOwn(attrs, key)) return undefined;
        setAttribute(attrs, key, value);
      } else {
        later ??= [];
        later.push(key, value);
      }
    }
  }

  /** Namespaces in XML 1.0 §3, §5: once in an element; never what belongs to XML itself; a prefix is never undone. */
  #mayDeclare(prefix: string, ns: string, within: Declared, outer: Declared): boolean {
    if (++this.#declarations > declarationsMax) return false;
    if (prefix === "xml" || prefix === "xmlns" || ns === xmlNamespace || ns === xmlnsNamespace) return false;
    if (prefix !== "" && ns === "") return false;
    // The other reader trims them.
    if (ns !== ns.trim()) return false;
    for (let at = within; at !== outer; at = at.outer as Declared) if (at.prefix === prefix) return false;
    return true;
  }

  /** The value behind the name that ends at the position. */
  #value(): string | undefined {
    const bytes = this.#bytes;
    const equals = this.#afterSpace(this.#position);
    if (bytes[equals] !== 0x3d) return undefined;
    const open = this.#afterSpace(equals + 1);
    const quote = bytes[open] as number;
    if (quote !== 0x22 && quote !== 0x27) return undefined;
    const seen = this.#pass(open + 1, quote);
    const raw = this.#passed(open + 1, seen);
    this.#position++;
    return raw === undefined || (seen & (isBreak | isRare)) === 0 ? raw : unescapeValue(raw);
  }

  /** Up to and with the end tag of the element whose name is between the two. */
  #children(within: Declared, nameStart: number, nameEnd: number): readonly (Element | string)[] | undefined {
    const bytes = this.#bytes;
    let children: (Element | string)[] | undefined;
    for (;;) {
      const start = this.#position;
      const seen = this.#pass(start, 0x3c);
      const at = this.#position;
      if (at > start || seen !== 0) {
        const raw = this.#passed(start, seen);
        if (raw === undefined) return undefined;
        children = more(children, (seen & (isReturn | isRare)) === 0 ? raw : unescapeText(raw));
      }
      if (bytes[at + 1] === 0x2f) return this.#endsWith(at + 2, nameStart, nameEnd) ? (children ?? none) : undefined;
      const child = this.#element(within);
      if (child === undefined) return undefined;
      children = more(children, child);
    }
  }

  /** Whether the end tag of that name goes on here; goes behind it. */
  #endsWith(start: number, nameStart: number, nameEnd: number): boolean {
    const bytes = this.#bytes;
    let at = start;
    for (let i = nameStart; i < nameEnd; i++) if (bytes[i] !== bytes[at++]) return false;
    at = this.#afterSpace(at);
    this.#position = at + 1;
    return bytes[at] === 0x3e;
  }

  /** Goes to the next such byte. Answers what those before it are, all together. */
  #pass(start: number, stop: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let seen = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === stop) {
        this.#position = at;
        return seen;
      }
      seen |= classes[byte] as number;
    }
    this.#position = end;
    return isForbidden;
  }

  /** What was passed since, as it is written; undefined when it may not stand there. */
  #passed(start: number, seen: number): string | undefined {
    if ((seen & isForbidden) !== 0) return undefined;
    if ((seen & isRare) === 0) return this.#text.slice(start, this.#position);
    const bytes = this.#bytes.subarray(start, this.#position);
    const text = bytes.toString("utf8");
    return isUtf8(bytes) && !unusual.test(text) ? text : undefined;
  }

  #afterSpace(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (((classes[bytes[at] as number] as number) & isSpace) !== 0) at++;
    return at;
  }
}

const noColon = -1;
const wrong = -2;
const none: readonly (Element | string)[] = [];
const noAttributes: Record<string, string> = {};

/** Most elements have one child or none: an array that is made with it takes no room for more. */
function more(children: (Element | string)[] | undefined, child: Element | string): (Element | string)[] {
  if (children === undefined) return [child];
  children.push(child);
  return children;
}

/** Sets the attributes whose names have prefixes; false when one is not declared, or an attribute is there twice. */
function setLater(attrs: Record<string, string>, later: readonly string[], within: Declared): boolean {
  for (let at = 0; at < later.length; at += 2) {
    const name = attributeName(later[at] as string, within);
    if (name === undefined || Object.hasOwn(attrs, name)) return false;
    setAttribute(attrs, name, later[at + 1] as string);
  }
  return true;
}
