import type { Element } from "../xml/element.ts";
import type { Stanza, StreamHeader } from "../xml/framer.ts";
import { readStanza } from "../xml/reader.ts";
import { escapeXml, write } from "../xml/writer.ts";
import { ns } from "./ns.ts";

/**
 * A framed stanza as it leaves on another stream: its start tag rewritten with the addresses it now has, everything else
 * copied once, byte for byte. `from` and `to` are written as given (canonical addresses). A stanza that leans on the
 * namespaces of the stream it came on goes through a tree instead (`plain` false).
 */
export function readdressed(stanza: Stanza, header: StreamHeader, from: string, to: string): Buffer {
  if (!stanza.plain) return Buffer.from(write(rewritten(readStanza(stanza, header), from, to), ns.client), "utf8");
  // What came over a server link in canonical form goes on as it is.
  if (stanza.nsAt === -1 && stanza.from === from && stanza.to === to) return stanza.bytes;
  const head = `<${stanza.name} from='${escapeXml(from)}' to='${escapeXml(to)}'`;
  const { bytes } = stanza;
  const cut =
    width(stanza.fromAt, stanza.fromEnd) + width(stanza.toAt, stanza.toEnd) + width(stanza.nsAt, stanza.nsEnd);
  const size = Buffer.byteLength(head) + bytes.length - stanza.nameEnd - cut;
  const out = Buffer.allocUnsafe(size);
  let at = out.write(head, 0, "utf8");
  let done = stanza.nameEnd;
  for (let left = 3; left > 0; left--) {
    // The nearest of the three attributes that still lies ahead.
    let start = bytes.length;
    let end = bytes.length;
    if (stanza.fromAt >= done && stanza.fromAt < start) {
      start = stanza.fromAt;
      end = stanza.fromEnd;
    }
    if (stanza.toAt >= done && stanza.toAt < start) {
      start = stanza.toAt;
      end = stanza.toEnd;
    }
    if (stanza.nsAt >= done && stanza.nsAt < start) {
      start = stanza.nsAt;
      end = stanza.nsEnd;
    }
    if (start === bytes.length) break;
    at += bytes.copy(out, at, done, start);
    done = end;
  }
  bytes.copy(out, at, done);
  return out;
}

function width(at: number, end: number): number {
  return at === -1 ? 0 : end - at;
}

/** A stanza that has been read already, with other addresses. */
export function readdressedTree(stanza: Element, from: string, to: string): Buffer {
  return Buffer.from(write({ ...stanza, attrs: { ...stanza.attrs, from, to } }, ns.client), "utf8");
}

/**
 * The tree form: new addresses, and the content namespace of the stream it came on (jabber:server) turned into
 * jabber:client along the chain of elements that inherited it. What is wrapped in something else (XEP-0297) keeps its own.
 */
export function rewritten(stanza: Element, from: string, to: string): Element {
  const element = asClient(stanza);
  return { ...element, attrs: { ...element.attrs, from, to } };
}

function asClient(element: Element): Element {
  if (element.ns !== ns.server) return element;
  return {
    ...element,
    ns: ns.client,
    children: element.children.map((each) => (typeof each === "string" ? each : asClient(each))),
  };
}
