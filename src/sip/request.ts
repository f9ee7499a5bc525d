import { copyLines } from "./copied-lines.ts";
import { callIdId, cseqId, fromId, toId } from "./header-names.ts";
import type { SipMessage } from "./message.ts";
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
  const { method, contact } = parts;
  let head = firstLines(method, parts, parts.maxForwards ?? 70);
  head += `From: ${parts.from}\r\nTo: ${parts.to}\r\nCall-ID: ${parts.callId}\r\nCSeq: ${parts.cseq} ${method}\r\n`;
  if (contact !== undefined) head += `Contact: ${contact}\r\n`;
  return writer.begin().text(head).tail(parts).end();
}

/** What is other in a request that goes on from here than in the one that came. */
export type OnwardParts = Omit<RequestParts, "method" | "from" | "to" | "callId" | "cseq" | "contact" | "maxForwards">;

/**
 * A request goes on to somebody's device: Max-Forwards is one less, From, To, Call-ID and CSeq stay byte for byte. Only what goes
 * over several lines is put on one: old clients do not read it otherwise.
 */
export function onwardBytes(message: SipMessage, parts: OnwardParts): Buffer {
  const hops = Math.max(0, (message.maxForwards ?? 70) - 1);
  if (message.index.folded) {
    const { method, callId, cseq } = message;
    const [from, to] = [message.header("from") ?? "", message.header("to") ?? ""];
    return requestBytes({ ...parts, method, maxForwards: hops, from, to, callId, cseq: cseq?.number ?? 0 });
  }
  const into = writer.begin().text(firstLines(message.method, parts, hops));
  copyLines(into, message, identity);
  return into.tail(parts).end();
}

const identity = (1 << fromId) | (1 << toId) | (1 << callIdId) | (1 << cseqId);

/** Up to and with the Routes. */
function firstLines(method: string, { uri, via, routes }: OnwardParts, hops: number): string {
  let lines = `${method} ${uri} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: ${hops}\r\n`;
  if (routes !== undefined) for (const route of routes) lines += `Route: ${route}\r\n`;
  return lines;
}
