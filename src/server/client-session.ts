import type { Address } from "../base/address.ts";
import { base64 } from "../base/bytes.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler, TlsFacts } from "../base/network.ts";
import { Alarm } from "../base/wheel.ts";
import { Framer, type Stanza, type StreamHeader } from "../xml/framer.ts";
import { readStanza } from "../xml/reader.ts";
import * as c2s from "../xmpp/c2s-stream.ts";
import { ns } from "../xmpp/ns.ts";
import { pingText } from "../xmpp/ping.ts";
import { channelBinding } from "../xmpp/sasl-channel-binding.ts";
import { SendWindow } from "../xmpp/stream-management.ts";
import { answerText, enabledText, readAnswer } from "../xmpp/stream-management-elements.ts";
import type { DeviceTraffic } from "./device-traffic.ts";
import { credentialsFor } from "./link-security.ts";
import type { SessionOwner } from "./session-owner.ts";
import type { Site } from "./site.ts";
import { streamEnded } from "./stream-end.ts";
import { isStanzaName } from "./tally.ts";
import type { Line } from "./xmpp-device.ts";

/** How long a request for an acknowledgement may wait for stanzas that are not settled yet. */
const ackLateMs = 2_000;

/** One client connection: runs the machine until a resource is bound, then hands stanzas to the device's traffic. */
export class ClientSession implements ConnectionHandler, Line {
  readonly #site: Site;
  readonly #clients: SessionOwner<ClientSession>;
  readonly #connection: Connection;
  readonly #framer: Framer;
  readonly #gone: () => void;
  readonly #deadline = new Alarm(() => this.#late());
  readonly #ackLate = new Alarm(() => this.#sendAck());
  readonly #events: c2s.Event[] = [];
  #feeding = false;
  #state = c2s.begin;
  #header: StreamHeader | undefined;
  #traffic: DeviceTraffic | undefined;
  #facts: TlsFacts | undefined;
  #active = false;
  #asked = false;
  #paused = false;
  #ackWanted = false;
  /** The client closed its stream in order: nothing is to be resumed. */
  #orderly = false;
  #over = false;

  constructor(site: Site, clients: SessionOwner<ClientSession>, connection: Connection, gone: () => void) {
    this.#site = site;
    this.#clients = clients;
    this.#connection = connection;
    this.#gone = gone;
    const sink = {
      onOpen: (header: StreamHeader) => this.#opened(header),
      onStanza: (stanza: Stanza) => this.#stanza(stanza),
      onClose: () => this.#closed(),
    };
    this.#framer = new Framer(sink, site.settings.limits);
    site.wheel.set(this.#deadline, site.settings.limits.unauthenticatedMs);
  }

  get remote() {
    return this.#connection.remote;
  }

  get tls(): TlsFacts | undefined {
    return this.#facts;
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes;
  }

  get traffic(): DeviceTraffic | undefined {
    return this.#traffic;
  }

  write(bytes: Uint8Array): void {
    this.#connection.write(bytes);
  }

  writeText(text: string): void {
    this.#connection.writeText(text);
  }

  cutOff(): void {
    this.#site.log("warn", "slow reader cut off", { address: this.#traffic?.device.jid.full });
    this.#connection.destroy();
  }

  /** We end the stream, with a stream error. */
  end(why: Fault): void {
    this.#feed({ kind: "end", fault: why, streamId: this.#site.world.random.id() });
  }

  onData(bytes: Uint8Array): void {
    // Who has been told off is listened to no more, until closeMs have passed.
    if (this.#state.at === "closed") return;
    this.#active = true;
    // What timers and the store made somebody else wait for is nothing to this sender.
    this.#site.backlog = undefined;
    const failure = this.#framer.push(bytes);
    if (failure !== undefined) this.end(failure);
    else if (!this.#reads && this.#framer.pending > this.#framer.stanzaBytesMax) {
      // Too much has come while an answer is awaited: the rest may wait in the network.
      this.#paused = true;
      this.#connection.pause();
    }
  }

  onSecure(facts: TlsFacts): void {
    this.#facts = facts;
    this.#answer({ kind: "secured", binding: channelBinding(facts.exporter(), facts.ownCertificate) });
  }

  onDrain(): void {
    this.#traffic?.device.drained();
  }

  onEnd(): void {
    this.#connection.end();
  }

  onClose(why: Fault | undefined): void {
    this.#over = true;
    if (why?.code === "tls-failed" && this.#state.at !== "closed") {
      streamEnded(this.#site, "client", why, { address: this.remote.address });
    }
    this.#site.wheel.clear(this.#deadline);
    this.#site.wheel.clear(this.#ackLate);
    this.#gone();
    this.#clients.closed(this, this.#orderly);
  }

  #opened(header: StreamHeader): boolean {
    this.#header = header;
    this.#feed({ kind: "open", header, streamId: this.#site.world.random.id() });
    return this.#reads;
  }

  /** False while an answer is awaited or nothing more may be read. */
  get #reads(): boolean {
    return this.#state.at !== "closed" && !c2s.waits(this.#state);
  }

  #stanza(stanza: Stanza): boolean {
    const header = this.#header;
    if (header === undefined) return false;
    const { name } = stanza;
    if (this.#state.at !== "ready" || this.#traffic === undefined) {
      this.#feed({ kind: "element", element: readStanza(stanza, header), nonce: this.#nonce() });
      return this.#reads;
    }
    if (stanza.ns === ns.client && isStanzaName(name)) {
      const failure = this.#traffic.take(name, stanza, header);
      if (failure !== undefined) this.end(failure);
      const { backlog } = this.#site;
      if (backlog !== undefined) {
        this.#site.backlog = undefined;
        this.#connection.pause();
        backlog.whenDrained(() => this.#connection.resume());
      }
      return failure === undefined;
    }
    if (stanza.ns === ns.sm && name === "r") {
      this.#ackAsked();
      return true;
    }
    if (stanza.ns === ns.sm && name === "a") {
      const h = readAnswer(stanza.bytes);
      if (h !== undefined && this.#traffic.device.acknowledged(h)) return true;
      this.end(fault("stream-acks-too-many"));
      return false;
    }
    this.#feed({ kind: "element", element: readStanza(stanza, header), nonce: this.#nonce() });
    return this.#reads;
  }

  #closed(): void {
    this.#orderly = true;
    this.#feed({ kind: "peer-closed", streamId: this.#site.world.random.id() });
  }

  #nonce(): string {
    return base64(this.#site.world.random.bytes(18));
  }

  /** Effects are carried out in order; an event one of them causes waits until the last is done. */
  #feed(event: c2s.Event): void {
    this.#events.push(event);
    if (this.#feeding) return;
    this.#feeding = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const taken = c2s.on(this.#state, next, this.#clients.setup());
      this.#state = taken.next;
      for (const effect of taken.effects) this.#carryOut(effect);
    }
    this.#feeding = false;
  }

  /** An answer from outside: what arrived meanwhile is read now. */
  #answer(event: c2s.Event): void {
    if (this.#over) return;
    this.#feed(event);
    if (!this.#reads) return;
    if (this.#paused) {
      this.#paused = false;
      this.#connection.resume();
    }
    const failure = this.#framer.resume();
    if (failure !== undefined) this.end(failure);
  }

  #carryOut(effect: c2s.Effect): void {
    const { settings, world, wheel } = this.#site;
    const { metrics } = world;
    switch (effect.kind) {
      case "send":
        this.#connection.writeText(effect.text);
        return;
      case "start-tls":
        if (this.#framer.pending > 0) this.end(fault("starttls-injection"));
        else {
          this.#framer.restart();
          // The header has said which domain is wanted; SNI may be missing, or name a host.
          const wanted = settings.domains.get(this.#state.domain ?? this.#clients.setup().fallback)?.credentials;
          this.#connection.secure({
            role: "server",
            credentialsFor: (servername) => wanted ?? credentialsFor(settings)(servername),
            askCertificate: false,
            versionMin: settings.versionMin,
          });
        }
        return;
      case "restart":
        this.#framer.restart();
        return;
      case "find-account":
        this.#findAccount(effect.address);
        return;
      case "derive":
        world.derive.pbkdf2(effect.password, effect.salt, effect.iterations, effect.hash).then(
          (salted) => this.#answer({ kind: "derived", salted }),
          () => this.#answer({ kind: "failed", fault: fault("internal-error") }),
        );
        return;
      case "signed-in":
        this.#framer.stanzaBytesMax = settings.limits.stanzaBytesMax;
        metrics.series("comity_sign_ins_total", effect.mechanism, "ok").add(1);
        this.#site.log("info", "signed in", {
          who: effect.address.text,
          mechanism: effect.mechanism,
          address: this.remote.address,
        });
        return;
      case "sign-in-failed":
        this.#clients.admission.failed(this.remote.address);
        metrics.series("comity_sign_ins_total", effect.mechanism, effect.fault.code).add(1);
        this.#site.log("warn", "sign-in failed", {
          who: effect.address,
          mechanism: effect.mechanism,
          address: this.remote.address,
          fault: effect.fault.code,
        });
        return;
      case "bind":
        this.#bind(effect.address, effect.resource);
        return;
      case "resume":
        this.#resume(effect.address, effect.previd, effect.h);
        return;
      case "enable-sm":
        this.#enableSm(effect.resume, effect.maxSeconds);
        return;
      case "ready":
        wheel.set(this.#deadline, settings.limits.idleClientMs);
        if (effect.resumed) this.#traffic?.device.attach(this);
        return;
      case "close":
        if (effect.fault !== undefined) {
          const who = this.#traffic?.device.jid.full;
          streamEnded(this.#site, "client", effect.fault, { address: this.remote.address, who });
        }
        this.#connection.writeText(effect.text);
        wheel.set(this.#deadline, settings.limits.closeMs);
        this.#connection.end();
        return;
    }
  }

  #findAccount(address: string): void {
    if (!this.#clients.admission.mayTry(this.remote.address)) {
      this.#answer({ kind: "failed", fault: fault("sasl-too-many-tries", this.remote.address) });
      return;
    }
    this.#site.world.store.accounts.find(address).then(
      (account) => this.#answer({ kind: "account", account }),
      (error) => {
        this.#site.storeFailed(error);
        this.#answer({ kind: "failed", fault: fault("store-unavailable") });
      },
    );
  }

  #bind(address: Address, resource: string | undefined): void {
    this.#clients.bind(this, address, resource).then((result) => {
      if (!result.ok) {
        this.#answer({ kind: "not-bound", fault: result.fault });
        return;
      }
      if (this.#over) {
        result.value.end();
        return;
      }
      this.#traffic = result.value;
      this.#answer({ kind: "bound", jid: result.value.device.jid });
    });
  }

  #resume(address: Address, previd: string, h: number): void {
    const traffic = this.#clients.resume(this, address, previd, h);
    if (traffic === undefined) {
      this.#answer({ kind: "not-resumed", h: undefined });
      return;
    }
    this.#traffic = traffic;
    traffic.acks?.rewind();
    traffic.enableAcks(() => this.#advanced());
    this.#answer({ kind: "resumed", jid: traffic.device.jid, h: traffic.acks?.handled ?? 0 });
  }

  /** XEP-0198 §3 */
  #enableSm(resume: boolean, maxSeconds: number | undefined): void {
    const traffic = this.#traffic;
    if (traffic === undefined) return;
    const { limits } = this.#site.settings;
    traffic.device.sm = new SendWindow(limits.unackedStanzasMax);
    traffic.enableAcks(() => this.#advanced());
    if (!resume) {
      this.#connection.writeText(enabledText());
      return;
    }
    const seconds = Math.min(Math.floor(limits.resumeMs / 1000), maxSeconds || Number.POSITIVE_INFINITY);
    const id = this.#clients.resumable(traffic, seconds * 1000);
    this.#connection.writeText(enabledText(id, seconds));
  }

  /** XEP-0198 §4: answered at once when everything is settled, else as soon as it is. */
  #ackAsked(): void {
    const acks = this.#traffic?.acks;
    if (acks === undefined) return;
    if (acks.complete) this.#sendAck();
    else {
      this.#ackWanted = true;
      if (!this.#ackLate.isSet) this.#site.wheel.set(this.#ackLate, ackLateMs);
    }
  }

  #advanced(): void {
    if (this.#ackWanted && this.#traffic?.acks?.complete === true) this.#sendAck();
  }

  #sendAck(): void {
    this.#ackWanted = false;
    this.#site.wheel.clear(this.#ackLate);
    const acks = this.#traffic?.acks;
    if (acks !== undefined) this.#connection.writeText(answerText(acks.handled));
  }

  #late(): void {
    const { limits } = this.#site.settings;
    if (this.#state.at === "closed") {
      this.#connection.destroy();
      return;
    }
    if (this.#state.at !== "ready" || this.#traffic === undefined) {
      this.#feed({ kind: "timer", streamId: this.#site.world.random.id() });
      return;
    }
    if (this.#active) {
      this.#active = false;
      this.#asked = false;
      this.#site.wheel.set(this.#deadline, limits.idleClientMs);
    } else if (this.#asked) {
      this.#site.log("info", "client does not answer", { who: this.#traffic.device.jid.full });
      this.#connection.destroy();
    } else {
      // XEP-0199 §4.1: a silent client is asked whether it lives.
      this.#asked = true;
      const { jid } = this.#traffic.device;
      this.#connection.writeText(pingText(jid.domain, jid.full, this.#site.world.random.id()));
      this.#site.wheel.set(this.#deadline, limits.idleClientGraceMs);
    }
  }
}
