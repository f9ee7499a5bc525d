import { SaxesParser, type SaxesTagNS } from "saxes";
import { asBuffer } from "../base/bytes.ts";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { setAttribute } from "./declared.ts";
import type { DocumentLimits } from "./document-limits.ts";
import type { Element } from "./element.ts";
import { readPlainDocument } from "./plain-document.ts";
import { xmlNamespace } from "./scope.ts";

export type { DocumentLimits } from "./document-limits.ts";

/**
 * Reads a whole document that came from anybody: what a body carries or a client keeps here.
 * - The bytes are UTF-8, whatever the declaration says (P-7); a byte order mark is skipped.
 * - A document type is refused, so no entity exists but the five of XML 1.0 §4.6; comments and instructions are skipped.
 * - Text on both sides of a comment or CDATA section is one text; white space between elements stays.
 *
 * Fails with xml-document-too-big, xml-bad-utf8, xml-restricted, xml-bad-prefix, xml-too-deep, xml-too-many-attributes or
 * xml-not-well-formed. The time it takes grows with the bytes, not with how they nest.
 */
export function readDocument(bytes: Uint8Array, limits: DocumentLimits): Result<Element> {
  if (bytes.length > limits.bytesMax) return no(fault("xml-document-too-big", `${bytes.length} bytes`));
  const plain = readPlainDocument(asBuffer(bytes), limits);
  if (plain !== undefined) return ok(plain);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return no(fault("xml-bad-utf8"));
  }
  const tree = new Tree(limits);
  try {
    const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: "1.0" });
    parser.on("error", ({ message }) => refuse(complaint(message)));
    parser.on("doctype", () => refuse(fault("xml-restricted", "a document type")));
    parser.on("attribute", () => tree.attribute());
    parser.on("opentag", (tag) => tree.open(tag));
    parser.on("closetag", () => tree.close());
    parser.on("text", (piece) => tree.text(piece));
    parser.on("cdata", (piece) => tree.text(piece));
    parser.write(text).close();
  } catch (thrown) {
    if (thrown instanceof Refusal) return no(thrown.fault);
    throw thrown;
  }
  return tree.root === undefined ? no(fault("xml-not-well-formed", "no element")) : ok(tree.root);
}

/** The only way to stop the parser at once; going on after an error costs time that grows with the square of the depth. */
class Refusal extends Error {
  readonly fault: Fault;
  constructor(why: Fault) {
    super(why.code);
    this.fault = why;
  }
}

function refuse(why: Fault): never {
  throw new Refusal(why);
}

/** The parser's complaint ("line:column: what: which") without `which`, for that is content. */
function complaint(message: string): Fault {
  const [, line, column, what = ""] = /^(\d+):(\d+): ([^:]*)/.exec(message) ?? [];
  const code = what.startsWith("unbound namespace prefix") ? "xml-bad-prefix" : "xml-not-well-formed";
  return fault(code, `${what.replace(/\.$/, "")}, line ${line} column ${column}`);
}

type Building = { name: string; ns: string; attrs: Record<string, string>; children: (Element | string)[] };

class Tree {
  root: Element | undefined;
  readonly #limits: DocumentLimits;
  readonly #path: Building[] = [];
  #attributes = 0;

  constructor(limits: DocumentLimits) {
    this.#limits = limits;
  }

  attribute(): void {
    if (++this.#attributes > this.#limits.attributesMax) refuse(fault("xml-too-many-attributes"));
  }

  open(tag: SaxesTagNS): void {
    if (this.#path.length >= this.#limits.depthMax) refuse(fault("xml-too-deep"));
    this.#attributes = 0;
    const built: Building = { name: tag.local, ns: tag.uri, attrs: {}, children: [] };
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key];
      if (attribute === undefined || attribute.prefix === "xmlns" || key === "xmlns") continue;
      setAttribute(built.attrs, nameOf(attribute), attribute.value);
    }
    this.#path[this.#path.length - 1]?.children.push(built);
    this.root ??= built;
    this.#path.push(built);
  }

  close(): void {
    this.#path.pop();
  }

  text(piece: string): void {
    const children = this.#path[this.#path.length - 1]?.children;
    if (children === undefined || piece === "") return; // white space around the root element
    const last = children.length - 1;
    const before = children[last];
    if (typeof before === "string") children[last] = before + piece;
    else children.push(piece);
  }
}

function nameOf({ prefix, local, uri }: { prefix: string; local: string; uri: string }): string {
  if (prefix === "") return local;
  return uri === xmlNamespace ? `xml:${local}` : `{${uri}}${local}`;
}
