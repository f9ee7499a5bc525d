/**
 * As much of SIP's text as a load driver needs. Texts are Latin-1, byte for byte what is on the wire, so a length in
 * characters is one in bytes.
 */
export class Field {
  readonly #usual: string;
  readonly #any: RegExp;

  constructor(name: string, compact = name) {
    this.#usual = `\r\n${name}:`;
    this.#any = new RegExp(`\\r\\n(?:${name}|${compact})[ \\t]*:`, "i");
  }

  /** The first such field of the message that begins at `from`; "" when it has none. */
  of(text: string, from = 0): string {
    let at = text.indexOf(this.#usual, from);
    if (at !== -1) at += this.#usual.length;
    else {
      const found = this.#any.exec(from === 0 ? text : text.slice(from));
      if (found === null) return "";
      at = from + found.index + found[0].length;
    }
    return text.slice(at, text.indexOf("\r\n", at)).trim();
  }
}

export const cseq = new Field("CSeq");
export const contentLength = new Field("Content-Length", "l");

/** The status of a response, 0 for a request. */
export function statusOf(text: string): number {
  return text.startsWith("SIP/2.0 ") ? Number(text.slice(8, 11)) : 0;
}

/** Header fields a response takes from its request (RFC 3261 §8.2.6.2, §12.1.1), by any spelling that came up. */
const copied = new Map<string, boolean>();
const copiedNames = ["via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "record-route"];

/** 200 for a request; `more`: further header lines, with a body behind them. */
export function okTo(request: string, tag: string, more = "", body = ""): string {
  let answer = "SIP/2.0 200 OK\r\n";
  for (let at = request.indexOf("\r\n") + 2; ; ) {
    const end = request.indexOf("\r\n", at);
    if (end <= at) break;
    const name = request.slice(at, request.indexOf(":", at));
    let wanted = copied.get(name);
    if (wanted === undefined) {
      wanted = copiedNames.includes(name.trim().toLowerCase());
      copied.set(name, wanted);
    }
    if (wanted) {
      const line = request.slice(at, end);
      const isTo = (line.charCodeAt(0) | 0x20) === 0x74;
      answer += isTo && !line.includes(";tag=") ? `${line};tag=${tag}\r\n` : `${line}\r\n`;
    }
    at = end + 2;
  }
  return `${answer}${more}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** Cuts a stream into messages, whatever its pieces are (RFC 3261 §18.3). */
export class SipCutter {
  #rest = "";

  /** Calls `take` for each message that is whole now. */
  cut(bytes: Buffer, take: (text: string) => void): void {
    const text = this.#rest + bytes.toString("latin1");
    let at = 0;
    for (;;) {
      while (text.startsWith("\r\n", at)) at += 2; // keep-alive
      const head = text.indexOf("\r\n\r\n", at);
      if (head === -1) break;
      const end = head + 4 + Number(contentLength.of(text, at));
      if (end > text.length) break;
      take(at === 0 && end === text.length ? text : text.slice(at, end));
      at = end;
    }
    this.#rest = text.slice(at);
  }
}
