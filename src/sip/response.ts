import { afterQuoted, afterSpaceIn } from "./characters.ts";
import { fieldSize } from "./header-index.ts";
import { callIdId, cseqId, fromId, timestampId, toId, viaId, written } from "./header-names.ts";
import { valueEnd } from "./list-values.ts";
import type { SipMessage } from "./message.ts";
import { asLatin1, lastLines, messageBytes } from "./message-bytes.ts";
import { statusLine } from "./reason-phrases.ts";
import type { Via } from "./via.ts";

export { reasonPhrase } from "./reason-phrases.ts";

/** What a response has beside what it copies. */
export type ResponseParts = {
  /** Added to the To when that has none. */
  readonly toTag?: string;
  /** Whole lines: "Name: value\r\n" each. */
  readonly headers?: string;
  readonly contentType?: string;
  readonly body?: Uint8Array | string;
  /** Instead of the status code's own phrase. */
  readonly reason?: string;
};

/** Where a request came from: the address without brackets. */
export type Source = { readonly address: string; readonly port: number };

/**
 * A response to a request (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq byte for byte as they came, in their order
 * and under their long names; the top Via told where the request came from; Content-Length always. One buffer is made,
 * and bytes are copied into it once. Of a request that is wrong what is there goes back: the first From, To, Call-ID
 * and CSeq. `toTag`: instead of that of the parts.
 */
export function responseBytes(
  request: SipMessage,
  status: number,
  parts: ResponseParts,
  source: Source,
  toTag: string | undefined = parts.toTag,
): Buffer {
  const start = parts.reason === undefined ? statusLine(status) : `SIP/2.0 ${status} ${asLatin1(parts.reason)}\r\n`;
  const copied = copiedHeaders(request, status, toTag, source);
  return messageBytes(start + copied + asLatin1(lastLines(parts)), "latin1", parts.body);
}

/** The copied lines. Those that need no change and follow one another are taken in one piece. */
function copiedHeaders(request: SipMessage, status: number, toTag: string | undefined, source: Source): string {
  const { head } = request;
  const { fields } = request.index;
  let text = "";
  let from = 0; // the piece that is to be taken
  let to = 0;
  let seen = 0;
  for (let at = 0; at < fields.length; at += fieldSize) {
    const id = fields[at] as number;
    const bit = copyBit(id, status);
    if (bit === 0 || ((seen & bit) !== 0 && id !== viaId)) continue;
    const isFirst = (seen & bit) === 0;
    seen |= bit;
    const line = fields[at + 1] as number;
    const colon = fields[at + 2] as number;
    const end = fields[at + 3] as number;
    const name = written[id] as string;
    const changes = isFirst && (id === viaId || id === toId);
    // A compact form, or white space before the colon: the name is written anew.
    if (!changes && colon - line === name.length - 1) {
      if (line !== to) {
        text += head.slice(from, to);
        from = line;
      }
      to = end;
      continue;
    }
    text += head.slice(from, to);
    from = end;
    to = end;
    const raw = head.slice(afterSpaceIn(request.bytes, colon, end), end - 2);
    if (!changes) text += `${name}${raw}\r\n`;
    else if (id === viaId) text += `${name}${viaWithSource(raw, request.via, source)}\r\n`;
    else text += `${name}${taggedTo(request, raw, status, toTag)}\r\n`;
  }
  return text + head.slice(from, to);
}

/** A bit for each header that is copied; 0 for the others. The Timestamp goes into the 100 (RFC 3261 §8.2.6.1). */
function copyBit(id: number, status: number): number {
  switch (id) {
    case viaId:
    case fromId:
    case toId:
    case callIdId:
    case cseqId:
      return 1 << id;
    case timestampId:
      return status === 100 ? 1 : 0;
    default:
      return 0;
  }
}

/** RFC 3261 §8.2.6.2: a tag is added to the To that has none, but in a 100. */
function taggedTo(request: SipMessage, raw: string, status: number, tag: string | undefined): string {
  return tag === undefined || status === 100 || request.toTag !== "" ? raw : `${withoutLastSpace(raw)};tag=${tag}`;
}

/**
 * The first Via field with its first value told where the request came from: "received" when that is not what sent-by
 * says (RFC 3261 §18.2.1), and "rport" filled in, with "received" always, when the client asked for it (RFC 3581 §4).
 * What the client itself wrote into these two is not believed.
 */
export function viaWithSource(raw: string, via: Via | undefined, source: Source): string {
  if (via === undefined) return raw;
  const address = plainAddress(source.address);
  const { asksPort, hasReceived } = via;
  const isSame = via.host === address || via.host === `[${address}]`;
  if (isSame && !asksPort && !hasReceived) return raw;
  const end = raw.includes(",") ? valueEnd(raw, 0) : raw.length;
  const first = withoutLastSpace(raw.slice(0, end));
  const rest = raw.slice(end);
  const received = isSame && !asksPort ? "" : `;received=${address}`;
  // As clients write it: ";rport" at the end, and nothing of this kind besides.
  if (asksPort && !hasReceived && first.endsWith(";rport")) return `${first}=${source.port}${received}${rest}`;
  // Or before the branch.
  const rport = first.indexOf(";rport;");
  if (asksPort && !hasReceived && rport >= 0 && !first.includes('"') && !first.includes("rport", rport + 6)) {
    return `${first.slice(0, rport + 6)}=${source.port}${first.slice(rport + 6)}${received}${rest}`;
  }
  return withoutSource(first, asksPort ? source.port : undefined) + received + rest;
}

/** The value with its rport replaced and its received gone; everything else as it was. */
function withoutSource(text: string, port: number | undefined): string {
  let kept = "";
  let from = 0;
  while (from < text.length) {
    const to = pieceEnd(text, from);
    const piece = text.slice(from, to);
    const name = /^;[ \t\r\n]*(received|rport)[ \t\r\n]*(?:=|$)/i.exec(piece)?.[1]?.toLowerCase();
    if (name === undefined) kept += piece;
    else if (name === "rport" && port !== undefined) kept += `;rport=${port}`;
    from = to;
  }
  return kept;
}

/** The place of the next ";" behind `at` that is not in quotes. */
function pieceEnd(text: string, at: number): number {
  let position = at + 1;
  while (position < text.length && text.charCodeAt(position) !== 0x3b) {
    const next = text.charCodeAt(position) === 0x22 ? afterQuoted(text, position) : position + 1;
    position = next < 0 ? text.length : next;
  }
  return position;
}

/** Without the white space at its end; what Unicode calls so may be half of a character here. */
function withoutLastSpace(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(0, end);
}

/** An IPv4 address that a socket for both families shows as IPv6 is IPv4. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
