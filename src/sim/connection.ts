import { utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, Endpoint, SecureOptions, TlsFacts } from "../base/network.ts";
import type { Pipe, Segment } from "./pipe.ts";
import { TlsHandshake, type TlsMessage } from "./tls.ts";

const nobody: ConnectionHandler = { onData() {}, onSecure() {}, onDrain() {}, onEnd() {}, onClose() {} };

/** What somebody who does not expect TLS sees of it: the start of a handshake record. */
const helloBytes = Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00);

export type SimConnectionOptions = {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly clock: Clock;
  /** 32 bytes for one handshake. */
  readonly handshakeRandom: () => Uint8Array;
  /** A WebSocket: messages of at most so many bytes, each read as it was written. */
  readonly messageBytesMax?: number | undefined;
};

/** One end of a simulated connection. */
export class SimConnection implements Connection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  handler: ConnectionHandler = nobody;
  tls: TlsFacts | undefined;
  readonly #clock: Clock;
  readonly #handshakeRandom: () => Uint8Array;
  readonly #messageBytesMax: number | undefined;
  #out: Pipe | undefined;
  #in: Pipe | undefined;
  /** "deaf": destroyed, nothing but onClose may still be said. */
  #state: "open" | "ending" | "deaf" | "closed" = "open";
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #inTurn = false;
  #inbox: Segment[] = [];
  #paused = false;
  /** The peer has accepted, but our owner does not have it yet: what comes waits. */
  #unborn = false;
  #peerEnded = false;
  #owesDrain = false;
  #handshake: TlsHandshake | undefined;
  /** Written while a handshake is under way. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(options: SimConnectionOptions) {
    this.local = options.local;
    this.remote = options.remote;
    this.#clock = options.clock;
    this.#handshakeRandom = options.handshakeRandom;
    this.#messageBytesMax = options.messageBytesMax;
  }

  /** Lays the two pipes; once, by the network. */
  join(out: Pipe, into: Pipe): void {
    this.#out = out;
    this.#in = into;
  }

  get queuedBytes(): number {
    return this.#partBytes + this.#heldBytes + (this.#out?.queuedBytes ?? 0);
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.byteLength === 0) return;
    this.#parts.push(bytes);
    this.#partBytes += bytes.byteLength;
    if (this.#inTurn) return;
    this.#inTurn = true;
    this.#clock.endOfTurn(() => {
      this.#inTurn = false;
      this.flush();
    });
  }

  writeText(text: string): void {
    this.write(utf8(text));
  }

  flush(): void {
    if (this.#partBytes === 0 || !this.#hears) return;
    const parts = this.#isMessages ? this.#parts : [Buffer.concat(this.#parts)];
    this.#parts = [];
    this.#partBytes = 0;
    for (const part of parts) {
      const bytes = Uint8Array.from(part);
      if (this.#handshake === undefined) this.#give(bytes, this.tls !== undefined);
      else {
        this.#held.push(bytes);
        this.#heldBytes += bytes.byteLength;
      }
    }
    if (this.#handshake !== undefined) return;
    if (this.queuedBytes > 0) this.#owesDrain = true;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#clock.after(0, () => this.#readInbox());
  }

  secure(options: SecureOptions): void {
    if (!this.#hears) return;
    this.flush();
    this.#handshake = new TlsHandshake(options, this.#handshakeRandom());
    this.#say(this.#handshake.begin());
  }

  end(): void {
    if (this.#state !== "open") return;
    this.flush();
    this.#state = "ending";
    if (this.#handshake !== undefined) return; // when the handshake is over
    this.#out?.give({ kind: "fin" });
    this.#closeWhenBothEnded();
  }

  destroy(): void {
    if (!this.#hears) return;
    // As systems do it: who goes with bytes unread resets the connection, else what was taken still arrives.
    const unread = this.#inbox.some((segment) => segment.kind === "bytes");
    this.#out?.finish({ kind: unread ? "reset" : "fin" });
    this.#closeLater(undefined);
  }

  /** A segment has come in. */
  arrive(segment: Segment): void {
    if (!this.#hears) {
      // Nobody lives here any more; whoever still writes is told.
      if (segment.kind === "bytes" || segment.kind === "tls") this.#out?.finish({ kind: "reset" });
      return;
    }
    if (segment.kind === "reset" && !this.#unborn) {
      this.lose("ECONNRESET");
      return;
    }
    this.#inbox.push(segment);
    this.#readInbox();
  }

  /** The network holds the dialling end until the answer has come back to it. */
  hold(): void {
    this.#unborn = true;
  }

  release(): void {
    this.#unborn = false;
    this.#clock.after(0, () => this.#readInbox());
  }

  get isOver(): boolean {
    return !this.#hears;
  }

  /** There is room to write again. */
  roomAgain(): void {
    if (!this.#owesDrain || this.queuedBytes > 0 || !this.#hears) return;
    this.#owesDrain = false;
    this.handler.onDrain();
  }

  /** The connection is broken. */
  lose(why: string): void {
    if (this.#hears) this.#close(fault("remote-link-lost", why));
  }

  /** The process that owned it is dead: nobody is told anything here. */
  forget(): void {
    this.#state = "closed";
    this.handler = nobody;
  }

  get #hears(): boolean {
    return this.#state === "open" || this.#state === "ending";
  }

  #readInbox(): void {
    while (this.#hears && !this.#paused && !this.#unborn) {
      const segment = this.#inbox.shift();
      if (segment === undefined) return;
      switch (segment.kind) {
        case "bytes":
          this.#in?.read(segment.bytes.byteLength);
          if (this.#handshake !== undefined || segment.sealed !== (this.tls !== undefined)) {
            this.#failTls("wrong version number");
          } else if (segment.bytes.byteLength > (this.#messageBytesMax ?? Infinity)) {
            this.#out?.finish({ kind: "reset" });
            this.lose("the message is too large");
          } else this.handler.onData(segment.bytes.slice());
          break;
        case "tls":
          this.#onTls(segment.message);
          break;
        case "fin":
          this.#onFin();
          break;
        case "reset":
          this.lose("ECONNRESET");
          break;
      }
    }
  }

  #onFin(): void {
    if (this.#peerEnded) return; // ended, and then destroyed
    this.#peerEnded = true;
    if (this.#handshake !== undefined) {
      this.#failTls("closed during the handshake");
      return;
    }
    this.handler.onEnd();
    this.#closeWhenBothEnded();
  }

  #onTls(message: TlsMessage): void {
    if (this.#handshake === undefined) {
      if (message.kind === "client-hello") this.handler.onData(helloBytes.slice());
      else this.#failTls(message.kind === "alert" ? `alert: ${message.reason}` : "unexpected message");
      return;
    }
    const { say, facts, failed } = this.#handshake.on(message);
    this.#say(say);
    if (failed !== undefined) {
      this.#failTls(failed);
      return;
    }
    if (facts === undefined) return;
    this.#handshake = undefined;
    this.tls = facts;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    this.handler.onSecure(facts);
    if (!this.#hears) return;
    for (const bytes of held) this.#give(bytes, true);
    if (this.queuedBytes > this.#partBytes) this.#owesDrain = true;
    if (this.#state === "ending") this.#out?.give({ kind: "fin" });
  }

  get #isMessages(): boolean {
    return this.#messageBytesMax !== undefined;
  }

  #give(bytes: Uint8Array, sealed: boolean): void {
    this.#out?.give({ kind: "bytes", bytes, sealed, whole: this.#isMessages });
  }

  #say(message: TlsMessage | undefined): void {
    if (message !== undefined) this.#out?.give({ kind: "tls", message });
  }

  #failTls(why: string): void {
    this.#out?.finish({ kind: "reset" });
    this.#close(fault("tls-failed", why));
  }

  #closeWhenBothEnded(): void {
    if (this.#state === "ending" && this.#peerEnded) this.#closeLater(undefined);
  }

  /** Not inside the owner's own call: calls never overlap. */
  #closeLater(why: Fault | undefined): void {
    this.#state = "deaf";
    this.#parts = [];
    this.#partBytes = 0;
    this.#clock.after(0, () => this.#close(why));
  }

  #close(why: Fault | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    const { handler } = this;
    this.handler = nobody;
    handler.onClose(why);
  }
}
