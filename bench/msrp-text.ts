/** As much of MSRP's text (RFC 4975 §9) as a load driver needs, Latin-1 as in sip-text.ts. */

/** Cuts a stream into frames, whatever its pieces are: each ends with the line its first line names. */
export class MsrpCutter {
  #rest = "";

  /** Calls `take` for each frame that is whole now. */
  cut(bytes: Buffer, take: (frame: string) => void): void {
    const text = this.#rest + bytes.toString("latin1");
    let at = 0;
    for (;;) {
      const space = text.indexOf(" ", at + 5);
      if (space === -1) break;
      const end = text.indexOf(`\r\n-------${text.slice(at + 5, space)}`, space);
      const whole = end === -1 ? -1 : text.indexOf("\r\n", end + 2);
      if (whole === -1) break;
      take(text.slice(at, whole + 2));
      at = whole + 2;
    }
    this.#rest = text.slice(at);
  }
}

/** The identifier of a frame's transaction. */
export function transactionOf(frame: string): string {
  return frame.slice(5, frame.indexOf(" ", 5));
}

/** The status of a response, 0 for a request. */
export function msrpStatusOf(frame: string): number {
  const status = Number(frame.substr(frame.indexOf(" ", 5) + 1, 3));
  return Number.isNaN(status) ? 0 : status;
}

export function fieldOf(frame: string, name: string): string {
  const at = frame.indexOf(`\r\n${name}: `);
  return at === -1 ? "" : frame.slice(at + name.length + 4, frame.indexOf("\r\n", at + 2));
}

/** The session identifier of an MSRP URI (RFC 4975 §6). */
export function sessionIn(uri: string): string {
  return /\/([^/;]+);tcp/.exec(uri)?.[1] ?? "";
}

/** 200 to a SEND, for the hop it came from. */
export function okToSend(frame: string): string {
  const id = transactionOf(frame);
  return `MSRP ${id} 200 OK\r\nTo-Path: ${fieldOf(frame, "From-Path")}\r\nFrom-Path: ${fieldOf(frame, "To-Path")}\r\n-------${id}$\r\n`;
}

/** A text in one chunk. */
export function sendOf(id: string, to: string, from: string, text: string): string {
  return (
    `MSRP ${id} SEND\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\nMessage-ID: m${id}\r\nByte-Range: 1-${text.length}/${text.length}\r\n` +
    `Content-Type: text/plain\r\n\r\n${text}\r\n-------${id}$\r\n`
  );
}
