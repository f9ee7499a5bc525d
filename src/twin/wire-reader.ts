import { asBuffer } from "../base/bytes.ts";
import { type HeaderLine, lineOf, type WireMessage } from "./wire-message.ts";

/** What was on a stream: a message, a keep-alive, or something after which no more can be read. */
export type WireItem =
  | { readonly kind: "message"; readonly message: WireMessage }
  /** CRLF CRLF: to be answered with CRLF (R9). */
  | { readonly kind: "ping" }
  /** CRLF alone. */
  | { readonly kind: "pong" }
  | { readonly kind: "broken"; readonly why: string };

const headBytesMax = 65_536;
const bodyBytesMax = 1_048_576;
const nothing = Buffer.alloc(0);

/** Cuts a stream into SIP messages by Content-Length (RFC 3261 §18.3). After "broken" it answers nothing any more. */
export class WireReader {
  #left: Buffer = nothing;
  #broken = false;

  /** Whether a message has begun whose end has not come. */
  get amid(): boolean {
    return this.#left.length > 0;
  }

  push(bytes: Uint8Array): readonly WireItem[] {
    if (this.#broken) return [];
    this.#left = this.#left.length === 0 ? asBuffer(bytes) : Buffer.concat([this.#left, bytes]);
    const items: WireItem[] = [];
    for (;;) {
      const item = this.#take();
      if (item === undefined) return items;
      items.push(item);
      if (item.kind === "broken") {
        this.#broken = true;
        return items;
      }
    }
  }

  #take(): WireItem | undefined {
    const left = this.#left;
    if (left[0] === 13) {
      if (left.length < 2) return undefined;
      const pinged = left[1] === 10 && left[2] === 13 && left[3] === 10;
      this.#left = left.subarray(pinged ? 4 : 2);
      return left[1] === 10 ? { kind: pinged ? "ping" : "pong" } : { kind: "broken", why: "CR without LF" };
    }
    const end = left.indexOf("\r\n\r\n");
    if (end < 0) {
      return left.length > headBytesMax ? { kind: "broken", why: `a head of over ${headBytesMax} bytes` } : undefined;
    }
    const head = readHead(left.toString("utf8", 0, end));
    if (head === undefined) return { kind: "broken", why: "neither a request nor a response" };
    const length = lineOf(head, "content-length") || "0";
    const bytes = /^\d{1,9}$/.test(length) ? Number(length) : -1;
    if (bytes < 0 || bytes > bodyBytesMax) return { kind: "broken", why: "Content-Length out of bounds" };
    const from = end + 4;
    if (left.length < from + bytes) return undefined;
    this.#left = left.subarray(from + bytes);
    return { kind: "message", message: { ...head, body: left.subarray(from, from + bytes) } };
  }
}

function readHead(text: string): WireMessage | undefined {
  // RFC 3261 §7.3.1: a line that begins with white space goes on the one before.
  const [start = "", ...lines] = text.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers: HeaderLine[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) return undefined;
    headers.push([line.slice(0, colon).trimEnd(), line.slice(colon + 1).trim()]);
  }
  const rest = { headers, body: nothing };
  if (start.startsWith("SIP/2.0 ")) {
    const status = Number(start.slice(8, 11));
    if (!(status >= 100 && status <= 699)) return undefined;
    return { method: "", uri: "", status, reason: start.slice(12), ...rest };
  }
  const [method = "", uri = "", version, more] = start.split(" ");
  if (version !== "SIP/2.0" || more !== undefined || method === "" || uri === "") return undefined;
  return { method, uri, status: 0, reason: "", ...rest };
}
