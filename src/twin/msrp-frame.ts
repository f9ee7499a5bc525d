/** One frame of MSRP as a stand-in sees it. Nothing here comes from `src/sip`, as with its SIP. */
export type MsrpFrame = {
  readonly id: string;
  /** SEND, REPORT …; "" for a response. */
  readonly method: string;
  /** Of a response; 0 for a request. */
  readonly status: number;
  /** In the order they stood; names in small letters. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined: none at all. */
  readonly body: Buffer | undefined;
  /** What stood behind the end line. */
  readonly flag: string;
};

/** The value of a header; "" when it is not there. */
export function headerOf(frame: MsrpFrame, name: string): string {
  return frame.headers.find(([each]) => each === name)?.[1] ?? "";
}

/** Reads a stream frame by frame: all of one is gathered, then taken apart as text (RFC 4975 §9). */
export class MsrpFrames {
  #text = "";
  /** Something came that is no MSRP. */
  broken = false;

  take(bytes: Uint8Array): readonly MsrpFrame[] {
    this.#text += Buffer.from(bytes).toString("latin1");
    const frames: MsrpFrame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): MsrpFrame | undefined {
    if (this.#text === "" || this.broken) return undefined;
    const start = /^MSRP ([\w.+%=-]{4,32}) ([A-Z]+|\d{3}(?: [^\r]*)?)\r\n/.exec(this.#text);
    const [line = "", id = "", what = ""] = start ?? [];
    if (start === null) {
      this.broken = this.#text.includes("\r\n") || !"MSRP ".startsWith(this.#text.slice(0, 5));
      return undefined;
    }
    const end = new RegExp(`\r\n-------${id.replace(/[.+]/g, "\\$&")}([$+#])\r\n`).exec(this.#text);
    if (end === null) return undefined;
    const inside = this.#text.slice(line.length, end.index + 2);
    this.#text = this.#text.slice(end.index + end[0].length);
    const split = inside.indexOf("\r\n\r\n");
    const head = split < 0 ? inside : inside.slice(0, split + 2);
    const headers = head
      .split("\r\n")
      .filter((each) => each !== "")
      .map((each) => [each.replace(/:.*$/s, "").toLowerCase(), each.replace(/^[^:]*: */s, "")] as const);
    // What ends the body is the CRLF before the end line.
    const body = split < 0 ? undefined : Buffer.from(inside.slice(split + 4, -2), "latin1");
    const status = /^\d{3}/.exec(what)?.[0];
    return {
      id,
      method: status === undefined ? what : "",
      status: Number(status ?? 0),
      headers,
      body,
      flag: end[1] ?? "",
    };
  }
}

/** Writes a frame; without a body it has no content. */
export function writeFrame(
  start: string,
  id: string,
  headers: readonly (readonly [string, string])[],
  flag = "$",
  body?: Uint8Array,
): Buffer {
  const head = `MSRP ${id} ${start}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}`;
  const end = `-------${id}${flag}\r\n`;
  return body === undefined
    ? Buffer.from(head + end)
    : Buffer.concat([Buffer.from(`${head}\r\n`), body, Buffer.from(`\r\n${end}`)]);
}
