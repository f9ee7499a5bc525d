import { afterQuoted } from "./characters.ts";
import { valueEnd } from "./list-values.ts";
import type { SipMessage } from "./message.ts";
import { parameter } from "./parameters.ts";
import { reasonPhrase } from "./reason-phrases.ts";
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
 * A response to a request (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq byte for byte as they came, under their long names; the
 * top Via told where the request came from; Content-Length always. One buffer is made, and bytes are copied into it once.
 */
export function responseBytes(request: SipMessage, status: number, parts: ResponseParts, source: Source): Buffer {
  let head = `SIP/2.0 ${status} ${latin1(parts.reason ?? reasonPhrase(status))}\r\n`;
  const vias = request.rawValues("via");
  for (let at = 0; at < vias.length; at++) {
    const raw = vias[at] as string;
    head += `Via: ${at === 0 ? viaWithSource(raw.trimStart(), request.via, source) : raw.trimStart()}\r\n`;
  }
  head += copied(request, "From", "from");
  head += toField(request, status, parts.toTag);
  head += copied(request, "Call-ID", "call-id");
  head += copied(request, "CSeq", "cseq");
  // RFC 3261 §8.2.6.1: the Timestamp goes into the 100.
  if (status === 100) head += copied(request, "Timestamp", "timestamp");
  return whole(head, parts);
}

/** A head that lacks its last lines, and a body, as bytes. The head's characters are bytes; `parts` are Unicode. */
export function whole(head: string, parts: Pick<ResponseParts, "headers" | "contentType" | "body">): Buffer {
  const { headers = "", contentType = "", body = "" } = parts;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const type = contentType === "" ? "" : `Content-Type: ${latin1(contentType)}\r\n`;
  const text = `${head}${latin1(headers)}${type}Content-Length: ${length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(text.length + length);
  bytes.write(text, 0, "latin1");
  if (typeof body === "string") bytes.write(body, text.length, "utf8");
  else bytes.set(body, text.length);
  return bytes;
}

/** Unicode as UTF-8, each byte a character. Nearly all texts are ASCII and stay what they are. */
export function latin1(text: string): string {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) >= 0x80) return Buffer.from(text, "utf8").toString("latin1");
  }
  return text;
}

function copied(request: SipMessage, written: string, name: string): string {
  const raw = request.rawValues(name)[0];
  return raw === undefined ? "" : `${written}: ${raw.trimStart()}\r\n`;
}

/** RFC 3261 §8.2.6.2: a tag is added to the To that has none, but in a 100. */
function toField(request: SipMessage, status: number, tag: string | undefined): string {
  const raw = request.rawValues("to")[0];
  if (raw === undefined) return "";
  const adds = tag !== undefined && status !== 100 && request.toTag === "";
  return adds ? `To: ${raw.trim()};tag=${tag}\r\n` : `To: ${raw.trimStart()}\r\n`;
}

/**
 * The first Via field with its first value told where the request came from: "received" when that is not what sent-by says
 * (RFC 3261 §18.2.1), and "rport" filled in, with "received" always, when the client asked for it (RFC 3581 §4). What the client
 * itself wrote into these two is not believed.
 */
export function viaWithSource(raw: string, via: Via | undefined, source: Source): string {
  if (via === undefined) return raw;
  const address = plainAddress(source.address);
  const asksPort = parameter(via.parameters, "rport") !== undefined;
  const isSame = via.host === address || via.host === `[${address}]`;
  const hasReceived = parameter(via.parameters, "received") !== undefined;
  if (isSame && !asksPort && !hasReceived) return raw;
  const end = valueEnd(raw, 0);
  const first = raw.slice(0, end).trimEnd();
  const added = isSame && !asksPort ? "" : `;received=${address}`;
  return withoutSource(first, asksPort ? source.port : undefined) + added + raw.slice(end);
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

/** An IPv4 address that a socket for both families shows as IPv6 is IPv4. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
