import { afterQuoted, afterSpaceIn } from "./characters.ts";
import { copyLines } from "./copied-lines.ts";
import { callIdId, cseqId, fromId, timestampId, toId, viaId } from "./header-names.ts";
import { valueEnd as listValueEnd } from "./list-values.ts";
import type { SipMessage } from "./message.ts";
import { type MessageWriter, writer } from "./message-writer.ts";
import { statusLine } from "./reason-phrases.ts";

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
 * and under their long names; the top Via told where the request came from; Content-Length always. Of a request that is
 * wrong what is there goes back: the first From, To, Call-ID and CSeq. `toTag`: instead of that of the parts.
 */
export function responseBytes(
  request: SipMessage,
  status: number,
  parts: ResponseParts,
  source: Source,
  toTag: string | undefined = parts.toTag,
): Buffer {
  const into = writer.begin();
  if (parts.reason === undefined) into.bytes(statusLine(status));
  else into.text("SIP/2.0 ").number(status).text(" ").text(parts.reason).text("\r\n");
  const tag = status === 100 ? undefined : toTag;
  copyLines(into, request, copied, status === 100 ? timestampId : 0, changed, (id, from, colon, end) =>
    id === viaId ? writeSource(into, request, from, colon, end, source) : writeTag(into, request, from, end, tag),
  );
  return into.tail(parts).end();
}

/** What is copied; into a 100 the Timestamp too (RFC 3261 §8.2.6.1). */
const copied = (1 << viaId) | (1 << fromId) | (1 << toId) | (1 << callIdId) | (1 << cseqId);
/** What may be other than it came. */
const changed = (1 << viaId) | (1 << toId);

/**
 * RFC 3261 §8.2.6.2: a To that has no tag gets one. Writes the field that ends at `end`, from `from` on, up to its line end; false,
 * and nothing is written, where it stays as it is.
 */
function writeTag(
  into: MessageWriter,
  request: SipMessage,
  from: number,
  end: number,
  tag: string | undefined,
): boolean {
  if (tag === undefined || request.toTag !== "") return false;
  into
    .bytes(request.bytes, from, valueEndIn(request.bytes, from, end))
    .text(";tag=")
    .text(tag);
  return true;
}

/**
 * The first Via field with its first value told where the request came from: "received" when that is not what sent-by
 * says (RFC 3261 §18.2.1), and "rport" filled in, with "received" always, when the client asked for it (RFC 3581 §4).
 * What the client itself wrote into these two is not believed. Writes the field that has its colon before `colon` and ends at
 * `end`, from `from` on, up to its line end; false, and nothing is written, where it stays as it is.
 */
function writeSource(
  into: MessageWriter,
  request: SipMessage,
  from: number,
  colon: number,
  end: number,
  source: Source,
): boolean {
  const { via, bytes, index } = request;
  if (via === undefined) return false;
  const address = plainAddress(source.address);
  const { asksPort, hasReceived } = via;
  const isSame = via.host === address || via.host === `[${address}]`;
  if (isSame && !asksPort && !hasReceived) return false;
  const start = afterSpaceIn(bytes, colon, end);
  const valueEnd = valueEndIn(bytes, start, end);
  // As clients write it: one value, in it "rport" once if at all and empty, and no "received".
  const isPlain = index.ascii && !index.folded && valueEnd - start === via.text.length && !hasReceived;
  if (isPlain && (!asksPort || via.rportEnd >= 0)) {
    const rportEnd = start + (asksPort ? via.rportEnd : 0);
    if (asksPort) into.bytes(bytes, from, rportEnd).text("=").number(source.port).bytes(bytes, rportEnd, valueEnd);
    else into.bytes(bytes, from, valueEnd);
    into.text(";received=").text(address);
    return true;
  }
  const raw = bytes.toString("latin1", start, end - 2);
  const rest = raw.includes(",") ? listValueEnd(raw, 0) : raw.length;
  const first = withoutSource(withoutLastSpace(raw.slice(0, rest)), asksPort ? source.port : undefined);
  into.bytes(bytes, from, start).latin1(first);
  if (!isSame || asksPort) into.text(";received=").text(address);
  into.latin1(raw.slice(rest));
  return true;
}

/** Where the value of the field that ends at `end` ends, without the white space behind it. */
function valueEndIn(bytes: Uint8Array, from: number, end: number): number {
  let at = end - 2;
  while (at > from && (bytes[at - 1] as number) <= 0x20) at--;
  return at;
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
