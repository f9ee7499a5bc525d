import { asBuffer } from "../base/bytes.ts";
import type { Element } from "../xml/element.ts";
import { escapeXml, write } from "../xml/writer.ts";
import { ns } from "./ns.ts";

/** What a stanza says on its outside (RFC 6120 §8.1); a framed stanza fits, and so does one put together here. */
export type Envelope = {
  readonly name: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly type?: string | undefined;
  readonly id?: string | undefined;
};

/**
 * A stanza as text, attributes always in one order, without xmlns: it takes the stream's own namespace, so the same text
 * serves client and server streams. `inner` is XML text in the stream's namespace.
 */
export function stanzaText(envelope: Envelope, inner = ""): string {
  const tag =
    `<${envelope.name}` +
    attribute("from", envelope.from) +
    attribute("to", envelope.to) +
    attribute("type", envelope.type) +
    attribute("id", envelope.id);
  return inner === "" ? `${tag}/>` : `${tag}>${inner}</${envelope.name}>`;
}

/** RFC 6120 §8.2.3: the result of an iq, addresses swapped, with or without payload. */
export function resultText(request: Envelope, payload?: Element): string {
  const { to: from, from: to, id } = request;
  return stanzaText({ name: "iq", from, to, type: "result", id }, payload === undefined ? "" : payloadText(payload));
}

/** An element as text, for inside a stanza on a client or server stream. */
export function payloadText(payload: Element): string {
  return write(payload, payload.ns === ns.server ? ns.server : ns.client);
}

/** A stanza cut where attributes can be added: `head` is "<name …" without ">", `rest` all that follows, ">" or "/>" first. */
export type Cut = { readonly head: Buffer; readonly rest: Buffer };

/**
 * Cuts a framed (so well-formed) stanza at the end of its start tag and leaves out the named attributes and an xmlns that
 * only repeats the stream's own namespace, which differs between the stream it came by and the one it leaves by. What
 * stays is not copied when nothing had to be left out.
 */
export function cutHead(bytes: Uint8Array, ...without: readonly string[]): Cut {
  const whole = asBuffer(bytes);
  const kept: Buffer[] = [];
  let from = 0;
  let at = nameEnd(whole);
  for (;;) {
    const gap = at;
    while (isSpace(whole[at])) at += 1;
    if (whole[at] === slash || whole[at] === greater || at >= whole.length) {
      kept.push(whole.subarray(from, gap));
      const head = kept.length === 1 ? whole.subarray(0, gap) : Buffer.concat(kept);
      return { head, rest: whole.subarray(at) };
    }
    const equals = whole.indexOf(equalSign, at);
    const name = whole.toString("latin1", at, equals).trimEnd();
    let open = equals + 1;
    while (isSpace(whole[open])) open += 1;
    const close = whole.indexOf(whole[open] ?? 0, open + 1);
    if (equals === -1 || close === -1) throw new Error("cutHead takes framed stanzas only");
    at = close + 1;
    if (without.includes(name) || (name === "xmlns" && isStreamNs(whole.toString("latin1", open + 1, close)))) {
      kept.push(whole.subarray(from, gap));
      from = at;
    }
  }
}

/** One receiver's copy of a stanza that was cut without its `to`. */
export function addressed(cut: Cut, to: string): Buffer {
  return join(cut.head, attribute("to", to), cut.rest);
}

/** The stanza with XML text put in as its last child; an empty element is opened for it. */
export function withChild(bytes: Uint8Array, child: string): Buffer {
  const whole = asBuffer(bytes);
  const end = whole.lastIndexOf(less);
  if (whole[end + 1] === slash) return join(whole.subarray(0, end), child, whole.subarray(end));
  const name = whole.toString("latin1", 1, nameEnd(whole));
  return Buffer.concat([whole.subarray(0, whole.lastIndexOf(slash)), Buffer.from(`>${child}</${name}>`)]);
}

/** ` name='value'`, or nothing when there is no value. */
export function attribute(name: string, value: string | undefined): string {
  return value === undefined ? "" : ` ${name}='${escapeXml(value)}'`;
}

/** Bytes, text and bytes in one buffer, copied once. */
export function join(before: Uint8Array, middle: string, after: Uint8Array): Buffer {
  const length = Buffer.byteLength(middle);
  const whole = Buffer.allocUnsafe(before.length + length + after.length);
  whole.set(before, 0);
  whole.write(middle, before.length, "utf8");
  whole.set(after, before.length + length);
  return whole;
}

const less = 0x3c;
const greater = 0x3e;
const slash = 0x2f;
const equalSign = 0x3d;

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d;
}

function nameEnd(bytes: Uint8Array): number {
  let at = 1;
  while (at < bytes.length && !isSpace(bytes[at]) && bytes[at] !== slash && bytes[at] !== greater) at += 1;
  return at;
}

function isStreamNs(value: string): boolean {
  return value === ns.client || value === ns.server;
}
