/** What a message of ours ends with: headers of its own, and a body. */
export type Tail = {
  /** Whole lines: "Name: value\r\n" each. */
  readonly headers?: string;
  readonly contentType?: string;
  readonly body?: Uint8Array | string;
};

/** Messages are written one behind the other into pieces of memory of this size, as Node cuts small buffers from its pool. */
const slabBytes = 16_384;
/** Up to here a loop is faster than a call into the platform. */
const fewBytes = 48;
const fewCharacters = 24;

const without = "Content-Length: 0\r\n\r\n";

/**
 * Writes messages straight into memory: what is copied from another message is copied once, as bytes, and no text is put together
 * first only to be turned into bytes. One message at a time: from `begin` to `end` nothing else may be written.
 */
export class MessageWriter {
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #start = 0;
  #at = 0;
  #size = slabBytes;

  begin(): this {
    // What was made for one large message goes with it: small ones would hold all of it.
    if (this.#size > slabBytes) this.#renew(Buffer.allocUnsafeSlow(slabBytes), 0);
    this.#start = this.#at;
    return this;
  }

  /** The message; its memory is not written to any more. */
  end(): Buffer {
    return this.#slab.subarray(this.#start, this.#at);
  }

  /** The bytes from `from` to `to`, as they are. */
  bytes(source: Uint8Array, from = 0, to: number = source.length): this {
    const length = to - from;
    if (length <= 0) return this;
    this.#makeRoom(length);
    let at = this.#at;
    this.#at = at + length;
    if (length > fewBytes) this.#slab.set(source.subarray(from, to), at);
    else {
      const slab = this.#slab;
      for (let position = from; position < to; position++) slab[at++] = source[position] as number;
    }
    return this;
  }

  /** A text as UTF-8. */
  text(text: string): this {
    const { length } = text;
    this.#makeRoom(3 * length);
    if (length > fewCharacters || !this.#few(text)) this.#at += this.#slab.write(text, this.#at);
    return this;
  }

  /** A text each of whose characters is a byte. */
  latin1(text: string): this {
    this.#makeRoom(text.length);
    this.#at += this.#slab.write(text, this.#at, "latin1");
    return this;
  }

  /** A whole number in decimal. */
  number(value: number): this {
    if (!(value >= 0 && value < 1e9)) return this.text(`${value}`);
    this.#makeRoom(9);
    const slab = this.#slab;
    let at = this.#at + 1;
    for (let rest = (value / 10) | 0; rest > 0; rest = (rest / 10) | 0) at++;
    this.#at = at;
    for (let rest = value | 0; ; rest = (rest / 10) | 0) {
      slab[--at] = 0x30 + (rest % 10);
      if (rest < 10) break;
    }
    return this;
  }

  /** The lines a head ends with: own headers, Content-Type, Content-Length always (RFC 3261 §20.14), the empty line; the body. */
  tail({ headers = "", contentType = "", body = "" }: Tail): this {
    const type = contentType === "" ? "" : `Content-Type: ${contentType}\r\n`;
    const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
    this.text(
      headers === "" && type === "" && length === 0 ? without : `${headers}${type}Content-Length: ${length}\r\n\r\n`,
    );
    return typeof body === "string" ? this.text(body) : this.bytes(body);
  }

  /** Writes a short text of ASCII; false, and nothing is written, where it is none. */
  #few(text: string): boolean {
    const slab = this.#slab;
    let at = this.#at;
    for (let position = 0; position < text.length; position++) {
      const code = text.charCodeAt(position);
      if (code >= 0x80) return false;
      slab[at++] = code;
    }
    this.#at = at;
    return true;
  }

  /** Where the message does not fit into what is left, it goes on in new memory. */
  #makeRoom(length: number): void {
    if (this.#at + length <= this.#size) return;
    const written = this.#at - this.#start;
    const slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, 2 * (written + length)));
    this.#slab.copy(slab, 0, this.#start, this.#at);
    this.#renew(slab, written);
  }

  #renew(slab: Buffer<ArrayBuffer>, written: number): void {
    this.#slab = slab;
    this.#size = slab.length;
    this.#start = 0;
    this.#at = written;
  }
}

/** The one all messages are written by: writing one is never interrupted. */
export const writer: MessageWriter = new MessageWriter();

/** What a message ends with as one buffer: its last lines and its body. The same for all who are told the same. */
export function endingBytes(tail: Tail): Buffer {
  return writer.begin().tail(tail).end();
}
