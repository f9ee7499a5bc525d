import type { Element } from "./element.ts";
import { xmlNamespace } from "./scope.ts";
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
  return new Reader(text).element({ ...around.prefixes, "": around.contentNs, xml: xmlNamespace });
}

/** Prefix to namespace; the default under the empty prefix. */
type Namespaces = Readonly<Record<string, string>>;

const tagEnd = /[ \t\r\n/>]/g;
const attributeForm = /[ \t\r\n]*([^ \t\r\n=/>]+)[ \t\r\n]*=[ \t\r\n]*(?:'([^']*)'|"([^"]*)")/y;
const tagRest = /[ \t\r\n]*(\/?)>/y;

class Reader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The element whose '<' is at the position. */
  element(outer: Namespaces): Element {
    const name = this.#name();
    const raw = this.#attributes();
    const inner = declaredIn(raw, outer);
    const attrs: Record<string, string> = {};
    for (const [key, value] of raw) {
      if (key !== "xmlns" && !key.startsWith("xmlns:")) set(attrs, attributeName(key, inner), value);
    }
    const colon = name.indexOf(":");
    const ns = namespaceOf(inner, name.slice(0, Math.max(colon, 0)));
    const children = this.#isEmpty() ? [] : this.#children(inner);
    return { name: name.slice(colon + 1), ns, attrs, children };
  }

  #name(): string {
    tagEnd.lastIndex = this.#position;
    const end = tagEnd.exec(this.#text)?.index ?? this.#bug();
    const name = this.#text.slice(this.#position + 1, end);
    this.#position = end;
    return name;
  }

  #attributes(): [string, string][] {
    const found: [string, string][] = [];
    for (;;) {
      attributeForm.lastIndex = this.#position;
      const match = attributeForm.exec(this.#text);
      if (match === null) return found;
      this.#position = attributeForm.lastIndex;
      found.push([match[1] ?? "", unescapeValue(match[2] ?? match[3] ?? "")]);
    }
  }

  #isEmpty(): boolean {
    tagRest.lastIndex = this.#position;
    const match = tagRest.exec(this.#text) ?? this.#bug();
    this.#position = tagRest.lastIndex;
    return match[1] === "/";
  }

  /** Up to and with the end tag. Text on both sides of a CDATA section is one text. */
  #children(namespaces: Namespaces): (Element | string)[] {
    const children: (Element | string)[] = [];
    let text = "";
    for (;;) {
      const at = this.#text.indexOf("<", this.#position);
      if (at === -1) this.#bug();
      if (at > this.#position) text += unescapeText(this.#text.slice(this.#position, at));
      this.#position = at;
      if (this.#text.startsWith("<![CDATA[", at)) {
        const end = this.#text.indexOf("]]>", at);
        text += this.#text.slice(at + 9, end).replace(/\r\n?/g, "\n");
        this.#position = end + 3;
        continue;
      }
      if (text !== "") children.push(text);
      text = "";
      if (this.#text.charCodeAt(at + 1) === 0x2f) {
        this.#position = this.#text.indexOf(">", at) + 1;
        return children;
      }
      children.push(this.element(namespaces));
    }
  }

  #bug(): never {
    throw new Error(`the framer let through what the reader cannot read, at ${this.#position}`);
  }
}

function declaredIn(attributes: readonly [string, string][], outer: Namespaces): Namespaces {
  let inner: Record<string, string> | undefined;
  for (const [key, value] of attributes) {
    if (key !== "xmlns" && !key.startsWith("xmlns:")) continue;
    inner ??= { ...outer };
    set(inner, key.slice(6), value);
  }
  return inner ?? outer;
}

function attributeName(key: string, namespaces: Namespaces): string {
  const colon = key.indexOf(":");
  if (colon === -1 || key.startsWith("xml:")) return key;
  return `{${namespaceOf(namespaces, key.slice(0, colon))}}${key.slice(colon + 1)}`;
}

function namespaceOf(namespaces: Namespaces, prefix: string): string {
  return Object.hasOwn(namespaces, prefix) ? (namespaces[prefix] ?? "") : "";
}

/** Sets a property of any name, `__proto__` among them. */
function set(record: Record<string, string>, key: string, value: string): void {
  if (key !== "__proto__") record[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}
