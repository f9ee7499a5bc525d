/** What a message of ours ends with: headers of its own, and a body. */
export type Tail = {
  /** Whole lines: "Name: value\r\n" each. */
  readonly headers?: string;
  readonly contentType?: string;
  readonly body?: Uint8Array | string;
};

/** The lines a head ends with: own headers, Content-Type, Content-Length always (RFC 3261 §20.14), the empty line. */
export function lastLines({ headers = "", contentType, body = "" }: Tail): string {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const type = contentType === undefined || contentType === "" ? "" : `Content-Type: ${contentType}\r\n`;
  return `${headers}${type}Content-Length: ${length}\r\n\r\n`;
}

/** A whole head and a body as one buffer; the head's characters are Unicode, or bytes already ("latin1"). */
export function messageBytes(head: string, encoding: "utf8" | "latin1", body: Uint8Array | string = ""): Buffer {
  const size = encoding === "latin1" ? head.length : Buffer.byteLength(head);
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const bytes = Buffer.allocUnsafe(size + length);
  bytes.write(head, 0, encoding);
  if (length === 0) return bytes;
  if (typeof body === "string") bytes.write(body, size, "utf8");
  else bytes.set(body, size);
  return bytes;
}

/** What a message ends with as one buffer: its last lines and its body. The same for all who are told the same. */
export function endingBytes(tail: Tail): Buffer {
  return messageBytes(asLatin1(lastLines(tail)), "latin1", tail.body);
}

/** Unicode as UTF-8, each byte a character. Nearly all texts are ASCII and stay what they are. */
export function asLatin1(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text, "utf8").toString("latin1");
}
