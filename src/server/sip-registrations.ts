import type { Address } from "../base/address.ts";
import { parseAddress } from "../base/address.ts";
import type { StoredBinding } from "../base/store.ts";
import { Alarm } from "../base/wheel.ts";
import { kept, mustKeep } from "../sip/binding.ts";
import { parameter } from "../sip/parameters.ts";
import { type RegisterFacts, register } from "../sip/registrar.ts";
import { renew } from "../sip/renewal.ts";
import { parseSipUri } from "../sip/uri.ts";
import { SipBinding } from "./sip-binding.ts";
import { deviceOf } from "./sip-device-flows.ts";
import { type Flow, hostPort, sameWay } from "./sip-flow.ts";
import type { SipPeople } from "./sip-people.ts";
import type { SipPerson } from "./sip-person.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTransport } from "./sip-transport.ts";
import type { Site } from "./site.ts";

type Expiry = { readonly alarm: Alarm; at: number };

/** What changes of registrations are told to. */
export interface RegistrationListener {
  /** A device is there that was not, or is there again by another way: what waits for the person is for it. */
  came(person: SipPerson, device: SipBinding): void;
  /** The person's devices are others than before. */
  changed(person: SipPerson): void;
}

/** The registrar as a service (RFC 3261 §10): who is reached where, kept in the store and by the clock. */
export class SipRegistrations {
  readonly #site: Site;
  readonly #people: SipPeople;
  readonly #transport: SipTransport;
  readonly #listener: RegistrationListener;
  readonly #gruuSecret: Uint8Array;
  /** What lies in the store of each binding. */
  readonly #stored = new Map<SipBinding, StoredBinding>();
  /** Until when the first of a person's devices is registered, or was when the alarm was set. */
  readonly #expiry = new Map<SipPerson, Expiry>();
  /** Whose devices came by each connection: with a proxy in front, or several accounts in one client, many. */
  readonly #onFlow = new Map<Flow, Set<SipPerson>>();
  #count = 0;
  /** What the figures say. */
  #shown = -1;

  constructor(
    site: Site,
    people: SipPeople,
    transport: SipTransport,
    listener: RegistrationListener,
    gruuSecret: Uint8Array,
  ) {
    this.#site = site;
    this.#people = people;
    this.#transport = transport;
    this.#listener = listener;
    this.#gruuSecret = gruuSecret;
  }

  get count(): number {
    return this.#count;
  }

  /** What was registered before the last stop: devices need not come again before they are reached. */
  async restore(): Promise<void> {
    const now = this.#site.world.clock.now();
    for (const [text, stored] of await this.#site.world.store.bindings.all()) {
      const address = parseAddress(text);
      if (!address.ok || !this.#site.isLocal(address.value.domain) || stored.expiresAt <= now) {
        this.#forget(text, stored.key);
        continue;
      }
      const person = await this.#people.enter(address.value);
      const flow = await this.#flowAgain(stored);
      // It has come by itself meanwhile.
      if (person.bindings.some((each) => each.stored.key === stored.key)) continue;
      const binding = new SipBinding(stored, flow, stored.registeredAt);
      person.bindings.push(binding);
      this.#stored.set(binding, stored);
      this.#changed(person, 1);
      this.#listener.came(person, binding);
    }
  }

  request(request: SipRequest, who: Address): void {
    if (!request.hold()) return;
    const person = this.#people.get(who.text);
    if (person !== undefined) {
      this.#register(request, who, person);
      return;
    }
    this.#people.enter(who).then(
      (entered) => this.#register(request, who, entered),
      (error) => {
        this.#site.storeFailed(error);
        request.respond(500);
      },
    );
  }

  /** A connection is gone, and with it the devices that can be reached by nothing else (RFC 5626 §4.2). */
  flowClosed(flow: Flow): void {
    const owners = this.#onFlow.get(flow);
    this.#onFlow.delete(flow);
    for (const owner of owners ?? []) {
      const lost = owner.bindings.filter((each) => each.flow === flow);
      for (const binding of lost) {
        binding.flow = undefined;
        if (!reachableAnew(binding.stored, flow)) this.#remove(owner, binding);
      }
      if (lost.length > 0) this.#settle(owner);
    }
  }

  /** The account is gone, or has another password: its devices go. */
  endPerson(bare: string): void {
    const person = this.#people.get(bare);
    if (person === undefined) return;
    for (const binding of [...person.bindings]) this.#remove(person, binding);
    this.#settle(person);
  }

  #register(request: SipRequest, who: Address, person: SipPerson): void {
    const { message, flow } = request;
    const { limits } = this.#site.settings;
    const facts: RegisterFacts = {
      now: this.#site.world.clock.now(),
      aor: person.uri,
      via: flow.place,
      keepsAlive: flow.reliable,
      flowTimerSeconds: Math.floor(limits.sipFlowIdleMs / 2_000),
      gruuSecret: this.#gruuSecret,
    };
    const [only] = person.bindings;
    if (only !== undefined && person.bindings.length === 1 && this.#renewed(request, person, only, facts)) return;
    const had = person.bindings.length;
    const all = person.bindings.map(({ stored }) => stored);
    const done = register(all, message, facts, limits);
    const came: SipBinding[] = [];
    const writes: Promise<void>[] = [];
    for (const key of done.removed) {
      const gone = person.bindings.find(({ stored }) => stored.key === key);
      if (gone !== undefined) this.#remove(person, gone);
    }
    for (const stored of done.put) this.#put(person, stored, flow, writes, came);
    if (done.status >= 300) this.#site.log("info", "registration refused", { who: who.text, fault: done.fault?.code });
    // A device that is still there, as nearly all are: nothing is other than it was but for how long.
    const isSame = had > 0 && person.bindings.length === had && done.removed.length === 0 && came.length === 0;
    if (isSame) this.#watchExpiry(person);
    else this.#settle(person);
    const answer = () => {
      request.respond(done.status, { headers: done.headers });
      // What waited comes after the answer: a client that does not know yet that it is registered may refuse it.
      for (const device of came) this.#listener.came(person, device);
    };
    if (writes.length === 0) answer();
    else {
      Promise.all(writes).then(answer, (error) => {
        this.#site.storeFailed(error);
        request.respond(500);
      });
    }
  }

  /** The only device is still there, by the way it was, and nothing is to be written: nothing is other but for how long. */
  #renewed(request: SipRequest, person: SipPerson, binding: SipBinding, facts: RegisterFacts): boolean {
    const { message, flow } = request;
    if (binding.unheard || binding.flow === undefined || !sameWay(binding.flow, flow)) return false;
    const renewal = renew(binding.stored, message, facts, this.#site.settings.limits);
    if (renewal === undefined || mustKeep(this.#stored.get(binding), renewal.binding)) return false;
    binding.stored = renewal.binding;
    binding.flow = flow;
    binding.registeredMs = this.#site.world.clock.monotonicMs();
    this.#watchExpiry(person);
    request.respond(200, { headers: renewal.headers });
    return true;
  }

  /** `came`: the devices that something is to be handed over to. */
  #put(person: SipPerson, next: StoredBinding, flow: Flow, writes: Promise<void>[], came: SipBinding[]): void {
    let binding = person.bindings.find(({ stored }) => stored.key === next.key);
    const before = binding?.flow;
    if (binding === undefined) {
      binding = new SipBinding(next, flow, this.#site.world.clock.now());
      // What is on its way to a device by one of its flows is not handed to it by another.
      const same = person.bindings.find(({ stored }) => deviceOf(stored.key) === deviceOf(next.key));
      if (same !== undefined) binding.handed = same.handed;
      person.bindings.push(binding);
      this.#count++;
      came.push(binding);
      const { address } = flow.remote;
      this.#site.log("info", "SIP device registered", { who: person.self.bare, address, transport: flow.transport });
    } else if (binding.flow === undefined || !sameWay(binding.flow, flow)) {
      came.push(binding);
      // What is on its way by the way before may never arrive.
      binding.handed = new Set();
    } else if (binding.unheard) came.push(binding);
    binding.unheard = false;
    if (flow.reliable && before !== flow) this.#cameBy(flow, person);
    binding.stored = next;
    binding.flow = flow;
    binding.registeredMs = this.#site.world.clock.monotonicMs();
    if (came.includes(binding)) binding.cameMs = binding.registeredMs;
    if (mustKeep(this.#stored.get(binding), next)) {
      const lasting = kept(next, this.#site.world.clock.now());
      this.#stored.set(binding, lasting);
      writes.push(this.#site.world.store.bindings.put(person.self.bare, lasting));
    }
  }

  #cameBy(flow: Flow, person: SipPerson): void {
    const owners = this.#onFlow.get(flow);
    if (owners === undefined) this.#onFlow.set(flow, new Set([person]));
    else owners.add(person);
  }

  #remove(person: SipPerson, binding: SipBinding): void {
    const at = person.bindings.indexOf(binding);
    if (at === -1) return;
    person.bindings.splice(at, 1);
    this.#count--;
    if (this.#stored.delete(binding)) this.#forget(person.self.bare, binding.stored.key);
    this.#site.log("info", "SIP device gone", { who: person.self.bare });
  }

  #forget(bare: string, key: string): void {
    this.#site.world.store.bindings.remove(bare, key).catch(this.#site.storeFailed);
  }

  #changed(person: SipPerson, more: number): void {
    this.#count += more;
    this.#settle(person);
  }

  /** After any change: the next expiry, the figures, and whoever wants to know. */
  #settle(person: SipPerson): void {
    if (this.#count !== this.#shown) {
      this.#shown = this.#count;
      const { metrics } = this.#site.world;
      metrics.series("comity_sip_bindings").set(this.#count);
      metrics.series("comity_sessions", "sip").set(this.#count);
    }
    this.#watchExpiry(person);
    this.#listener.changed(person);
    this.#people.leave(person);
  }

  /** The alarm rings when the first may expire; devices that come again before that need not move it each time. */
  #watchExpiry(person: SipPerson): void {
    let soonest = Number.POSITIVE_INFINITY;
    for (const { stored } of person.bindings) soonest = Math.min(soonest, stored.expiresAt);
    let expiry = this.#expiry.get(person);
    if (soonest === Number.POSITIVE_INFINITY) {
      if (expiry !== undefined) this.#site.wheel.clear(expiry.alarm);
      this.#expiry.delete(person);
      return;
    }
    if (expiry === undefined) {
      expiry = { alarm: new Alarm(() => this.#expire(person)), at: soonest };
      this.#expiry.set(person, expiry);
    }
    if (expiry.alarm.isSet && expiry.at <= soonest) return;
    expiry.at = soonest;
    this.#site.wheel.set(expiry.alarm, Math.max(0, soonest - this.#site.world.clock.now()));
  }

  #expire(person: SipPerson): void {
    const now = this.#site.world.clock.now();
    for (const binding of [...person.bindings]) if (binding.stored.expiresAt <= now) this.#remove(person, binding);
    this.#settle(person);
  }

  /** After a restart a UDP device is where it was; connections are gone. */
  async #flowAgain({ via }: StoredBinding): Promise<Flow | undefined> {
    const match = /^udp \[?([0-9a-fA-F.:]+)\]?:(\d{1,5})$/.exec(via);
    if (match === null) return undefined;
    const [, address = "", port = ""] = match;
    const flow = await this.#transport.reach({ transport: "udp", address, port: Number(port), host: address });
    return flow.ok ? flow.value : undefined;
  }
}

/** Whether a connection can be made to the device where its Contact says, or to the proxy in front of it. */
function reachableAnew({ contact, path }: StoredBinding, { transport, remote }: Flow): boolean {
  if (path.length > 0) return true; // RFC 3327: it is the proxy's connection that is gone
  const uri = parseSipUri(contact);
  if (!uri.ok || transport === "ws" || transport === "wss") return false;
  const { host, port, parameters } = uri.value;
  // RFC 5626 §4.2: "ob" asks for this flow alone. Behind an address translator the addresses differ.
  if (parameter(parameters, "ob") !== undefined) return false;
  return host === hostPort({ ...remote, port: 0 }).slice(0, -2) && port !== remote.port;
}
