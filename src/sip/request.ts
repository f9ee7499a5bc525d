import { writer } from "./message-writer.ts";

/** What a request of ours is made of; all values as they stand on the wire, none with a line end. */
export type RequestParts = {
  readonly method: string;
  readonly uri: string;
  /** The value of our own Via. */
  readonly via: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  /** 70 when not given (RFC 3261 §8.1.1.6). */
  readonly maxForwards?: number;
  readonly contact?: string;
  /** One Route each, in order. */
  readonly routes?: readonly string[];
  /** Whole lines: "Name: value\r\n" each. */
  readonly headers?: string;
  readonly contentType?: string;
  readonly body?: Uint8Array | string;
};

/** A request (RFC 3261 §8.1.1): the six headers each must have, what else is given, and Content-Length. */
export function requestBytes(parts: RequestParts): Buffer {
  const { method, routes, contact } = parts;
  let head = `${method} ${parts.uri} SIP/2.0\r\nVia: ${parts.via}\r\nMax-Forwards: ${parts.maxForwards ?? 70}\r\n`;
  if (routes !== undefined) for (const route of routes) head += `Route: ${route}\r\n`;
  head += `From: ${parts.from}\r\nTo: ${parts.to}\r\nCall-ID: ${parts.callId}\r\nCSeq: ${parts.cseq} ${method}\r\n`;
  if (contact !== undefined) head += `Contact: ${contact}\r\n`;
  return writer.begin().text(head).tail(parts).end();
}
