import { isAscii, isUtf8 } from "node:buffer";
import { attributeName, type Declared, everywhere, namespaceOf, setAttribute } from "./declared.ts";
import type { DocumentLimits } from "./document-limits.ts";
import type { Element } from "./element.ts";
import { xmlNamespace, xmlnsNamespace } from "./scope.ts";
import { unescapeText, unescapeValue } from "./unescape.ts";

const declaration =
  /^\ufeff?<\?xml version=(?:'1\.0'|"1\.0")(?: encoding=(?:'[\w-]+'|"[\w-]+"))?(?: standalone=(?:'(?:yes|no)'|"(?:yes|no)"))? ?\?>/;

/** What no document may hold, and the end of a CDATA section, which text may not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unusual = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\]\]>/;
/** Any reference but to the entities there always are: numbers are for the other reader to judge. */
const unusualReference = /&(?!(?:amp|lt|gt|quot|apos);)/;

/** Each prefix is looked for among all that are declared around it: where there are more, another way is better. */
const declarationsMax = 128;

const startsName = 1;
const isInName = 2;
const isSpace = 4;
const classes = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(character)) return startsName | isInName;
  if (/[0-9.-]/.test(character)) return isInName;
  return /[ \t\r\n]/.test(character) ? isSpace : 0;
});

/**
 * Reads a document that is as plain as nearly all are, in one pass: elements, attributes, text, the five entities; names of
 * ASCII; no comment, no instruction, no CDATA section. Undefined for all others, also where something is wrong or too much:
 * another reader finds out. What it does read, it reads as that one does.
 */
export function readPlainDocument(bytes: Buffer, limits: DocumentLimits): Element | undefined {
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(bytes)) return undefined;
  const text = bytes.toString(ascii ? "latin1" : "utf8");
  if (unusual.test(text) || (text.includes("&") && unusualReference.test(text))) return undefined;
  const start = declaration.exec(text)?.[0].length ?? 0;
  const reader = new PlainReader(text, limits);
  return reader.whole(start);
}

class PlainReader {
  readonly #text: string;
  readonly #limits: DocumentLimits;
  #position = 0;
  #depth = 0;
  #declarations = 0;

  constructor(text: string, limits: DocumentLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  /** The element that all of the text from `start` on is, but for white space around it. */
  whole(start: number): Element | undefined {
    this.#position = this.#afterSpace(start);
    if (this.#text.charCodeAt(this.#position) !== 0x3c) return undefined;
    const root = this.#element(everywhere);
    return root !== undefined && this.#afterSpace(this.#position) === this.#text.length ? root : undefined;
  }

  /** The element whose "<" is at the position. */
  #element(outer: Declared): Element | undefined {
    const text = this.#text;
    const start = this.#position + 1;
    const colon = this.#name(start);
    if (colon === wrong || ++this.#depth > this.#limits.depthMax) return undefined;
    const end = this.#position;
    const attrs: Record<string, string> = {};
    const within = text.charCodeAt(end) === 0x3e ? outer : this.#attributes(attrs, outer);
    if (within === undefined) return undefined;
    const prefix = colon === noColon ? "" : text.slice(start, colon);
    const ns = prefix === "xml" ? undefined : (namespaceOf(within, prefix) ?? (prefix === "" ? "" : undefined));
    if (ns === undefined) return undefined;
    const isEmpty = text.charCodeAt(this.#position) === 0x2f;
    this.#position += isEmpty ? 2 : 1;
    const children = isEmpty ? [] : this.#children(within, text.slice(start, end));
    if (children === undefined) return undefined;
    this.#depth--;
    return { name: text.slice(colon === noColon ? start : colon + 1, end), ns, attrs, children };
  }

  /** Goes behind the name at `start`. Answers where its colon is, `noColon` or `wrong`. */
  #name(start: number): number {
    const text = this.#text;
    if ((this.#classAt(start) & startsName) === 0) return wrong;
    let colon = noColon;
    let at = start + 1;
    for (;;) {
      while ((this.#classAt(at) & isInName) !== 0) at++;
      if (text.charCodeAt(at) !== 0x3a) break;
      if (colon !== noColon || (this.#classAt(at + 1) & startsName) === 0) return wrong;
      colon = at++;
    }
    this.#position = at;
    return colon;
  }

  /** Goes to the ">" or "/>" that ends the start tag. Answers what is declared inside the element. */
  #attributes(attrs: Record<string, string>, outer: Declared): Declared | undefined {
    const text = this.#text;
    let within = outer;
    let count = 0;
    /** Names with a prefix: what it means may stand behind it. */
    let later: string[] | undefined;
    for (;;) {
      const before = this.#position;
      const start = this.#afterSpace(before);
      const first = text.charCodeAt(start);
      if (first === 0x3e || (first === 0x2f && text.charCodeAt(start + 1) === 0x3e)) {
        this.#position = start;
        return later === undefined || setLater(attrs, later, within) ? within : undefined;
      }
      if (start === before || ++count > this.#limits.attributesMax) return undefined;
      const colon = this.#name(start);
      if (colon === wrong) return undefined;
      const key = text.slice(start, this.#position);
      const value = this.#value();
      if (value === undefined) return undefined;
      if (key === "xmlns" || (colon !== noColon && key.startsWith("xmlns:"))) {
        const prefix = key.slice(6);
        if (!this.#mayDeclare(prefix, value, within, outer)) return undefined;
        within = { prefix, ns: value, outer: within };
      } else if (colon === noColon || key.startsWith("xml:")) {
        if (Object.hasOwn(attrs, key)) return undefined;
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
    const text = this.#text;
    const equals = this.#afterSpace(this.#position);
    if (text.charCodeAt(equals) !== 0x3d) return undefined;
    const open = this.#afterSpace(equals + 1);
    const quote = text.charCodeAt(open);
    if (quote !== 0x22 && quote !== 0x27) return undefined;
    const close = text.indexOf(quote === 0x22 ? '"' : "'", open + 1);
    if (close === -1) return undefined;
    this.#position = close + 1;
    const raw = text.slice(open + 1, close);
    return raw.includes("<") ? undefined : unescapeValue(raw);
  }

  /** Up to and with the end tag of `name`. */
  #children(within: Declared, name: string): (Element | string)[] | undefined {
    const text = this.#text;
    const children: (Element | string)[] = [];
    for (;;) {
      const at = text.indexOf("<", this.#position);
      if (at === -1) return undefined;
      if (at > this.#position) children.push(unescapeText(text.slice(this.#position, at)));
      if (text.charCodeAt(at + 1) === 0x2f) {
        const end = at + 2 + name.length;
        if (!text.startsWith(name, at + 2)) return undefined;
        const close = this.#afterSpace(end);
        if (text.charCodeAt(close) !== 0x3e) return undefined;
        this.#position = close + 1;
        return children;
      }
      this.#position = at;
      const child = this.#element(within);
      if (child === undefined) return undefined;
      children.push(child);
    }
  }

  #afterSpace(from: number): number {
    let at = from;
    while ((this.#classAt(at) & isSpace) !== 0) at++;
    return at;
  }

  /** 0 behind the end and for what is not ASCII. */
  #classAt(at: number): number {
    const code = this.#text.charCodeAt(at);
    return code < 128 ? (classes[code] as number) : 0;
  }
}

const noColon = -1;
const wrong = -2;

/** Sets the attributes whose names have prefixes; false when one is not declared, or an attribute is there twice. */
function setLater(attrs: Record<string, string>, later: readonly string[], within: Declared): boolean {
  for (let at = 0; at < later.length; at += 2) {
    const name = attributeName(later[at] as string, within);
    if (name === undefined || Object.hasOwn(attrs, name)) return false;
    setAttribute(attrs, name, later[at + 1] as string);
  }
  return true;
}
