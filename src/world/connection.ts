import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, Endpoint, SecureOptions, TlsFacts } from "../base/network.ts";
import { faultOf, plainAddress } from "./socket-error.ts";
import { startTls } from "./tls.ts";
import type { Turn } from "./turn.ts";

/** What hears a connection nobody owns (yet, or any more). */
export const nobody: ConnectionHandler = {
  onData() {},
  onSecure() {},
  onDrain() {},
  onEnd() {},
  onClose() {},
};

const nothing = new Uint8Array(0);

/** A TCP connection, in the clear or secured, as the `Connection` door wants it. */
export class SocketConnection implements Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  tls: TlsFacts | undefined;
  handler: ConnectionHandler = nobody;
  #socket: Socket | TLSSocket;
  readonly #turn: Turn;
  #parts: (Uint8Array | string)[] = [];
  #partBytes = 0;
  #inTurn = false;
  /** "deaf": destroyed, nothing but onClose may still be said. */
  #state: "open" | "ending" | "deaf" | "closed" = "open";
  #fault: Fault | undefined;
  #owesDrain = false;
  #paused = false;
  /** What had come when its hearer paused. */
  readonly #held: Uint8Array[] = [];
  #owesEnd = false;
  readonly #onWritten = () => {
    if (!this.#owesDrain || !this.#hears || this.queuedBytes > 0) return;
    this.#owesDrain = false;
    this.handler.onDrain();
  };
  readonly #onData = (bytes: Buffer) => this.#turn.came(this, bytes);
  readonly #onEnd = () => {
    this.#turn.deliver();
    // From here: what is delivered before it is heard before it.
    this.#owesEnd = true;
    this.take(nothing);
  };
  readonly #onError = (error: NodeJS.ErrnoException) => {
    this.#fault ??= faultOf(error);
  };
  readonly #onClose = () => {
    if (this.#state === "closed") return;
    this.#turn.deliver();
    this.#state = "closed";
    const { handler } = this;
    this.handler = nobody;
    handler.onClose(this.#fault);
  };

  constructor(socket: Socket, turn: Turn) {
    this.#socket = socket;
    this.#turn = turn;
    this.remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
    this.local = { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 };
    this.#listen(socket);
    socket.on("data", this.#onData);
  }

  get queuedBytes(): number {
    return this.#partBytes + this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    this.#add(bytes, bytes.byteLength);
  }

  writeText(text: string): void {
    this.#add(text, Buffer.byteLength(text));
  }

  flush(): void {
    this.#inTurn = false;
    if (this.#partBytes === 0 || !this.#hears) return;
    const bytes = gathered(this.#parts, this.#partBytes);
    this.#parts.length = 0;
    this.#partBytes = 0;
    this.#socket.write(bytes, this.#onWritten);
    if (this.#socket.writableLength > 0) this.#owesDrain = true;
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#held.length > 0 || this.#owesEnd) this.#turn.wake(this);
    this.#socket.resume();
  }

  /** @internal what came, when its time in the turn has come */
  take(bytes: Uint8Array): void {
    if (this.#held.length === 0 && !this.#paused && !this.#owesEnd) {
      if (bytes.length > 0 && this.#hears) this.handler.onData(bytes);
      return;
    }
    if (bytes.length > 0) this.#held.push(bytes);
    while (this.#hears && !this.#paused) {
      const next = this.#held.shift();
      if (next !== undefined) {
        this.handler.onData(next);
        continue;
      }
      const ends = this.#owesEnd;
      this.#owesEnd = false;
      if (ends) this.handler.onEnd();
      return;
    }
  }

  secure(options: SecureOptions): void {
    this.flush();
    // What came in the clear behind the request for TLS is not what comes through TLS.
    this.#turn.forget(this);
    this.#held.length = 0;
    const plain = this.#socket;
    plain.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    const secured = startTls(plain, options, (facts) => {
      if (!this.#hears) return;
      this.tls = facts;
      this.handler.onSecure(facts);
      secured.on("data", this.#onData);
    });
    this.#socket = secured;
    this.#listen(secured);
  }

  end(): void {
    if (this.#state !== "open") return;
    this.flush();
    this.#state = "ending";
    this.#socket.end();
  }

  destroy(): void {
    if (!this.#hears) return;
    this.#state = "deaf";
    this.#parts.length = 0;
    this.#partBytes = 0;
    this.#socket.destroy();
  }

  get #hears(): boolean {
    return this.#state === "open" || this.#state === "ending";
  }

  #add(part: Uint8Array | string, size: number): void {
    if (this.#state !== "open" || size === 0) return;
    this.#parts.push(part);
    this.#partBytes += size;
    if (this.#inTurn) return;
    this.#inTurn = true;
    this.#turn.add(this);
  }

  #listen(socket: Socket | TLSSocket): void {
    socket.on("error", this.#onError).on("end", this.#onEnd).on("close", this.#onClose);
  }
}

/** The parts as one piece of memory, each copied once; `size` is their exact length in bytes. */
function gathered(parts: readonly (Uint8Array | string)[], size: number): Uint8Array {
  const first = parts[0];
  if (parts.length === 1 && first !== undefined && typeof first !== "string") return first;
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") at += bytes.write(part, at, "utf8");
    else {
      bytes.set(part, at);
      at += part.byteLength;
    }
  }
  return bytes;
}
