import { type Dialog, partsIn } from "./dialog.ts";
import { writer } from "./message-writer.ts";

/**
 * Writes the requests of one method in one dialog (RFC 3261 §12.2.1.1): what all of them have in common is put together once.
 * For as long as its target and routes stay what they are, and our Contact.
 */
export class DialogRequests {
  readonly #method: string;
  /** Up to the value of our Via, from behind it up to the number of CSeq, and from behind that. */
  readonly #start: Buffer;
  readonly #middle: Buffer;
  readonly #end: Buffer;

  /** `contact`: the value; `headers`: whole lines that each of them has. */
  constructor(dialog: Dialog, method: string, contact: string, headers: string) {
    const { uri, from, to, callId, routes = [] } = partsIn(dialog, method, "");
    const route = routes.map((each) => `Route: ${each}\r\n`).join("");
    this.#method = method;
    this.#start = Buffer.from(`${method} ${uri} SIP/2.0\r\nVia: `);
    this.#middle = Buffer.from(
      `\r\nMax-Forwards: 70\r\n${route}From: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: `,
    );
    this.#end = Buffer.from(` ${method}\r\nContact: ${contact}\r\n${headers}`);
  }

  get method(): string {
    return this.#method;
  }

  /** One request; `via` is the value of our own Via, `ending` all that follows on `headers` (`endingBytes`). */
  bytes(via: string, cseq: number, ending: Uint8Array): Buffer {
    const into = writer.begin().bytes(this.#start).text(via).bytes(this.#middle).number(cseq);
    return into.bytes(this.#end).bytes(ending).end();
  }
}
