import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, Endpoint, TlsFacts } from "../base/network.ts";
import { Alarm } from "../base/wheel.ts";
import { Framer, type Stanza, type StreamHeader } from "../xml/framer.ts";
import { readStanza } from "../xml/reader.ts";
import { type Jid, parseJid } from "../xmpp/jid.ts";
import { readdressed } from "../xmpp/readdress.ts";
import * as inbound from "../xmpp/s2s-in.ts";
import type { Method } from "../xmpp/s2s-policy.ts";
import { answerText } from "../xmpp/stream-management-elements.ts";
import { AckWindow } from "./ack-window.ts";
import { credentialsFor, credentialsOf } from "./link-security.ts";
import { Parcel, type Post } from "./parcel.ts";
import { proofOf } from "./proof.ts";
import type { Site } from "./site.ts";
import { streamEnded } from "./stream-end.ts";
import { isStanzaName } from "./tally.ts";

/** What a link from a foreign server needs of the node. */
export interface LinkInOwner {
  readonly post: Post;
  setup(): inbound.Setup;
  /** Whom an address that others use means here; undefined: nobody. */
  here(named: Jid): Jid | undefined;
  verify(link: LinkIn, question: Extract<inbound.Effect, { kind: "verify" }>): void;
  proved(link: LinkIn, foreign: DomainName): void;
  closed(link: LinkIn, why: Fault | undefined): void;
}

/** One connection a foreign server opened to us: runs the machine of the receiving side, then takes stanzas. */
export class LinkIn implements ConnectionHandler {
  readonly since: number;
  /** When anything was last read. */
  lastMs: number;
  method: Method | undefined;
  lastFault: Fault | undefined;
  readonly #site: Site;
  readonly #connection: Connection;
  readonly #owner: LinkInOwner;
  readonly #framer: Framer;
  readonly #idle = new Alarm(() => this.#quiet());
  readonly #closing = new Alarm(() => this.#connection.destroy());
  readonly #events: inbound.Event[] = [];
  #feeding = false;
  #state = inbound.begin();
  #header: StreamHeader | undefined;
  #facts: TlsFacts | undefined;
  #acks: AckWindow | undefined;
  #active = false;
  #over = false;
  #ackWanted = false;
  // The last addresses as they were written, and what they were: a conversation repeats them.
  #fromText = "";
  #from: Jid | undefined;
  #toText = "";
  #to: Jid | undefined;

  readonly #gone: () => void;

  constructor(site: Site, connection: Connection, owner: LinkInOwner, gone: () => void) {
    this.#gone = gone;
    this.#site = site;
    this.#connection = connection;
    this.#owner = owner;
    this.since = site.world.clock.now();
    this.lastMs = this.since;
    const sink = {
      onOpen: (header: StreamHeader) => this.#opened(header),
      onStanza: (stanza: Stanza) => this.#stanza(stanza),
      onClose: () => this.#feed({ kind: "peer-end" }),
    };
    this.#framer = new Framer(sink, site.settings.limits);
    site.wheel.set(this.#idle, site.settings.limits.unauthenticatedMs);
  }

  get remote(): Endpoint {
    return this.#connection.remote;
  }

  get tls(): TlsFacts | undefined {
    return this.#facts;
  }

  /** Address and TLS for the log. */
  get #where(): { readonly remote: string; readonly tls: string } {
    const { address, port } = this.#connection.remote;
    return { remote: `${address} ${port}`, tls: this.#facts?.protocol ?? "none" };
  }

  /** The pairs proved on it, theirs first. */
  get pairs(): readonly (readonly [DomainName, DomainName])[] {
    return [...this.#state.pairs].flatMap(([theirs, ours]) => [...ours].map((each) => [theirs, each] as const));
  }

  /** The peer counts on acknowledgements (XEP-0198). */
  get acks(): boolean {
    return this.#acks !== undefined;
  }

  get foreign(): DomainName | undefined {
    return this.#state.foreign;
  }

  get local(): DomainName | undefined {
    return this.#state.local;
  }

  verified(event: Extract<inbound.Event, { kind: "verified" }>): void {
    if (!this.#over) this.#feed(event);
  }

  end(why: Fault | undefined): void {
    this.#feed({ kind: "end", fault: why, id: this.#site.world.random.id() });
  }

  onData(bytes: Uint8Array): void {
    // Who has been told off is listened to no more, until closeMs have passed.
    if (this.#state.at === "closing" || this.#state.at === "closed") return;
    this.#active = true;
    this.lastMs = this.#site.world.clock.now();
    const failure = this.#framer.push(bytes);
    if (failure !== undefined) this.end(failure);
  }

  onSecure(facts: TlsFacts): void {
    this.#facts = facts;
    this.#feed({ kind: "secured" });
    const failure = this.#framer.resume();
    if (failure !== undefined) this.end(failure);
  }

  onDrain(): void {}

  onEnd(): void {
    this.#connection.end();
  }

  onClose(why: Fault | undefined): void {
    this.#over = true;
    if (why?.code === "tls-failed" && this.#state.at !== "closing" && this.#state.at !== "closed") {
      streamEnded(this.#site, "server", why, this.#where);
    }
    this.#feed({ kind: "lost", fault: why });
    this.#site.wheel.clear(this.#idle);
    this.#site.wheel.clear(this.#closing);
    this.#gone();
    this.#owner.closed(this, why);
  }

  #opened(header: StreamHeader): boolean {
    this.#header = header;
    this.#feed({ kind: "header", header, id: this.#site.world.random.id() });
    return this.#reads;
  }

  /** False once nothing more of this piece may be read: the peer was told off, or TLS starts. */
  get #reads(): boolean {
    const { at } = this.#state;
    return at !== "closing" && at !== "closed" && at !== "handshake";
  }

  #stanza(stanza: Stanza): boolean {
    const header = this.#header;
    if (header === undefined) return false;
    const { name } = stanza;
    if (stanza.ns !== header.contentNs || !isStanzaName(name)) {
      this.#feed({ kind: "element", element: readStanza(stanza, header) });
      return this.#reads;
    }
    const from = this.#sender(stanza.from);
    const to = this.#receiver(stanza.to);
    if (from === undefined || to === undefined || !inbound.mayCarry(this.#state, from.domain, to.domain)) {
      // RFC 6120 §8.1.2.2: nothing from outside the proved pairs
      this.#site.log("warn", "stanza refused", { from: from?.domain, to: to?.domain, ...this.#where });
      this.#feed({ kind: "stanza", from: from?.domain, to: to?.domain });
      return this.#reads;
    }
    this.#site.tally.server.received(name);
    const here = this.#owner.here(to);
    if (here === undefined) {
      // EML-04: who has an email address is reached by it alone, and nothing is said of their other one.
      if (name === "message") this.#acks?.readAndDone();
      this.#site.log("debug", "dropped: not the name others know", { to: to.bare, ...this.#where });
      return true;
    }
    if (this.#site.tracer.on) {
      const { address, port } = this.remote;
      this.#site.tracer.stanza("received", `from ${address} ${port}`, { from, to: here, bytes: stanza.bytes });
    }
    const waits = this.#acks !== undefined && name === "message";
    if (!waits) this.#acks?.readAndDone();
    const bytes = readdressed(stanza, header, from.full, here.full);
    const receipt = waits ? this.#acks?.open() : undefined;
    this.#owner.post.route(new Parcel(name, stanza.type, stanza.id, from, here, bytes, receipt));
    // A link serves many: one slow receiver does not hold it up, but is cut off at outputBytesMax.
    this.#site.backlog = undefined;
    return true;
  }

  #sender(text: string | undefined): Jid | undefined {
    if (text === undefined) return undefined;
    if (text !== this.#fromText) {
      const jid = parseJid(text);
      this.#fromText = text;
      this.#from = jid.ok ? jid.value : undefined;
    }
    return this.#from;
  }

  #receiver(text: string | undefined): Jid | undefined {
    if (text === undefined) return undefined;
    if (text !== this.#toText) {
      const jid = parseJid(text);
      this.#toText = text;
      this.#to = jid.ok ? jid.value : undefined;
    }
    return this.#to;
  }

  #feed(event: inbound.Event): void {
    this.#events.push(event);
    if (this.#feeding) return;
    this.#feeding = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const taken = inbound.on(this.#state, next, this.#owner.setup());
      this.#state = taken.next;
      for (const effect of taken.effects) this.#carryOut(effect);
    }
    this.#feeding = false;
  }

  #carryOut(effect: inbound.Effect): void {
    const { wheel, settings, world } = this.#site;
    switch (effect.kind) {
      case "send":
        this.#connection.writeText(effect.text);
        return;
      case "start-tls":
        if (this.#framer.pending > 0) this.end(fault("starttls-injection"));
        else {
          this.#connection.secure({
            role: "server",
            // RFC 6120 §5.3.1: the stream's `to` decides, not SNI, which old servers do not send.
            credentialsFor: () => credentialsOf(settings, effect.local) ?? credentialsFor(settings)(undefined),
            askCertificate: true,
            versionMin: settings.versionMin,
          });
        }
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
      case "proved": {
        this.method ??= effect.method;
        this.#framer.stanzaBytesMax = settings.limits.stanzaBytesMax;
        wheel.set(this.#idle, settings.limits.idleLinkMs);
        const { local, foreign } = effect.pair;
        world.metrics.series("comity_link_proofs_total", "in", effect.method).add(1);
        this.#site.log("info", "link proved", { local, foreign, ...this.#where, proof: effect.method });
        this.#owner.proved(this, foreign);
        return;
      }
      case "refused":
        this.lastFault = effect.fault;
        this.#site.log("warn", "pair refused", {
          local: effect.pair.local,
          foreign: effect.pair.foreign,
          fault: effect.fault.code,
          detail: effect.fault.detail,
        });
        return;
      case "verify":
        this.#owner.verify(this, effect);
        return;
      case "acks":
        this.#acks = new AckWindow();
        this.#acks.advanced = () => {
          if (this.#ackWanted && this.#acks?.complete === true) this.#sendAck();
        };
        return;
      case "ack-asked":
        // Answered when all is settled; a peer that asks again before gets what there is.
        if (this.#ackWanted || this.#acks?.complete !== false) this.#sendAck();
        else this.#ackWanted = true;
        return;
      case "wait":
        wheel.set(new Alarm(() => this.#feed(effect.event)), effect.ms);
        return;
      case "dropped":
        this.#site.log("debug", "ignored on a link", { ...this.#where, why: effect.fault.detail });
        return;
      case "close":
        if (effect.fault !== undefined) {
          this.lastFault = effect.fault;
          streamEnded(this.#site, "server", effect.fault, this.#where);
        }
        wheel.set(this.#closing, settings.limits.closeMs);
        this.#connection.end();
        return;
    }
  }

  #sendAck(): void {
    this.#ackWanted = false;
    if (this.#acks !== undefined) this.#connection.writeText(answerText(this.#acks.handled));
  }

  #quiet(): void {
    if (this.method !== undefined && this.#active) {
      this.#active = false;
      this.#site.wheel.set(this.#idle, this.#site.settings.limits.idleLinkMs);
    } else this.end(fault("stream-timeout"));
  }
}
