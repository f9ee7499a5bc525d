import { attributeName, type Declared, everywhere, namespaceOf, setAttribute } from "./declared.ts";
import type { Element } from "./element.ts";
import type { Stanza } from "./stanza.ts";
import type { StreamHeader } from "./stream-header.ts";
import { unescapeText, unescapeValue } from "./unescape.ts";

/** What the place of an element brings with it: the default namespace and the prefixes of the stream header. */
export type Around = Pick<StreamHeader, "contentNs" | "prefixes">;

/** A framed stanza as a tree. */
export function readStanza(stanza: Stanza, around: Around): Element {
  return read(stanza.bytes, around);
}

/**
 * One element's bytes as a tree, for those who look inside. The bytes have passed the framer: nothing is checked again,
 * and an exception means our own bug.
 */
export function read(bytes: Uint8Array, around: Around): Element {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  let scope = everywhere;
  for (const prefix in around.prefixes) scope = { prefix, ns: around.prefixes[prefix] ?? "", outer: scope };
  return new Reader(text).element({ prefix: "", ns: around.contentNs, outer: scope });
}

class Reader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The element whose '<' is at the position. */
  element(outer: Declared): Element {
    const text = this.#text;
    const start = this.#position + 1;
    let colon = -1;
    let at = start;
    for (let c = text.charCodeAt(at); !endsName(c); c = text.charCodeAt(++at)) {
      if (c === 0x3a) colon = at;
      else if (at >= text.length) this.#bug();
    }
    this.#position = at;
    const name = text.slice(colon + 1 || start, at);
    const prefix = colon === -1 ? "" : text.slice(start, colon);
    const attrs: Record<string, string> = {};
    const scope = text.charCodeAt(at) === 0x3e ? outer : this.#attributes(attrs, outer);
    at = this.#position;
    const isEmpty = text.charCodeAt(at) === 0x2f;
    this.#position = at + (isEmpty ? 2 : 1);
    return { name, ns: namespaceOf(scope, prefix) ?? "", attrs, children: isEmpty ? [] : this.#children(scope) };
  }

  /** Reads up to the "/" or ">" that ends the start tag. Answers what the element declares, on top of what is around it. */
  #attributes(attrs: Record<string, string>, outer: Declared): Declared {
    const text = this.#text;
    let scope = outer;
    let later: [string, string][] | undefined;
    for (;;) {
      const at = this.#afterSpace(this.#position);
      this.#position = at;
      const first = text.charCodeAt(at);
      if (first === 0x2f || first === 0x3e) break;
      let end = at;
      let colon = -1;
      for (let c = text.charCodeAt(end); !endsKey(c); c = text.charCodeAt(++end)) {
        if (c === 0x3a) colon = end;
        else if (end >= text.length) this.#bug();
      }
      const key = text.slice(at, end);
      const value = this.#value(end);
      if (key === "xmlns") scope = { prefix: "", ns: value, outer: scope };
      else if (colon !== -1 && key.startsWith("xmlns:")) scope = { prefix: key.slice(6), ns: value, outer: scope };
      else if (later === undefined && (colon === -1 || key.startsWith("xml:"))) setAttribute(attrs, key, value);
      else {
        // What a prefix means may stand behind it. They keep their order.
        later ??= [];
        later.push([key, value]);
      }
    }
    if (later !== undefined)
      for (const [key, value] of later) setAttribute(attrs, attributeName(key, scope) ?? key, value);
    return scope;
  }

  /** The value behind the name of an attribute that ends at `nameEnd`. */
  #value(nameEnd: number): string {
    const text = this.#text;
    const quoteAt = this.#afterSpace(this.#afterSpace(nameEnd) + 1);
    const end = text.indexOf(text.charAt(quoteAt), quoteAt + 1);
    if (end === -1) this.#bug();
    this.#position = end + 1;
    return unescapeValue(text.slice(quoteAt + 1, end));
  }

  #afterSpace(from: number): number {
    let at = from;
    while (isSpace(this.#text.charCodeAt(at))) at++;
    return at;
  }

  /** Up to and with the end tag. Text on both sides of a CDATA section is one text. */
  #children(scope: Declared): (Element | string)[] {
    const whole = this.#text;
    const children: (Element | string)[] = [];
    let text = "";
    for (;;) {
      const at = whole.indexOf("<", this.#position);
      if (at === -1) this.#bug();
      if (at > this.#position) text += unescapeText(whole.slice(this.#position, at));
      this.#position = at;
      const next = whole.charCodeAt(at + 1);
      if (next === 0x21) {
        const end = whole.indexOf("]]>", at);
        text += whole.slice(at + "<![CDATA[".length, end).replace(/\r\n?/g, "\n");
        this.#position = end + 3;
        continue;
      }
      if (text !== "") children.push(text);
      text = "";
      if (next === 0x2f) {
        this.#position = whole.indexOf(">", at) + 1;
        return children;
      }
      children.push(this.element(scope));
    }
  }

  #bug(): never {
    throw new Error(`the framer let through what the reader cannot read, at ${this.#position}`);
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Behind the name of a start tag: white space, "/" or ">". */
function endsName(code: number): boolean {
  return code === 0x3e || code === 0x2f || isSpace(code);
}

/** Behind the name of an attribute: white space or "=". */
function endsKey(code: number): boolean {
  return code === 0x3d || isSpace(code);
}
