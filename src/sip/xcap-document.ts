import { SaxesParser, type SaxesTagNS } from "saxes";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { DocumentLimits } from "../xml/document.ts";
import type { Element } from "../xml/element.ts";
import { xmlNamespace } from "../xml/scope.ts";

/**
 * An element of a document that is edited (RFC 4825): with the prefixes its writer chose, which `Element` forgets, for other
 * parts of the document and later requests count on them. Comments and processing instructions are not kept through an edit.
 */
export type XcapElement = {
  readonly prefix: string;
  readonly local: string;
  readonly ns: string;
  /** Namespaces declared here: prefix ("" for the default) to namespace. */
  readonly declared: ReadonlyMap<string, string>;
  attributes: readonly XcapAttribute[];
  readonly children: (XcapElement | string)[];
  parent: XcapElement | undefined;
};

export type XcapAttribute = {
  readonly prefix: string;
  readonly local: string;
  readonly ns: string;
  readonly value: string;
};

/** Reads a whole document. Fails as `readDocument` does. */
export function parseXcapDocument(bytes: Uint8Array, limits: DocumentLimits): Result<XcapElement> {
  const text = textOfBytes(bytes, limits);
  return text.ok ? parsed(text.value, undefined, limits) : text;
}

/**
 * Reads the one element a PUT brings (RFC 4825 §8.2.1), which may use the prefixes in force where it is to stand. Fails as
 * `readDocument` does.
 */
export function parseXcapFragment(
  bytes: Uint8Array,
  within: ReadonlyMap<string, string>,
  limits: DocumentLimits,
): Result<XcapElement> {
  const text = textOfBytes(bytes, limits);
  return text.ok ? parsed(text.value, within, limits) : text;
}

function textOfBytes(bytes: Uint8Array, limits: DocumentLimits): Result<string> {
  if (bytes.length > limits.bytesMax) return no(fault("xml-document-too-big", `${bytes.length} bytes`));
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return no(fault("xml-bad-utf8"));
  }
}

/** Stops the parser at once: going on costs time that grows with the square of the depth. */
class Refusal extends Error {
  readonly fault: Fault;
  constructor(why: Fault) {
    super(why.code);
    this.fault = why;
  }
}

function parsed(
  text: string,
  within: ReadonlyMap<string, string> | undefined,
  limits: DocumentLimits,
): Result<XcapElement> {
  let root: XcapElement | undefined;
  let open: XcapElement | undefined;
  let depth = 0;
  let attributes = 0;
  const refuse = (why: Fault): never => {
    throw new Refusal(why);
  };
  const add = (piece: string): void => {
    if (open !== undefined) addText(open, piece);
    else if (/[^ \t\r\n]/.test(piece)) refuse(fault("xml-not-well-formed", "text beside the element"));
  };
  try {
    const parser = new SaxesParser({
      xmlns: true,
      position: false,
      forceXMLVersion: true,
      defaultXMLVersion: "1.0",
      fragment: within !== undefined,
      additionalNamespaces: Object.fromEntries(within ?? []),
    });
    parser.on("error", () => refuse(fault("xml-not-well-formed")));
    parser.on("doctype", () => refuse(fault("xml-restricted", "a document type")));
    parser.on("attribute", () => {
      if (++attributes > limits.attributesMax) refuse(fault("xml-too-many-attributes"));
    });
    parser.on("opentag", (tag) => {
      if (++depth > limits.depthMax) refuse(fault("xml-too-deep"));
      attributes = 0;
      if (root !== undefined && open === undefined) refuse(fault("xml-not-well-formed", "two elements"));
      const element = built(tag, open);
      open?.children.push(element);
      root ??= element;
      open = element;
    });
    parser.on("closetag", () => {
      depth--;
      open = open?.parent;
    });
    parser.on("text", add);
    parser.on("cdata", add);
    parser.write(text).close();
  } catch (thrown) {
    if (thrown instanceof Refusal) return no(thrown.fault);
    throw thrown;
  }
  return root === undefined ? no(fault("xml-not-well-formed", "no element")) : ok(root);
}

function built(tag: SaxesTagNS, parent: XcapElement | undefined): XcapElement {
  const declared = new Map<string, string>();
  const attributes: XcapAttribute[] = [];
  for (const { prefix, local, uri, value } of Object.values(tag.attributes)) {
    if (prefix === "xmlns") declared.set(local, value.trim());
    else if (prefix === "" && local === "xmlns") declared.set("", value.trim());
    else attributes.push({ prefix, local, ns: uri, value });
  }
  return { prefix: tag.prefix, local: tag.local, ns: tag.uri, declared, attributes, children: [], parent };
}

function addText(to: XcapElement, piece: string): void {
  const last = to.children.length - 1;
  const before = to.children[last];
  if (typeof before === "string") to.children[last] = before + piece;
  else if (piece !== "") to.children.push(piece);
}

/** The child elements. */
export function xcapElements(of: XcapElement): readonly XcapElement[] {
  return of.children.filter((each): each is XcapElement => typeof each !== "string");
}

/** The namespaces in force at an element: prefix ("" for the default) to namespace; undeclared ones are left out. */
export function bindingsAt(element: XcapElement): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let each: XcapElement | undefined = element; each !== undefined; each = each.parent) {
    for (const [prefix, ns] of each.declared) if (!found.has(prefix)) found.set(prefix, ns);
  }
  for (const [prefix, ns] of found) if (ns === "") found.delete(prefix);
  return found;
}

/** The whole document as text, to store and to send. */
export function xcapDocumentText(root: XcapElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xcapElementText(root)}\n`;
}

/** One element as it stands in its document: what its prefixes mean is said further up (RFC 4825 §7.5). */
export function xcapElementText(element: XcapElement): string {
  const name = nameText(element);
  let text = `<${name}${declarationsText(element.declared)}`;
  for (const attribute of element.attributes) text += ` ${nameText(attribute)}="${escapedValue(attribute.value)}"`;
  if (element.children.length === 0) return `${text}/>`;
  text += ">";
  for (const each of element.children) text += typeof each === "string" ? escapedText(each) : xcapElementText(each);
  return `${text}</${name}>`;
}

/** RFC 4825 §7.10: an empty element of the same name with all namespaces in force. */
export function namespacesText(element: XcapElement): string {
  return `<${nameText(element)}${declarationsText(bindingsAt(element))}/>`;
}

function declarationsText(declared: ReadonlyMap<string, string>): string {
  let text = "";
  for (const [prefix, ns] of declared) text += ` xmlns${prefix === "" ? "" : `:${prefix}`}="${escapedValue(ns)}"`;
  return text;
}

function nameText({ prefix, local }: { readonly prefix: string; readonly local: string }): string {
  return prefix === "" ? local : `${prefix}:${local}`;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text as content: what reading would change is written as a reference. */
export function escapedText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => escapes[character] ?? character);
}

/** Text as an attribute's value in double quotes. */
export function escapedValue(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (character) => escapes[character] ?? character);
}

/** The same tree as others read it, without prefixes. */
export function plainElement(element: XcapElement): Element {
  const attrs: Record<string, string> = Object.create(null);
  for (const { prefix, local, ns, value } of element.attributes) {
    attrs[prefix === "" ? local : ns === xmlNamespace ? `xml:${local}` : `{${ns}}${local}`] = value;
  }
  const children = element.children.map((each) => (typeof each === "string" ? each : plainElement(each)));
  return { name: element.local, ns: element.ns, attrs, children };
}
