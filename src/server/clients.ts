import type { Address } from "../base/address.ts";
import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import type { Setup } from "../xmpp/c2s-stream.ts";
import { parseJid, withResource } from "../xmpp/jid.ts";
import { allMechanisms } from "../xmpp/sasl.ts";
import type { Admission } from "./admission.ts";
import { ClientSession } from "./client-session.ts";
import type { Device } from "./device.ts";
import { DeviceTraffic } from "./device-traffic.ts";
import type { SessionOwner } from "./session-owner.ts";
import type { Site } from "./site.ts";
import type { Switchboard } from "./switchboard.ts";
import { XmppDevice } from "./xmpp-device.ts";

/** A session that may be resumed (XEP-0198 §5): its connection is there, or lost since a while. */
type Resumable = {
  readonly id: string;
  readonly traffic: DeviceTraffic;
  readonly ms: number;
  readonly expiry: Alarm;
};

/** Every client connection, and every device whose connection may come back. */
export class Clients implements SessionOwner<ClientSession> {
  readonly admission: Admission;
  readonly #site: Site;
  readonly #switchboard: Switchboard;
  readonly #fakeSecret: Uint8Array;
  readonly #sessions = new Set<ClientSession>();
  readonly #resumable = new Map<string, Resumable>();
  readonly #idOf = new Map<DeviceTraffic, string>();
  #setup: { readonly of: unknown; readonly setup: Setup } | undefined;

  constructor(site: Site, switchboard: Switchboard, admission: Admission, fakeSecret: Uint8Array) {
    this.#site = site;
    this.#switchboard = switchboard;
    this.admission = admission;
    this.#fakeSecret = fakeSecret;
  }

  /** Open connections, signed in or not. */
  get open(): number {
    return this.#sessions.size;
  }

  accept(connection: Connection, gone: () => void): ConnectionHandler {
    const session = new ClientSession(this.#site, this, connection, gone);
    this.#sessions.add(session);
    return session;
  }

  setup(): Setup {
    const { settings } = this.#site;
    if (this.#setup?.of !== settings) {
      const [fallback] = settings.domains.keys();
      const setup: Setup = {
        serves: (domain) => settings.domains.has(domain),
        fallback: fallback as DomainName,
        tls: (domain) => {
          if (settings.domains.get(domain)?.credentials === undefined) return "none";
          return settings.clientTlsRequired ? "required" : "optional";
        },
        mechanisms: allMechanisms,
        sm: true,
        fakeSecret: this.#fakeSecret,
        iterations: settings.scramIterations,
        limits: settings.limits,
      };
      this.#setup = { of: settings, setup };
    }
    return this.#setup.setup;
  }

  /** RFC 6120 §7: gives the session a resource, its own or the one asked for; an older session of that name goes. */
  async bind(session: ClientSession, address: Address, asked: string | undefined): Promise<Result<DeviceTraffic>> {
    const { people, rosters } = this.#switchboard;
    const { limits } = this.#site.settings;
    const bare = parseJid(address.text);
    if (!bare.ok) return bare;
    const full = withResource(bare.value, asked ?? this.#site.world.random.id());
    if (!full.ok) return full;
    try {
      const book = await rosters.hold(bare.value.bare);
      const former = people.device(full.value);
      if (former !== undefined) this.#endDevice(former, fault("stream-conflict")); // RFC 6120 §7.7.2.2
      if (people.devices(bare.value.bare).length >= limits.sessionsPerUserMax) {
        rosters.release(book);
        return no(fault("resource-constraint", "sessionsPerUserMax"));
      }
      const device = new XmppDevice(this.#site, full.value, session);
      people.add(device);
      this.#site.world.metrics.series("comity_sessions", "xmpp").set(people.xmppCount);
      return ok(new DeviceTraffic(this.#site, this.#switchboard, device, book));
    } catch (error) {
      this.#site.storeFailed(error);
      return no(fault("store-unavailable"));
    }
  }

  /** The client may come back within `ms` after its connection is lost. Answers the id to come back with. */
  resumable(traffic: DeviceTraffic, ms: number): string {
    const id = this.#site.world.random.id();
    const expiry = new Alarm(() => this.#end(traffic));
    this.#resumable.set(id, { id, traffic, ms, expiry });
    this.#idOf.set(traffic, id);
    return id;
  }

  /** XEP-0198 §5: the session of that id, if it is the same person's and acknowledges no more than was sent. */
  resume(session: ClientSession, address: Address, previd: string, h: number): DeviceTraffic | undefined {
    const found = this.#resumable.get(previd);
    if (found === undefined || found.traffic.device.jid.bare !== address.text) return undefined;
    const { traffic, expiry } = found;
    if (!traffic.device.acknowledged(h)) return undefined;
    this.#site.wheel.clear(expiry);
    // The old connection may not know yet that it is dead.
    for (const other of this.#sessions) {
      if (other === session || other.traffic !== traffic) continue;
      this.#sessions.delete(other);
      other.end(fault("stream-conflict"));
    }
    traffic.device.detach();
    return traffic;
  }

  /** A connection is gone. Its device waits to be resumed when it may; otherwise it is gone too. */
  closed(session: ClientSession, orderly: boolean): void {
    // Not there any more: another connection has taken its device over.
    if (!this.#sessions.delete(session)) return;
    const { traffic } = session;
    if (traffic === undefined) return;
    const resumable = this.#resumable.get(this.#idOf.get(traffic) ?? "");
    if (resumable === undefined || orderly) {
      this.#end(traffic);
      return;
    }
    traffic.device.detach();
    this.#site.wheel.set(resumable.expiry, resumable.ms);
  }

  /** An account was removed or has new keys: its devices go. */
  endAccount(bare: string, why: Fault): void {
    for (const device of [...this.#switchboard.people.devices(bare)]) this.#endDevice(device, why);
  }

  /** Says goodbye to everybody; those who could resume keep what they have not confirmed in the store. */
  endAll(why: Fault): void {
    for (const session of this.#sessions) session.end(why);
    for (const { traffic } of [...this.#resumable.values()]) this.#end(traffic);
  }

  #endDevice(device: Device, why: Fault): void {
    for (const session of this.#sessions) {
      if (session.traffic?.device !== device) continue;
      this.#sessions.delete(session);
      const { traffic } = session;
      session.end(why);
      this.#end(traffic);
      return;
    }
    for (const { traffic } of this.#resumable.values()) {
      if (traffic.device !== device) continue;
      this.#end(traffic);
      return;
    }
  }

  #end(traffic: DeviceTraffic): void {
    const id = this.#idOf.get(traffic);
    if (id !== undefined) {
      const resumable = this.#resumable.get(id);
      if (resumable !== undefined) this.#site.wheel.clear(resumable.expiry);
      this.#resumable.delete(id);
      this.#idOf.delete(traffic);
    }
    traffic.end();
    const { people } = this.#switchboard;
    this.#site.world.metrics.series("comity_sessions", "xmpp").set(people.xmppCount);
  }
}
