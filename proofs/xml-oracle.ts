import { SaxesParser } from "saxes";
import type { Element } from "../src/xml/element.ts";

/** One child of the stream as the oracle read it, and whether it may be spliced. */
type Read = { readonly tree: Element; readonly plain: boolean };

/** What saxes makes of the same bytes. */
export type Reading = {
  header?: {
    readonly name: string;
    readonly ns: string;
    readonly contentNs: string;
    readonly prefixes: Record<string, string>;
    readonly attrs: Record<string, string>;
  };
  readonly stanzas: Read[];
  closed: boolean;
  /** A namespace begins or ends with white space. */
  spaced: boolean;
  /** The first complaint while the bytes came. */
  error?: string;
  /** The first complaint when told that no more come. */
  errorAtEnd?: string;
};

type Building = { name: string; ns: string; attrs: Record<string, string>; children: (Element | string)[] };

const parserOptions = { xmlns: true, position: false, forceXMLVersion: true, defaultXMLVersion: "1.0" } as const;

/**
 * Reads a whole stream with saxes, hardened: bytes that are not UTF-8, comments, processing instructions and document types are
 * errors, and so is text between stanzas.
 */
export function readingOf(bytes: Uint8Array): Reading {
  const reading: Reading = { stanzas: [], closed: false, spaced: false };
  const complain = (what: string): void => {
    reading.error ??= what;
  };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return { ...reading, error: "not UTF-8" };
  }
  const path: Building[] = [];
  const declared: Record<string, string>[] = [];
  let plain = true;
  const add = (piece: string): void => {
    const top = path[path.length - 1];
    if (top === undefined || piece === "") return;
    if (path.length === 1) {
      if (/[^ \t\r\n]/.test(piece)) complain("text between stanzas");
      return;
    }
    const last = top.children.length - 1;
    const before = top.children[last];
    if (typeof before === "string") top.children[last] = before + piece;
    else top.children.push(piece);
  };
  const parser = new SaxesParser(parserOptions);
  parser.on("error", (error) => complain(error.message));
  parser.on("comment", () => complain("a comment"));
  parser.on("processinginstruction", () => complain("a processing instruction"));
  parser.on("doctype", () => complain("a document type"));
  parser.on("text", add);
  parser.on("cdata", (piece) => {
    if (path.length === 1) complain("CDATA between stanzas");
    add(piece);
  });
  parser.on("opentag", (tag) => {
    const attrs: Record<string, string> = Object.create(null);
    for (const { prefix, local, uri, value } of Object.values(tag.attributes)) {
      if (prefix === "xmlns" || (prefix === "" && local === "xmlns")) {
        if (value !== value.trim()) reading.spaced = true;
        continue;
      }
      attrs[prefix === "" ? local : prefix === "xml" ? `xml:${local}` : `{${uri}}${local}`] = value;
    }
    path.push({ name: tag.local, ns: tag.uri, attrs, children: [] });
    declared.push(tag.ns);
    const used = [tag.prefix, ...Object.values(tag.attributes).map(({ prefix }) => prefix)];
    const depth = path.length - 1;
    if (depth === 0) {
      const { "": contentNs = "", ...prefixes } = tag.ns;
      reading.header = { name: tag.local, ns: tag.uri, contentNs, prefixes, attrs };
      return;
    }
    const contentNs = declared[0]?.[""] ?? "";
    if (depth === 1) plain = tag.prefix === "" && tag.uri === contentNs;
    const own = tag.ns[""];
    if (depth > 1 && (own === "" || (own !== undefined && own === contentNs))) plain = false;
    if (Object.entries(tag.ns).some(([prefix, uri]) => prefix !== "" && uri === contentNs)) plain = false;
    const inside = declared.slice(1);
    const known = (prefix: string): boolean => inside.some((each) => Object.hasOwn(each, prefix));
    if (used.some((prefix) => !["", "xml", "xmlns"].includes(prefix) && !known(prefix))) plain = false;
  });
  parser.on("closetag", () => {
    const done = path.pop();
    declared.pop();
    if (done === undefined) return;
    if (path.length === 0) reading.closed = true;
    else if (path.length === 1) {
      if (reading.error === undefined) reading.stanzas.push({ tree: done, plain });
    } else path[path.length - 1]?.children.push(done);
  });
  const guarded = (feed: () => void): void => {
    try {
      feed();
    } catch (error) {
      complain(String(error));
    }
  };
  guarded(() => parser.write(text));
  const errorInBytes = reading.error;
  guarded(() => parser.close());
  if (errorInBytes === undefined && reading.error !== undefined) {
    reading.errorAtEnd = reading.error;
    delete reading.error;
  }
  return reading;
}
