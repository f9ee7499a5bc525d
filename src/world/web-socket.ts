import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, Endpoint, TlsFacts } from "../base/network.ts";
import { nobody } from "./connection.ts";
import { faultOf, plainAddress } from "./socket-error.ts";
import type { Turn } from "./turn.ts";

const asText = { binary: false } as const;
const asBinary = { binary: true } as const;

/** RFC 6455 §7.4.1: how a WebSocket ends in order: done, going away, and without a word. */
const orderly: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/**
 * A WebSocket as the `Connection` door wants it: each onData is one whole message, each write leaves as one (RFC 6455 §5.6).
 * It is the owner's from the moment the system accepted the connection: TLS and the opening handshake come after that, and
 * what is written before waits. A WebSocket has no half close, so onEnd is never said.
 */
export class WebSocketConnection implements Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  tls: TlsFacts | undefined;
  handler: ConnectionHandler = nobody;
  #socket: Socket;
  readonly #turn: Turn;
  #webSocket: WebSocket | undefined;
  /** "deaf": destroyed, nothing but onClose may still be said. */
  #state: "open" | "ending" | "deaf" | "closed" = "open";
  #fault: Fault | undefined;
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #inTurn = false;
  #owesDrain = false;
  #paused = false;
  /** What came in one piece with a message whose hearer paused. */
  #held: Uint8Array[] = [];
  #isOver = false;
  #heard = true;
  #asked = false;
  readonly #onWritten = () => {
    if (!this.#owesDrain || !this.#hears || this.queuedBytes > 0) return;
    this.#owesDrain = false;
    this.handler.onDrain();
  };
  readonly #pump = () => this.#deliver();
  readonly #onSocketClose = () => this.#over();
  readonly #onError = (error: NodeJS.ErrnoException) => {
    this.#fault ??= faultOf(error);
  };

  constructor(socket: Socket, turn: Turn) {
    this.#socket = socket;
    this.#turn = turn;
    this.remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
    this.local = { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 };
    socket.on("error", this.#onError).on("close", this.#onSocketClose);
  }

  /** From here on TLS lies between: `secured` stands in for the socket. */
  wrap(secured: Socket): void {
    this.#socket.off("close", this.#onSocketClose);
    this.#socket = secured;
    secured.on("error", this.#onError).on("close", this.#onSocketClose);
  }

  /** TLS is up. */
  secured(facts: TlsFacts): void {
    if (!this.#hears) return;
    this.tls = facts;
    this.handler.onSecure(facts);
  }

  /** The opening handshake is done. */
  open(webSocket: WebSocket): void {
    this.#webSocket = webSocket;
    this.#socket.off("close", this.#onSocketClose);
    webSocket.on("message", (data: Uint8Array) => this.#onMessage(data));
    webSocket.on("ping", () => this.#alive());
    webSocket.on("pong", () => this.#alive());
    webSocket.on("error", (error: NodeJS.ErrnoException) => {
      this.#fault ??= fault("remote-link-lost", error.code ?? error.message);
    });
    webSocket.on("close", (code: number) => {
      if (!orderly.has(code)) this.#fault ??= fault("remote-link-lost", `closed with ${code}`);
      this.#over();
    });
    if (!this.#hears) {
      webSocket.terminate();
      return;
    }
    if (this.#paused) webSocket.pause();
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const bytes of early) this.#send(webSocket, bytes);
    if (this.#state === "ending") this.#close();
  }

  get isOpen(): boolean {
    return this.#webSocket !== undefined;
  }

  get queuedBytes(): number {
    return this.#earlyBytes + (this.#webSocket?.bufferedAmount ?? 0);
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.byteLength === 0) return;
    if (this.#webSocket !== undefined) this.#send(this.#webSocket, bytes);
    else {
      this.#early.push(bytes);
      this.#earlyBytes += bytes.byteLength;
    }
  }

  writeText(text: string): void {
    this.write(Buffer.from(text));
  }

  flush(): void {
    if (!this.#inTurn) return;
    this.#inTurn = false;
    this.#socket.uncork();
    if (this.#hears && this.queuedBytes > 0) this.#owesDrain = true;
  }

  pause(): void {
    this.#paused = true;
    this.#webSocket?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // Not inside the owner's own call: calls never overlap.
    if (this.#held.length > 0 || this.#isOver) setImmediate(this.#pump);
    else this.#webSocket?.resume();
  }

  /** TLS is for the listener to start. */
  secure(): void {}

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    if (this.#webSocket !== undefined) this.#close();
    else if (this.#earlyBytes === 0) this.#socket.end();
  }

  destroy(): void {
    if (!this.#hears) return;
    this.#state = "deaf";
    this.#early = [];
    this.#earlyBytes = 0;
    this.#held = [];
    if (this.#isOver) setImmediate(this.#pump);
    else if (this.#webSocket !== undefined) this.#webSocket.terminate();
    else this.#socket.destroy();
  }

  /** The opening handshake took too long. */
  tooLate(): void {
    if (this.#webSocket !== undefined || !this.#hears) return;
    this.#fault ??= fault("remote-link-lost", "no WebSocket handshake in time");
    this.#socket.destroy();
  }

  /** Once in a while: who has been silent since the last time is asked for a sign of life, who has given none is given up. */
  look(): void {
    if (this.#webSocket === undefined || !this.#hears) return;
    // Who is not read cannot be heard.
    if (this.#heard || this.#paused) this.#asked = false;
    else if (!this.#asked) {
      this.#asked = true;
      this.#webSocket.ping();
    } else {
      this.#fault ??= fault("remote-link-lost", "no pong");
      this.#webSocket.terminate();
    }
    this.#heard = false;
  }

  get #hears(): boolean {
    return this.#state === "open" || this.#state === "ending";
  }

  #alive(): void {
    this.#heard = true;
  }

  #onMessage(data: Uint8Array): void {
    this.#heard = true;
    if (!this.#hears) return;
    if (this.#paused || this.#held.length > 0) this.#held.push(data);
    else this.handler.onData(data);
  }

  #deliver(): void {
    while (!this.#paused && this.#hears) {
      const next = this.#held.shift();
      if (next === undefined) break;
      this.handler.onData(next);
    }
    if (this.#held.length > 0) return;
    if (this.#isOver) this.#over();
    else if (!this.#paused) this.#webSocket?.resume();
  }

  #send(webSocket: WebSocket, bytes: Uint8Array): void {
    if (!this.#inTurn) {
      this.#inTurn = true;
      // All frames of this turn leave in one system call.
      this.#socket.cork();
      this.#turn.add(this);
    }
    // RFC 7118 §4.2: text where it is text; a SIP body may be anything.
    webSocket.send(bytes, isUtf8(bytes) ? asText : asBinary, this.#onWritten);
  }

  #close(): void {
    this.flush();
    // A close the peer began is under way already.
    if (this.#webSocket?.readyState === this.#webSocket?.OPEN) this.#webSocket?.close(1000);
  }

  #over(): void {
    this.#isOver = true;
    if (this.#state === "closed") return;
    // An end in order waits behind the messages, as it would on a paused stream.
    const isBehind = this.#held.length > 0 || (this.#paused && this.#fault === undefined);
    if (isBehind && this.#hears) return;
    const why = this.#state === "deaf" ? undefined : this.#fault;
    this.#state = "closed";
    const { handler } = this;
    this.handler = nobody;
    handler.onClose(why);
  }
}
