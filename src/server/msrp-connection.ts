import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, Endpoint, TlsFacts } from "../base/network.ts";
import { Alarm } from "../base/wheel.ts";
import { MsrpFramer, type MsrpSink } from "../sip/msrp-framer.ts";
import type { MsrpFlag, MsrpHead } from "../sip/msrp-head.ts";
import { responseFrame } from "../sip/msrp-write.ts";
import type { MsrpSession, MsrpWay } from "./msrp-session.ts";
import type { Site } from "./site.ts";

/** Requests for sessions nobody knows that a connection may bring before it has brought one that is. */
const strangersMax = 3;

export type MsrpConnectionOptions = {
  /** The session with that identifier. */
  readonly session: (id: string) => MsrpSession | undefined;
  readonly gone: () => void;
};

/**
 * One connection with MSRP on it. Nothing is known of who is on it until its first SEND names a session of ours in To-Path
 * (RFC 4975 §5.4); until then it may do nothing, and not for long.
 */
export class MsrpConnection implements ConnectionHandler, MsrpSink, MsrpWay {
  readonly #site: Site;
  readonly #connection: Connection;
  readonly #options: MsrpConnectionOptions;
  readonly #framer: MsrpFramer;
  readonly #sessions = new Set<MsrpSession>();
  readonly #unbound = new Alarm(() => this.#close("nothing on it"));
  readonly #stuck = new Alarm(() => this.#connection.destroy());
  #waiting: (() => void)[] = [];
  #open = true;
  #ending = false;
  #facts: TlsFacts | undefined;
  #strangers = 0;
  /** The session whose request is being read; undefined: what comes is not wanted. */
  #reading: { readonly session: MsrpSession; readonly head: MsrpHead } | undefined;

  constructor(site: Site, connection: Connection, options: MsrpConnectionOptions) {
    this.#site = site;
    this.#connection = connection;
    this.#options = options;
    this.#facts = connection.tls;
    this.#framer = new MsrpFramer(this, site.settings.limits);
    site.wheel.set(this.#unbound, site.settings.limits.unauthenticatedMs);
  }

  get remote(): Endpoint {
    return this.#connection.remote;
  }

  get tls(): TlsFacts | undefined {
    return this.#facts;
  }

  get open(): boolean {
    return this.#open;
  }

  send(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#connection.write(bytes);
    const { queuedBytes } = this.#connection;
    const { outputBytesMax, outputPauseBytes } = this.#site.settings.limits;
    if (queuedBytes > outputBytesMax) this.#connection.destroy();
    else if (queuedBytes > outputPauseBytes) this.#site.backlog = this;
  }

  /** A session is on it from now on. */
  bind(session: MsrpSession): void {
    this.#sessions.add(session);
    this.#site.wheel.clear(this.#unbound);
  }

  /** A session has ended; the last one takes the connection with it. */
  release(session: MsrpSession): void {
    if (this.#sessions.delete(session) && this.#sessions.size === 0) this.end();
  }

  end(): void {
    if (!this.#open || this.#ending) return;
    this.#ending = true;
    this.#connection.end();
    this.#site.wheel.set(this.#stuck, this.#site.settings.limits.closeMs);
  }

  whenDrained(then: () => void): void {
    if (!this.#open) then();
    else if (this.#waiting.push(then) === 1) this.#site.wheel.set(this.#stuck, this.#site.settings.limits.slowReaderMs);
  }

  onHead(head: MsrpHead): void {
    this.#reading = undefined;
    if (this.#ending) return;
    const session = this.#options.session(head.toPath[0]?.session ?? "");
    if (head.method === "") {
      if (session !== undefined && this.#sessions.has(session)) session.answered(head);
      return;
    }
    // RFC 4975 §7.3: we are where paths end.
    if (session === undefined || head.toPath.length !== 1 || !session.isFrom(head)) {
      this.#stranger(head);
      return;
    }
    const refused = this.#sessions.has(session) ? undefined : session.admits(this);
    if (refused !== undefined) {
      this.answer(head, refused);
      return;
    }
    this.#strangers = 0;
    if (head.method === "REPORT") session.reported(head);
    else if (head.method !== "SEND") this.answer(head, 501);
    else {
      this.#reading = { session, head };
      session.begins(head);
    }
  }

  onBody(bytes: Buffer): void {
    this.#reading?.session.body(bytes);
  }

  onEndLine(flag: MsrpFlag): void {
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.session.ends(reading.head, flag, this);
  }

  onMalformed(why: Fault, head: MsrpHead | undefined): void {
    this.#reading = undefined;
    if (head === undefined) this.#close(why.detail);
    else if (head.method !== "") this.answer(head, 400);
  }

  /** Answers a request, where its sender wants to hear of it (RFC 4975 §7.2). */
  answer(head: MsrpHead, status: number): void {
    if (head.method === "REPORT" || head.failureReport === "no") return;
    if (head.failureReport === "partial" && status < 300) return;
    this.send(responseFrame(head, status));
  }

  onData(bytes: Uint8Array): void {
    if (!this.#open || this.#ending) return;
    this.#site.backlog = undefined;
    const lost = this.#framer.push(bytes);
    if (lost !== undefined) this.#close(lost.detail);
    this.#waitForOthers();
  }

  #waitForOthers(): void {
    const { backlog } = this.#site;
    this.#site.backlog = undefined;
    if (backlog === undefined) return;
    // Somebody for whom this connection brought something is behind: it is read no further until that has caught up.
    this.#connection.pause();
    backlog.whenDrained(() => this.#connection.resume());
  }

  onSecure(facts: TlsFacts): void {
    this.#facts = facts;
  }

  onDrain(): void {
    if (!this.#ending) this.#site.wheel.clear(this.#stuck);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const then of waiting) then();
  }

  onEnd(): void {
    this.#connection.end();
  }

  onClose(): void {
    this.#open = false;
    this.#site.wheel.clear(this.#unbound);
    this.#site.wheel.clear(this.#stuck);
    this.#options.gone();
    for (const session of [...this.#sessions]) session.lost(fault("msrp-no-connection", "it was closed"));
    this.#sessions.clear();
    this.onDrain();
  }

  #stranger(head: MsrpHead): void {
    this.answer(head, 481);
    if (++this.#strangers >= strangersMax && this.#sessions.size === 0) this.#close("sessions that are not known here");
  }

  #close(detail: string): void {
    const { address, port } = this.remote;
    this.#site.log("info", "MSRP connection closed", { address, port, detail });
    this.end();
  }
}
