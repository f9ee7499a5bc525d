import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, Endpoint, TlsFacts } from "../base/network.ts";
import { Alarm } from "../base/wheel.ts";
import type { Target } from "../dns/xmpp-targets.ts";
import { Framer, type Stanza, type StreamHeader } from "../xml/framer.ts";
import { readStanza } from "../xml/reader.ts";
import * as out from "../xmpp/s2s-out.ts";
import type { Method } from "../xmpp/s2s-policy.ts";
import { SendWindow } from "../xmpp/stream-management.ts";
import { requestText } from "../xmpp/stream-management-elements.ts";
import { clientSecurity } from "./link-security.ts";
import type { Parcel } from "./parcel.ts";
import { proofOf } from "./proof.ts";
import type { Backlog, Site } from "./site.ts";

/** What a link tells whoever had it made. */
export interface LinkOwner {
  proved(link: LinkOut, method: Method): void;
  /** The pair will not be proved on this link. */
  refused(link: LinkOut, why: Fault): void;
  answered(question: out.Question, outcome: Extract<out.Effect, { kind: "answer" }>["outcome"], link: LinkOut): void;
  /** TLS failed and is optional: the same again without. */
  redial(link: LinkOut, why: Fault): void;
  /** It is over; `left` were sent and are not known to have arrived. */
  closed(link: LinkOut, why: Fault | undefined, left: readonly Parcel[]): void;
}

/** Two such spans after it was sent, a message on a link without stream management counts as arrived. */
const unconfirmedMs = 2_500;

/** One connection we opened to a foreign domain: runs the machine of the initiating side, then carries stanzas. */
export class LinkOut implements ConnectionHandler, Backlog {
  readonly target: Target;
  readonly since: number;
  /** When a stanza was last sent. */
  lastMs: number;
  method: Method | undefined;
  readonly #site: Site;
  readonly #setup: out.Setup;
  readonly #connection: Connection;
  readonly #owner: LinkOwner;
  readonly #framer: Framer;
  readonly #idle = new Alarm(() => this.#quiet());
  readonly #closing = new Alarm(() => this.#connection.destroy());
  readonly #turnover = new Alarm(() => this.#grown());
  #state: out.State;
  #header: StreamHeader | undefined;
  #facts: TlsFacts | undefined;
  #window: SendWindow<Parcel> | undefined;
  #requested = false;
  /** Without stream management: what was sent lately, and a little before. */
  #young: Parcel[] = [];
  #old: Parcel[] = [];
  #toDrain: Parcel[] = [];
  #onDrained: (() => void)[] = [];
  #bytesMax = Number.POSITIVE_INFINITY;
  #active = false;
  #quietMs = 0;
  #keepaliveMs = Number.POSITIVE_INFINITY;
  #why: Fault | undefined;
  #over = false;
  readonly #events: out.Event[] = [];
  #feeding = false;

  constructor(
    site: Site,
    setup: out.Setup,
    reached: { readonly connection: Connection; readonly target: Target },
    owner: LinkOwner,
    questions: readonly out.Question[],
    wantsPair: boolean,
  ) {
    this.#site = site;
    this.#setup = setup;
    this.#connection = reached.connection;
    this.target = reached.target;
    this.#owner = owner;
    this.since = site.world.clock.now();
    this.lastMs = this.since;
    const sink = {
      onOpen: (header: StreamHeader) => this.#opened(header),
      onStanza: (stanza: Stanza) => this.#stanza(stanza),
      onClose: () => this.#feed({ kind: "peer-end" }),
    };
    this.#framer = new Framer(sink, site.settings.limits);
    this.#state = out.begin(wantsPair ? [{ local: setup.local, foreign: setup.foreign }] : [], questions);
    reached.connection.handler = this;
    site.wheel.set(this.#idle, site.settings.limits.linkSetupMs);
  }

  start(): void {
    const { tls } = this.#connection;
    if (tls === undefined) this.#feed({ kind: "connected" });
    else this.onSecure(tls);
  }

  get remote(): Endpoint {
    return this.#connection.remote;
  }

  get tls(): TlsFacts | undefined {
    return this.#facts;
  }

  /** Address and TLS for the log. */
  get where(): { readonly remote: string; readonly tls: string } {
    const { address, port } = this.#connection.remote;
    return { remote: `${address} ${port}`, tls: this.#facts?.protocol ?? "none" };
  }

  get local(): DomainName {
    return this.#setup.local;
  }

  /** The peer acknowledges what we send (XEP-0198). */
  get acks(): boolean {
    return this.#window !== undefined;
  }

  get unacked(): number {
    return this.#window?.unacked ?? 0;
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes;
  }

  /** Sends a stanza over the proved link. Answers a fault when the partner would not take it. */
  send(parcel: Parcel): Fault | undefined {
    if (parcel.bytes.length > this.#bytesMax)
      return fault("xml-stanza-too-big", `the partner takes ${this.#bytesMax} bytes`);
    const { limits } = this.#site.settings;
    if (this.#connection.queuedBytes + parcel.bytes.length > limits.outputBytesMax) return fault("remote-queue-full");
    if (this.#window !== undefined) {
      if (!this.#window.send(parcel)) return fault("remote-queue-full", "unackedStanzasMax");
    } else {
      this.#young.push(parcel);
      if (parcel.receipt !== undefined && this.#toDrain.push(parcel) === 1) {
        this.#site.world.clock.endOfTurn(() => {
          if (!this.#over && this.#connection.queuedBytes === 0) this.onDrain();
        });
      }
      if (!this.#turnover.isSet) this.#site.wheel.set(this.#turnover, unconfirmedMs);
      if (this.#young.length > limits.unackedStanzasMax) this.#grown();
    }
    this.#active = true;
    this.lastMs = this.#site.world.clock.now();
    this.#site.tally.server.sent(parcel.name);
    if (this.#site.tracer.on) {
      const { address, port } = this.#connection.remote;
      this.#site.tracer.stanza("sent", `to ${address} ${port}`, parcel);
    }
    this.#connection.write(parcel.bytes);
    if (this.#window !== undefined && !this.#requested) this.#request();
    if (this.#connection.queuedBytes > limits.outputPauseBytes) this.#site.backlog = this;
    return undefined;
  }

  ask(question: out.Question): void {
    this.#feed({ kind: "ask", question });
  }

  /** We end it; `why` is said to the peer when it is a stream error. */
  end(why: Fault | undefined): void {
    this.#feed({ kind: "end", fault: why });
  }

  whenDrained(then: () => void): void {
    if (this.#over) then();
    else this.#onDrained.push(then);
  }

  onData(bytes: Uint8Array): void {
    const failure = this.#framer.push(bytes);
    if (failure !== undefined) this.#feed({ kind: "end", fault: failure });
  }

  onSecure(facts: TlsFacts): void {
    this.#facts = facts;
    this.#feed({ kind: "secured" });
  }

  onDrain(): void {
    const settled = this.#toDrain;
    this.#toDrain = [];
    for (const parcel of settled) parcel.receipt?.settle();
    const waiting = this.#onDrained;
    this.#onDrained = [];
    for (const then of waiting) then();
  }

  onEnd(): void {
    this.#connection.end();
  }

  onClose(why: Fault | undefined): void {
    this.#over = true;
    const handshaking = this.#state.at === "handshake";
    if (handshaking)
      this.#feed({ kind: "tls-failed", fault: why ?? fault("tls-failed", "closed during the handshake") });
    this.#feed({ kind: "lost", fault: why });
    for (const alarm of [this.#idle, this.#closing, this.#turnover]) this.#site.wheel.clear(alarm);
    this.onDrain();
    this.#owner.closed(this, why ?? this.#why, this.#left(why));
  }

  #opened(header: StreamHeader): boolean {
    this.#header = header;
    this.#feed({ kind: "header", header });
    return true;
  }

  #stanza(stanza: Stanza): boolean {
    if (this.#header === undefined) return false;
    this.#feed({ kind: "element", element: readStanza(stanza, this.#header) });
    return !this.#over;
  }

  /** Effects are carried out in order; an event one of them causes waits until the last is done. */
  #feed(event: out.Event): void {
    this.#events.push(event);
    if (this.#feeding) return;
    this.#feeding = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const taken = out.on(this.#state, next, this.#setup);
      this.#state = taken.next;
      for (const effect of taken.effects) this.#carryOut(effect);
    }
    this.#feeding = false;
  }

  #carryOut(effect: out.Effect): void {
    const { wheel, settings } = this.#site;
    switch (effect.kind) {
      case "send":
        this.#connection.writeText(effect.text);
        return;
      case "start-tls":
        if (this.#framer.pending > 0) this.#feed({ kind: "end", fault: fault("starttls-injection") });
        else this.#connection.secure(clientSecurity(settings, effect.local, effect.foreign));
        return;
      case "restart":
        this.#framer.restart();
        return;
      case "judge":
        this.#feed({
          kind: "proof",
          domain: effect.domain,
          proof: proofOf(this.#site, this.#facts?.peerChain ?? [], effect.domain),
        });
        return;
      case "proved":
        this.method = effect.method;
        this.#framer.stanzaBytesMax = settings.limits.stanzaBytesMax;
        this.#quietMs = 0;
        this.#keepaliveMs = Math.min(this.#keepaliveMs, settings.limits.keepaliveLinkMs);
        wheel.set(this.#idle, this.#keepaliveMs);
        this.#owner.proved(this, effect.method);
        return;
      case "refused":
        this.#owner.refused(this, effect.fault);
        return;
      case "answer":
        this.#owner.answered(effect.question, effect.outcome, this);
        return;
      case "limits":
        this.#bytesMax = effect.limits.bytesMax ?? this.#bytesMax;
        // XEP-0478: speak twice before the peer calls the link idle.
        if (effect.limits.idleSeconds) this.#keepaliveMs = Math.max(1_000, effect.limits.idleSeconds * 500);
        return;
      case "acks":
        if (effect.on) this.#window = new SendWindow(settings.limits.unackedStanzasMax);
        else this.#unmanaged();
        return;
      case "acked":
        this.#acked(effect.handled);
        return;
      case "wait":
        wheel.set(new Alarm(() => this.#feed(effect.event)), effect.ms);
        return;
      case "dropped":
        this.#site.log("debug", "ignored on a link", { foreign: this.#setup.foreign, why: effect.fault.detail });
        return;
      case "redial":
        this.#owner.redial(this, effect.fault);
        return;
      case "close":
        this.#why ??= effect.fault;
        wheel.set(this.#closing, settings.limits.closeMs);
        this.#connection.end();
        return;
    }
  }

  /** RFC 6120 §4.6: before the link is proved a deadline; afterwards keep-alives, and the end of what nobody uses. */
  #quiet(): void {
    const { idleLinkMs } = this.#site.settings.limits;
    if (this.method === undefined) {
      this.#feed({ kind: "end", fault: fault("remote-server-timeout", "the link was not proved in time") });
      return;
    }
    if (this.#active) this.#quietMs = 0;
    else this.#quietMs += this.#keepaliveMs;
    this.#active = false;
    if (this.#quietMs >= idleLinkMs) {
      this.#feed({ kind: "end", fault: undefined });
      return;
    }
    this.#connection.writeText(" ");
    this.#site.wheel.set(this.#idle, this.#keepaliveMs);
  }

  #request(): void {
    if (this.#window === undefined) return;
    this.#requested = true;
    this.#window.sinceRequest = 0;
    this.#connection.writeText(requestText);
  }

  #acked(handled: number): void {
    const window = this.#window;
    if (window === undefined) return;
    let covered = window.ack(handled);
    if (covered < 0) {
      this.#feed({ kind: "end", fault: fault("stream-bad-format", "acknowledged what was never sent") });
      return;
    }
    for (; covered > 0; covered--) window.shift()?.receipt?.settle();
    this.#requested = false;
    if (window.sinceRequest > 0) this.#request();
  }

  /** The peer will acknowledge nothing after all: what it was sent meanwhile counts like what goes out from now on. */
  #unmanaged(): void {
    const window = this.#window;
    this.#window = undefined;
    for (let parcel = window?.shift(); parcel !== undefined; parcel = window?.shift()) {
      this.#young.push(parcel);
      if (parcel.receipt !== undefined) this.#toDrain.push(parcel);
    }
    if (!this.#turnover.isSet) this.#site.wheel.set(this.#turnover, unconfirmedMs);
    if (this.#connection.queuedBytes === 0) this.onDrain();
  }

  #grown(): void {
    this.#old = this.#young;
    this.#young = [];
    if (this.#old.length > 0 && !this.#over) this.#site.wheel.set(this.#turnover, unconfirmedMs);
  }

  /** What may not have arrived: with stream management exactly that; without, after an abrupt end, what was sent lately. */
  #left(why: Fault | undefined): readonly Parcel[] {
    const left: Parcel[] = [];
    if (this.#window !== undefined) {
      for (let parcel = this.#window.shift(); parcel !== undefined; parcel = this.#window.shift()) left.push(parcel);
    } else if (why !== undefined) left.push(...this.#old, ...this.#young);
    return left;
  }
}
