import { createHash } from "node:crypto";
import { asBuffer, hex } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { ContentType } from "./content-type.ts";
import { type MimeHeader, type MimeLimits, mimeHeader, readHead, readMimeHeaders } from "./mime-headers.ts";
import { type Parameter, parameter, parametersText } from "./parameters.ts";

/** One part of a multipart body (RFC 2046 §5.1). */
export type Part = {
  readonly headers: readonly MimeHeader[];
  /** As written; "text/plain" when it has none (RFC 2046 §5.1). */
  readonly contentType: string;
  /** Without the angle brackets; "" when it has none (RFC 2045 §7). */
  readonly contentId: string;
  /** Still in its Content-Transfer-Encoding (transfer-encoding.ts). */
  readonly body: Buffer;
};

/** RFC 2046 §5.1.1 bcharsnospace and the space; a boundary may be longer than 70 here. */
const boundaryForm = /^[A-Za-z0-9'()+_,\-./:=? ]{1,200}$/;

/**
 * Reads a multipart body of one level; parts that are multipart themselves are read by another call. What stands before the
 * first and behind the last boundary is dropped, and a body whose last boundary is missing ends where its bytes do, as
 * partners' do. Time and memory grow with the bytes alone. Fails with sip-malformed or sip-too-large.
 */
export function readMultipart(type: ContentType, bytes: Uint8Array, limits: MimeLimits): Result<readonly Part[]> {
  const boundary = parameter(type.parameters, "boundary") ?? "";
  if (!boundaryForm.test(boundary)) return no(fault("sip-malformed", "a multipart body without a boundary"));
  const body = asBuffer(bytes);
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  const parts: Part[] = [];
  let from = -1;
  for (let at = body.indexOf(delimiter); at >= 0; ) {
    const end = delimiterEnd(body, at, at + delimiter.length);
    if (end === undefined) {
      at = body.indexOf(delimiter, at + 1);
      continue;
    }
    if (from >= 0) {
      const part = readPart(body.subarray(from, beforeLineEnd(body, from, at)), parts.length, limits);
      if (!part.ok) return part;
      parts.push(part.value);
    }
    from = end.next;
    if (end.last) return atLeastOne(parts);
    // RFC 2046 §5.1.1: the line end belongs to the next delimiter too, when a part is empty.
    at = body.indexOf(delimiter, end.next);
  }
  if (from >= 0 && from < body.length) {
    const part = readPart(body.subarray(from), parts.length, limits);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return atLeastOne(parts);
}

function atLeastOne(parts: readonly Part[]): Result<readonly Part[]> {
  return parts.length > 0 ? ok(parts) : no(fault("sip-malformed", "a multipart body without parts"));
}

/** Whether "--boundary" from `at` to `end` is a delimiter line, and where what follows begins. */
function delimiterEnd(body: Buffer, at: number, end: number): { next: number; last: boolean } | undefined {
  if (at > 0 && body[at - 1] !== 0x0a) return undefined;
  const last = body[end] === 0x2d && body[end + 1] === 0x2d;
  let next = last ? end + 2 : end;
  while (body[next] === 0x20 || body[next] === 0x09) next++; // RFC 2046 §5.1.1 transport-padding
  if (body[next] === 0x0d) next++;
  if (body[next] === 0x0a) return { next: next + 1, last };
  return last && next >= body.length ? { next, last } : undefined;
}

/** The line end before a delimiter is the delimiter's (RFC 2046 §5.1.1). */
function beforeLineEnd(body: Buffer, from: number, at: number): number {
  const end = at > from && body[at - 1] === 0x0a ? at - 1 : at;
  return end > from && body[end - 1] === 0x0d ? end - 1 : end;
}

function readPart(bytes: Buffer, count: number, limits: MimeLimits): Result<Part> {
  if (count >= limits.mimePartsMax) return no(fault("sip-too-large", "mimePartsMax"));
  const head = readHead(bytes, 0, limits);
  if (!head.ok) return head;
  const headers = readMimeHeaders(head.value.lines);
  if (!headers.ok) return headers;
  return ok({
    headers: headers.value,
    contentType: mimeHeader(headers.value, "content-type") || "text/plain",
    contentId: withoutBrackets(mimeHeader(headers.value, "content-id")),
    body: bytes.subarray(head.value.end),
  });
}

function withoutBrackets(id: string): string {
  return id.startsWith("<") && id.endsWith(">") ? id.slice(1, -1) : id;
}

/** The part a multipart/related is about: that which `start` names, the first without it (RFC 2387 §3.2). */
export function rootOf(type: ContentType, parts: readonly Part[]): Part | undefined {
  const start = withoutBrackets(parameter(type.parameters, "start") ?? "");
  return (start === "" ? undefined : parts.find((part) => part.contentId === start)) ?? parts[0];
}

/** A part to be written; `contentId` without angle brackets. */
export type NewPart = {
  readonly contentType: string;
  readonly contentId?: string;
  /** More header lines, each ended with CRLF. */
  readonly headers?: string;
  readonly body: Uint8Array | string;
};

/** What `writeMultipart` makes: the value of the Content-Type, and the body. */
export type Multipart = { readonly contentType: string; readonly body: Buffer };

/**
 * Writes a multipart body (RFC 2046 §5.1), `subtype` "related", "mixed" or "alternative". For "related" give its `type` and
 * `start` among the parameters (RFC 2387 §3). Without a `boundary` it is made from the parts' own digest, so that nobody who
 * writes a part can know it beforehand, and the same parts make the same bytes.
 */
export function writeMultipart(
  subtype: string,
  parts: readonly NewPart[],
  parameters: readonly Parameter[] = [],
  boundary = boundaryOf(parts),
): Multipart {
  const pieces: (Uint8Array | string)[] = [];
  for (const part of parts) {
    const id = part.contentId === undefined ? "" : `Content-ID: <${part.contentId}>\r\n`;
    pieces.push(
      `--${boundary}\r\nContent-Type: ${part.contentType}\r\n${id}${part.headers ?? ""}\r\n`,
      part.body,
      "\r\n",
    );
  }
  pieces.push(`--${boundary}--\r\n`);
  const all: readonly Parameter[] = [...parameters, ["boundary", boundary]];
  return { contentType: `multipart/${subtype}${parametersText(all)}`, body: inOne(pieces) };
}

function boundaryOf(parts: readonly NewPart[]): string {
  const digest = createHash("sha256");
  for (const { contentType, contentId, body } of parts)
    digest.update(`${contentType}\n${contentId ?? ""}\n`).update(body);
  return `part-${hex(digest.digest().subarray(0, 12))}`;
}

/** Bytes and texts one behind the other, each copied once. */
function inOne(pieces: readonly (Uint8Array | string)[]): Buffer {
  let length = 0;
  for (const piece of pieces) length += typeof piece === "string" ? Buffer.byteLength(piece) : piece.length;
  const whole = Buffer.allocUnsafe(length);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") at += whole.write(piece, at, "utf8");
    else {
      whole.set(piece, at);
      at += piece.length;
    }
  }
  return whole;
}
