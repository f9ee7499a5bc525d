import type { Address } from "../base/address.ts";
import { asBuffer } from "../base/bytes.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, Endpoint, TlsFacts } from "../base/network.ts";
import { Alarm } from "../base/wheel.ts";
import { SipFramer } from "../sip/framer.ts";
import { readMessage, type SipMessage } from "../sip/message.ts";
import { type Flow, type FlowOwner, keyOf, placeOf, type SipTransportName } from "./sip-flow.ts";
import type { Site } from "./site.ts";

const crlf = Buffer.from("\r\n");
const ping = Buffer.from("\r\n\r\n");

export type SipConnectionOptions = {
  readonly transport: Exclude<SipTransportName, "udp">;
  readonly viaHead: string;
  /** We opened it, so we keep it alive (RFC 5626 §3.5.1). */
  readonly outgoing: boolean;
  /** One of several that lead to the same place, and not the first: needed only while much is under way. */
  readonly isSpare: () => boolean;
  readonly gone: () => void;
};

/** One SIP connection: TCP, TLS or WebSocket, opened by either side. */
export class SipConnection implements ConnectionHandler, Flow {
  readonly reliable = true;
  readonly viaTail = ";alias"; // RFC 5923 §8.1
  readonly transport: Exclude<SipTransportName, "udp">;
  readonly viaHead: string;
  readonly place: string;
  person: Address | undefined;
  others: Set<string> | undefined;
  admitted = false;
  underWay = 0;
  asked = 0;
  heard = 0;
  readonly #site: Site;
  readonly #owner: FlowOwner;
  readonly #connection: Connection;
  readonly #framer: SipFramer | undefined;
  readonly #options: SipConnectionOptions;
  readonly #quiet = new Alarm(() => this.#silent());
  readonly #stuck = new Alarm(() => this.#cutOff());
  #waiting: (() => void)[] = [];
  #open = true;
  /** Goodbye is said: what still comes is not looked at. */
  #ending = false;
  #active = true;
  /** For how long nothing was said on one of ours. */
  #idleMs = 0;
  #facts: TlsFacts | undefined;

  constructor(site: Site, owner: FlowOwner, connection: Connection, options: SipConnectionOptions) {
    this.#site = site;
    this.#owner = owner;
    this.#connection = connection;
    this.#options = options;
    this.transport = options.transport;
    this.viaHead = options.viaHead;
    this.place = keyOf(placeOf({ transport: options.transport, remote: connection.remote }));
    this.#facts = connection.tls;
    // RFC 7118 §4.2: a WebSocket message is one SIP message; there is nothing to frame.
    if (options.transport === "tcp" || options.transport === "tls") {
      this.#framer = new SipFramer(
        {
          onMessage: (message) => this.#message(message),
          onKeepAlive: (asked) => this.#keptAlive(asked),
          onMalformed: (why, message) => {
            owner.malformed(this, why, message);
            return this.#open;
          },
        },
        site.settings.limits,
      );
    }
    const { unauthenticatedMs, sipKeepaliveMs, tlsHandshakeMs } = site.settings.limits;
    const first = this.#shakesHands ? Math.min(tlsHandshakeMs, unauthenticatedMs) : unauthenticatedMs;
    site.wheel.set(this.#quiet, options.outgoing ? sipKeepaliveMs : first);
  }

  get remote(): Endpoint {
    return this.#connection.remote;
  }

  get local(): Endpoint {
    return this.#connection.local;
  }

  get tls(): TlsFacts | undefined {
    return this.#facts;
  }

  get open(): boolean {
    return this.#open;
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes;
  }

  send(bytes: Uint8Array): void {
    if (!this.#open) return;
    if (this.#site.tracer.on && bytes.byteLength > 4) this.#site.tracer.sip("sent", this, bytes);
    this.#connection.write(bytes);
    const { limits } = this.#site.settings;
    const { queuedBytes } = this.#connection;
    if (queuedBytes > limits.outputPauseBytes) {
      if (queuedBytes > limits.outputBytesMax) this.#cutOff();
      else this.#site.backlog = this;
    }
  }

  /** Whoever sends to a slow reader is read again when it has caught up. */
  whenDrained(then: () => void): void {
    if (!this.#open) {
      then();
      return;
    }
    // What the system takes at once, at the end of the turn, is never told as drained.
    if (this.#waiting.push(then) === 1) {
      this.#site.world.clock.endOfTurn(() => {
        if (this.#connection.queuedBytes === 0) this.onDrain();
      });
    }
    if (!this.#stuck.isSet) this.#site.wheel.set(this.#stuck, this.#site.settings.limits.slowReaderMs);
  }

  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#connection.end();
    this.#site.wheel.set(this.#stuck, this.#site.settings.limits.closeMs);
  }

  onData(bytes: Uint8Array): void {
    if (!this.#open || this.#ending) return;
    this.#active = true;
    // What timers and the store made somebody else wait for is nothing to this sender.
    this.#site.backlog = undefined;
    const broken = this.#framer === undefined ? this.#whole(bytes) : this.#framer.push(bytes);
    if (broken !== undefined) {
      this.#site.log("info", "SIP connection closed", { ...this.#where, fault: broken.code, detail: broken.detail });
      this.end();
    }
    this.#waitForOthers();
  }

  /** Somebody for whom this connection brought something is behind: it is read no further until that has caught up. */
  #waitForOthers(): void {
    const { backlog } = this.#site;
    if (backlog === undefined) return;
    this.#site.backlog = undefined;
    // It may be this connection itself: who does not read our answers is read no further.
    this.#connection.pause();
    backlog.whenDrained(() => this.#connection.resume());
  }

  onSecure(facts: TlsFacts): void {
    this.#facts = facts;
    const { unauthenticatedMs } = this.#site.settings.limits;
    if (!this.#options.outgoing) this.#site.wheel.set(this.#quiet, unauthenticatedMs);
  }

  onDrain(): void {
    if (!this.#ending) this.#site.wheel.clear(this.#stuck);
    this.#release();
  }

  onEnd(): void {
    this.#connection.end();
  }

  onClose(why: Fault | undefined): void {
    this.#open = false;
    const { wheel } = this.#site;
    wheel.clear(this.#quiet);
    wheel.clear(this.#stuck);
    if (why !== undefined) this.#site.log("debug", "SIP connection lost", { ...this.#where, fault: why.code });
    this.#options.gone();
    this.#owner.closed(this);
    this.#release();
  }

  /** Its handshake is not over; that of a WebSocket is watched where it is opened. */
  get #shakesHands(): boolean {
    return this.transport === "tls" && this.#facts === undefined;
  }

  get #where() {
    const { address, port } = this.#connection.remote;
    return { address, port, transport: this.transport };
  }

  #message(message: SipMessage): boolean {
    this.#owner.arrived(this, message);
    return this.#open;
  }

  #whole(bytes: Uint8Array): Fault | undefined {
    if (bytes.byteLength <= 4 && isCrlf(bytes)) {
      this.#keptAlive(bytes.byteLength === 4); // RFC 7118 §6
      return undefined;
    }
    const { message, fault: wrong } = readMessage(asBuffer(bytes), this.#site.settings.limits);
    if (wrong === undefined && message !== undefined) this.#message(message);
    else this.#owner.malformed(this, wrong ?? fault("sip-malformed", "not SIP"), message);
    return undefined;
  }

  /** RFC 5626 §4.4.1, R9: a ping is answered; a pong, or a lone CRLF, is only a sign of life. */
  #keptAlive(asked: boolean): void {
    if (asked) this.send(crlf);
    if (this.#options.outgoing) this.#active = false; // what answers our ping says nothing of its own
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const then of waiting) then();
  }

  #silent(): void {
    const { limits } = this.#site.settings;
    if (this.#options.outgoing) {
      const isIdle = !this.#active && this.underWay === 0;
      this.#active = false;
      this.#idleMs = isIdle && this.asked === 0 ? this.#idleMs + limits.sipKeepaliveMs : 0;
      if (this.#idleMs > limits.sipFlowIdleMs && this.#options.isSpare()) {
        this.end();
        return;
      }
      // R9: half-open connections are the classic reason for messages that take a minute.
      if (isIdle) this.send(ping);
      this.#site.wheel.set(this.#quiet, limits.sipKeepaliveMs);
      return;
    }
    if (!this.admitted && this.underWay === 0) {
      const limit = this.#shakesHands ? "tlsHandshakeMs" : "unauthenticatedMs";
      this.#site.world.metrics.series("comity_connections_refused_total", limit).add(1);
      this.#site.log("debug", "connection closed", { ...this.#where, limit });
      this.#connection.destroy();
    } else if (this.#active) {
      this.#active = false;
      this.#site.wheel.set(this.#quiet, limits.sipFlowIdleMs);
    } else {
      this.#site.log("info", "silent SIP connection closed", this.#where);
      this.end();
    }
  }

  #cutOff(): void {
    // After goodbye it is only the other side's that was waited for.
    if (!this.#ending) this.#site.log("warn", "slow reader cut off", this.#where);
    this.#connection.destroy();
  }
}

function isCrlf(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 13 && byte !== 10) return false;
  return true;
}
