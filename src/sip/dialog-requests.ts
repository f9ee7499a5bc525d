import { type Dialog, partsIn } from "./dialog.ts";
import { asLatin1 } from "./message-bytes.ts";

/**
 * Writes the requests of one method in one dialog (RFC 3261 §12.2.1.1): what all of them have in common is put together once.
 * For as long as its target and routes stay what they are, and our Contact.
 */
export class DialogRequests {
  readonly #method: string;
  /** Up to the value of our Via, and from behind it up to the number of CSeq; each byte a character. */
  readonly #start: string;
  readonly #middle: string;
  readonly #end: string;

  /** `contact`: the value; `headers`: whole lines that each of them has. */
  constructor(dialog: Dialog, method: string, contact: string, headers: string) {
    const { uri, from, to, callId, routes = [] } = partsIn(dialog, method, "");
    const route = routes.map((each) => `Route: ${each}\r\n`).join("");
    this.#method = method;
    this.#start = flat(`${method} ${uri} SIP/2.0\r\nVia: `);
    this.#middle = flat(`\r\nMax-Forwards: 70\r\n${route}From: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: `);
    this.#end = flat(` ${method}\r\nContact: ${contact}\r\n${headers}`);
  }

  get method(): string {
    return this.#method;
  }

  /** One request; `via` is the value of our own Via, `ending` all that follows on `headers` (`endingBytes`). */
  bytes(via: string, cseq: number, ending: Uint8Array): Buffer {
    const head = this.#start + asLatin1(via) + this.#middle + cseq + this.#end;
    const bytes = Buffer.allocUnsafe(head.length + ending.length);
    bytes.write(head, 0, "latin1");
    bytes.set(ending, head.length);
    return bytes;
  }
}

/** Its UTF-8, each byte a character, in one piece. */
function flat(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
