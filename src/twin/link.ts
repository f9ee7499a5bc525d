import { parseDomainName } from "../base/domain-name.ts";
import type { Fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, TlsFacts } from "../base/network.ts";
import { Alarm, type Wheel } from "../base/wheel.ts";
import type { Certificate } from "../pki/certificate.ts";
import { provesDomain } from "../pki/identity.ts";
import type { WireMessage } from "./wire-message.ts";
import { WireReader } from "./wire-reader.ts";

/** What a link tells the pool it is in. */
export interface LinkOwner {
  readonly wheel: Wheel;
  /** Seconds between keep-alives on own connections; 0: none. */
  readonly keepAliveSeconds: () => number;
  /** Bytes of one TLS record; 0: all that is there. */
  readonly recordBytes: () => number;
  /** Runs `then` when this turn of the event loop is over. */
  endOfTurn(then: () => void): void;
  /** The handshake is over: the other side's certificate, or undefined to hang up. In the clear: "none". */
  judge(link: Link, facts: TlsFacts): Certificate | undefined;
  onSecured(link: Link): void;
  onMessage(link: Link, message: WireMessage): void;
  onGone(link: Link): void;
  fault(rule: string, what: string): void;
}

const pongMs = 10_000;

/** One connection with the other side, whoever opened it. */
export class Link implements ConnectionHandler {
  readonly id: number;
  readonly direction: "in" | "out";
  readonly connection: Connection;
  /** May carry requests: TLS is done and, on own connections, NEGOTIATE has been answered. */
  isUp = false;
  gone = false;
  requestsIn = 0;
  requestsOut = 0;
  pings = 0;
  pongs = 0;
  /** What became of NEGOTIATE: its status, 0 while it is not answered, undefined when it was not sent. */
  negotiated: number | undefined;
  certificate: Certificate | undefined;
  readonly #owner: LinkOwner;
  readonly #reader = new WireReader();
  readonly #pieces: Uint8Array[] = [];
  readonly #keepAlive: Alarm;
  readonly #pong: Alarm;

  constructor(id: number, direction: "in" | "out", connection: Connection, owner: LinkOwner) {
    this.id = id;
    this.direction = direction;
    this.connection = connection;
    this.#owner = owner;
    this.#keepAlive = new Alarm(() => this.#ping());
    this.#pong = new Alarm(() => owner.fault("R9", "CRLF CRLF was not answered with CRLF"));
  }

  /** Whether the other side's certificate names this domain or host. */
  names(host: string): boolean {
    const domain = parseDomainName(host);
    return this.certificate !== undefined && domain.ok && provesDomain(this.certificate, domain.value, "xmpp-server");
  }

  send(bytes: Uint8Array): void {
    if (this.gone) return;
    const size = this.#owner.recordBytes();
    if (size === 0 && this.#pieces.length === 0) {
      this.connection.write(bytes);
      return;
    }
    const isIdle = this.#pieces.length === 0;
    const step = size === 0 ? bytes.length : size;
    for (let at = 0; at < bytes.length; at += step) this.#pieces.push(bytes.slice(at, at + step));
    if (isIdle) this.#piece();
  }

  /** One piece a turn: what is written while a write is under way would leave in the same record. */
  #piece(): void {
    const piece = this.#pieces.shift();
    if (piece === undefined || this.gone) return;
    this.connection.write(piece);
    this.connection.flush();
    this.#owner.endOfTurn(() => this.#piece());
  }

  /** Requests may leave from now on. */
  up(): void {
    this.isUp = true;
    const seconds = this.#owner.keepAliveSeconds();
    if (this.direction === "out" && seconds > 0) this.#owner.wheel.set(this.#keepAlive, seconds * 1_000);
  }

  /** Closes once what was written has gone out. */
  end(): void {
    this.connection.end();
    this.#leave();
  }

  close(): void {
    if (!this.gone) this.connection.destroy();
    this.#leave();
  }

  onData(bytes: Uint8Array): void {
    for (const item of this.#reader.push(bytes)) {
      if (this.gone) return;
      if (item.kind === "message") this.#owner.onMessage(this, item.message);
      else if (item.kind === "ping") this.send(Buffer.from("\r\n"));
      else if (item.kind === "pong") {
        this.pongs++;
        this.#owner.wheel.clear(this.#pong);
      } else {
        this.#owner.fault("RFC 3261 §18.3", `the stream cannot be read: ${item.why}`);
        this.close();
      }
    }
  }

  onSecure(facts: TlsFacts): void {
    if (this.gone || this.certificate !== undefined) return;
    this.certificate = this.#owner.judge(this, facts);
    if (this.certificate === undefined) this.close();
    else this.#owner.onSecured(this);
  }

  onDrain(): void {}

  onEnd(): void {
    if (this.#reader.amid) this.#owner.fault("1.2", "the connection was closed in the middle of a message");
    this.end();
  }

  onClose(_why: Fault | undefined): void {
    this.#leave();
  }

  #ping(): void {
    const seconds = this.#owner.keepAliveSeconds();
    if (this.gone || seconds === 0) return;
    this.pings++;
    this.send(Buffer.from("\r\n\r\n"));
    if (!this.#pong.isSet) this.#owner.wheel.set(this.#pong, pongMs);
    this.#owner.wheel.set(this.#keepAlive, seconds * 1_000);
  }

  #leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.isUp = false;
    this.#owner.wheel.clear(this.#keepAlive);
    this.#owner.wheel.clear(this.#pong);
    this.#owner.onGone(this);
  }
}
