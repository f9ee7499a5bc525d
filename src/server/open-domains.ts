import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import {
  type DiscoveredView,
  dropDiscovered,
  keepDiscovered,
  openPartner,
  storedDiscovered,
} from "../federation/discovered.ts";
import { type Discovery, discover } from "../federation/discovery.ts";
import type { SipPartner, SipPartnerType } from "../federation/sip-partner.ts";
import { parameter } from "../sip/parameters.ts";
import type { Parcel, Post } from "./parcel.ts";
import type { SipPartners } from "./sip-partners.ts";
import { refuse, type SipRequest } from "./sip-request.ts";
import type { Site } from "./site.ts";

type Known = Omit<DiscoveredView, "domain">;

/** What waits until it is known which protocol a domain speaks. */
type Waiting = { readonly parcels: Parcel[]; readonly requests: SipRequest[] };

/** Where what has waited goes on. */
export type OpenDoors = {
  readonly post: Pick<Post, "bounce">;
  readonly overXmpp: (parcel: Parcel) => void;
  readonly overSip: (parcel: Parcel) => void;
  readonly served: (request: SipRequest) => void;
  readonly turnedAway: (request: SipRequest, why: Fault) => void;
  /** An XMPP link with the domain stands. */
  readonly linked: (domain: string) => boolean;
  /** A domain speaks the other protocol from now on: what goes on with it over the one ends, and begins over the other. */
  readonly switched: (domain: string) => void;
};

/** How many of those known from before a restart are looked up at once: nobody waits for it. */
const restoredAtOnce = 20;

/**
 * Open federation with domains nobody configured (SET-13, RT-06): DNS says whether one is reached over SIP or XMPP, and it is believed
 * for as long as the records say; over restarts it is kept. A domain that comes over SIP and proves itself by certificate is let in. None
 * is both (RT-17).
 */
export class OpenDomains {
  readonly #site: Site;
  readonly #partners: SipPartners;
  readonly #doors: OpenDoors;
  /** The one that was heard of last, last. */
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Map<string, Waiting>();

  constructor(site: Site, partners: SipPartners, doors: OpenDoors) {
    this.#site = site;
    this.#partners = partners;
    this.#doors = doors;
  }

  /**
   * What was known before the last stop: it holds as if nothing had happened, and what is older than its records said is looked up
   * again, a few at a time. Rejects when the store fails.
   */
  async restore(): Promise<void> {
    const { world, settings } = this.#site;
    const now = world.clock.now();
    const kept = await storedDiscovered(world.store);
    const tooMany = Math.max(0, kept.length - settings.limits.discoveredDomainsMax);
    const again: DomainName[] = [];
    for (const [at, { domain, ...known }] of kept.entries()) {
      const old = now - known.atMs >= settings.limits.discoveredKeptMs;
      if (at < tooMany || old || !this.#isOpen(domain) || !this.#mayBeMet(domain)) {
        dropDiscovered(world.store, domain).catch(this.#site.storeFailed);
        continue;
      }
      this.#known.set(domain, known);
      if (known.type !== undefined) this.#partners.admit(this.#partnerOf(domain, known.type));
      if (known.untilMs <= now) again.push(domain);
    }
    this.#count();
    for (let count = 0; count < restoredAtOnce; count++) this.#askNext(again);
  }

  #askNext(left: DomainName[]): void {
    const domain = left.pop();
    if (domain === undefined) return;
    (this.#ask(domain) ?? Promise.resolve()).then(() => this.#askNext(left), this.#site.storeFailed);
  }

  /** Takes a parcel for a domain whose protocol has to be looked up first; false: it is for the caller to send. */
  send(parcel: Parcel): boolean {
    const { domain } = parcel.to;
    if (!this.#isOpen(domain) || !this.#site.may(domain, "out")) return false;
    const known = this.#known.get(domain);
    if (known !== undefined) {
      const stale = known.untilMs <= this.#site.world.clock.now();
      // What was true is true until DNS says otherwise; that there was nothing is looked at again first.
      if (stale && known.protocol !== "none") this.#ask(domain)?.catch(this.#site.storeFailed);
      if (!stale || known.protocol !== "none") return false;
    }
    const waiting = this.#wait(domain);
    if (waiting === undefined) this.#doors.post.bounce(parcel, fault("resource-constraint", `looking up ${domain}`));
    else waiting.parcels.push(parcel);
    return true;
  }

  /**
   * Takes a request of a domain that is no partner, when it may be let in; false: it is for the caller to refuse. Nothing is asked
   * of DNS for who shows no certificate that is trusted here.
   */
  request(request: SipRequest, domain: DomainName): boolean {
    if (this.#site.denials.refuses(domain, "in")) {
      this.#refused(request, domain, fault("partner-denied", domain));
      return true;
    }
    if (!this.#isOpen(domain) || !this.#site.may(domain, "in")) return false;
    const { method } = request.message;
    if (method === "ACK" || method === "BENOTIFY") return true;
    const doubt = this.#partners.proof.distrust(request.flow);
    if (doubt !== undefined) {
      this.#refused(request, domain, doubt);
      return true;
    }
    const known = this.#known.get(domain);
    if (known?.protocol === "xmpp" || this.#doors.linked(domain)) {
      this.#refused(request, domain, fault("partner-is-xmpp", domain));
      return true;
    }
    // That it names no servers is not asked for again with each request.
    if (known?.protocol === "none" && known.untilMs > this.#site.world.clock.now()) {
      if (request.hold()) this.#admit(request, domain, undefined);
      return true;
    }
    const waiting = this.#wait(domain);
    if (waiting === undefined) refuse(request, fault("resource-constraint", `looking up ${domain}`));
    else if (request.hold()) waiting.requests.push(request);
    return true;
  }

  /** A domain has proved itself over XMPP. */
  cameOverXmpp(domain: string): void {
    if (!this.#isOpen(domain) || this.#known.get(domain)?.protocol === "xmpp") return;
    this.#learn(domain as DomainName, { protocol: "xmpp", type: undefined, why: "it came over XMPP" }, 0);
  }

  get list(): readonly DiscoveredView[] {
    return [...this.#known].map(([domain, known]) => ({ domain: domain as DomainName, ...known }));
  }

  /** What is known of a domain counts no more (SET-15); false when nothing was. */
  forget(domain: string): boolean {
    this.#partners.dismiss(domain);
    const known = this.#known.get(domain);
    this.#known.delete(domain);
    if (known !== undefined && known.protocol !== "none") this.#dropKept(domain);
    this.#count();
    return known !== undefined;
  }

  /** Settings, partners or the deny list are others: domains that may not be met any more are forgotten. */
  enforce(): void {
    for (const domain of [...this.#known.keys()]) {
      if (!this.#isOpen(domain) || !this.#mayBeMet(domain)) this.forget(domain);
    }
  }

  /** Asks DNS about a domain, for the operator: nothing changes. */
  look(domain: DomainName): Promise<Discovery> {
    const { settings, world } = this.#site;
    return discover(domain, settings.abroad.prefer, world.resolver);
  }

  #mayBeMet(domain: string): boolean {
    return this.#site.may(domain, "in") || this.#site.may(domain, "out");
  }

  /** Nobody configured it, and such domains may speak SIP. */
  #isOpen(domain: string): boolean {
    const { abroad, federation } = this.#site.settings;
    if (!abroad.openSip || !federation || this.#site.isLocal(domain)) return false;
    return this.#site.table.rowFor(domain as DomainName) === undefined && !this.#partners.isConfigured(domain);
  }

  /** A place in the queue of a domain, which begins the look-up; undefined when there is none. */
  #wait(domain: DomainName): Waiting | undefined {
    const { discoveriesAtOnceMax, discoveryWaitingMax } = this.#site.settings.limits;
    let waiting = this.#waiting.get(domain);
    if (waiting === undefined) {
      if (this.#waiting.size >= discoveriesAtOnceMax) return undefined;
      waiting = { parcels: [], requests: [] };
      this.#waiting.set(domain, waiting);
      this.#ask(domain)?.catch(this.#site.storeFailed);
    }
    return waiting.parcels.length + waiting.requests.length < discoveryWaitingMax ? waiting : undefined;
  }

  readonly #asking = new Set<string>();

  #ask(domain: DomainName): Promise<void> | undefined {
    if (this.#asking.has(domain)) return undefined;
    this.#asking.add(domain);
    const known = this.#known.get(domain);
    // What was kept over a restart still holds: only what proves the domain is not known yet.
    const kept = known?.protocol === "sip" && known.untilMs > this.#site.world.clock.now();
    const looked = kept ? undefined : this.look(domain);
    return Promise.all([looked, this.#partners.proof.ask(domain)]).then(([found]) => {
      this.#asking.delete(domain);
      if (found === undefined) this.#serve(domain, known?.type, undefined);
      else this.#found(domain, found);
    });
  }

  #found(domain: DomainName, found: Discovery): void {
    const { metrics } = this.#site.world;
    metrics.series("comity_discoveries_total", found.kind).add(1);
    // What may be met may have changed meanwhile.
    const open = this.#isOpen(domain);
    if (open && found.kind === "none" && this.#cameItself(domain)) this.#believe(domain);
    else if (open && found.kind !== "failed") {
      const type = found.kind === "sip" ? found.type : undefined;
      this.#learn(domain, { protocol: found.kind, type, why: "DNS" }, found.ttlSeconds);
    } else if (found.kind === "failed") {
      this.#site.log("warn", "no protocol found for a domain", {
        domain,
        fault: found.why.code,
        detail: found.why.detail,
      });
    }
    this.#serve(domain, found.kind === "sip" ? found.type : undefined, found.kind === "failed" ? found.why : undefined);
  }

  /** What waited for a domain goes on. `failure`: nothing could be found out. */
  #serve(domain: DomainName, type: SipPartnerType | undefined, failure: Fault | undefined): void {
    const { parcels, requests } = this.#waiting.get(domain) ?? { parcels: [], requests: [] };
    this.#waiting.delete(domain);
    for (const request of requests) this.#admit(request, domain, type);
    if (this.#partners.of(domain) === undefined) this.#partners.proof.forget(domain);
    for (const parcel of parcels) {
      if (failure !== undefined) this.#doors.post.bounce(parcel, failure);
      else if (this.#partners.of(domain) !== undefined) this.#doors.overSip(parcel);
      else this.#doors.overXmpp(parcel);
    }
  }

  /** SET-13 the other way round: who comes over SIP and proves to be the domain speaks SIP, whatever else DNS may say. */
  #admit(request: SipRequest, domain: DomainName, found: SipPartnerType | undefined): void {
    // R5: where DNS says nothing, an epid gives Microsoft's servers away.
    const epid = parameter(request.message.from?.parameters ?? [], "epid");
    const type = found ?? (epid === undefined ? "simple" : "sfb2019");
    const asPartner = this.#partners.of(domain) ?? this.#partnerOf(domain, type);
    const proved = this.#partners.proof.prove(request.flow, asPartner, [asPartner]);
    if (!proved.ok || !this.#isOpen(domain)) {
      this.#refused(request, domain, proved.ok ? fault("partner-denied", domain) : proved.fault);
      return;
    }
    if (this.#partners.of(domain) === undefined) {
      this.#learn(domain, { protocol: "sip", type, why: "it came over SIP" }, 0);
    }
    this.#doors.served(request);
  }

  #refused(request: SipRequest, domain: string, why: Fault): void {
    const { address } = request.flow.remote;
    this.#site.log("warn", "SIP request refused: its sender's domain is not let in", {
      domain,
      address,
      fault: why.code,
      detail: why.detail,
    });
    this.#doors.turnedAway(request, why);
  }

  #partnerOf(domain: DomainName, type: SipPartnerType): SipPartner {
    return openPartner(domain, type, { in: this.#site.may(domain, "in"), out: this.#site.may(domain, "out") });
  }

  /** It came and proved itself, not too long ago: that it names no servers says nothing against it. */
  #cameItself(domain: string): boolean {
    const known = this.#known.get(domain);
    if (known === undefined || known.protocol === "none" || known.why === "DNS") return false;
    return this.#site.world.clock.now() - known.atMs < this.#site.settings.limits.discoveredKeptMs;
  }

  /** What is known is known for a while longer. */
  #believe(domain: DomainName): void {
    const known = this.#known.get(domain);
    if (known === undefined) return;
    const untilMs = this.#site.world.clock.now() + this.#site.settings.limits.discoveryMsMax;
    this.#known.set(domain, { ...known, untilMs });
  }

  #learn(domain: DomainName, found: Omit<Known, "atMs" | "untilMs">, ttlSeconds: number): void {
    const { discoveryMsMax, discoveryNegativeMs, discoveredDomainsMax } = this.#site.settings.limits;
    const { protocol, type, why } = found;
    const ms = protocol === "none" ? discoveryNegativeMs : ttlSeconds > 0 ? ttlSeconds * 1_000 : discoveryMsMax;
    const before = this.#known.get(domain);
    this.#known.delete(domain);
    const atMs = this.#site.world.clock.now();
    const known: Known = { ...found, atMs, untilMs: atMs + Math.min(ms, discoveryMsMax) };
    this.#known.set(domain, known);
    this.#keep(domain, known, before);
    if (protocol !== "sip" || type === undefined) this.#partners.dismiss(domain);
    else if (before?.protocol !== "sip" || before.type !== type) this.#partners.admit(this.#partnerOf(domain, type));
    for (const first of this.#known.keys()) {
      if (this.#known.size <= discoveredDomainsMax) break;
      this.forget(first);
    }
    this.#count();
    if (before?.protocol === protocol) return;
    this.#site.log("info", "domain met", { domain, protocol, type: type ?? "-", why });
    if (before !== undefined && before.protocol !== "none") this.#doors.switched(domain);
  }

  /** Over restarts: that somebody could not be found is looked at again instead. */
  #keep(domain: DomainName, known: Known, before: Known | undefined): void {
    if (known.protocol !== "none") {
      keepDiscovered(this.#site.world.store, { domain, ...known }).catch(this.#site.storeFailed);
    } else if (before !== undefined && before.protocol !== "none") this.#dropKept(domain);
  }

  #dropKept(domain: string): void {
    dropDiscovered(this.#site.world.store, domain).catch(this.#site.storeFailed);
  }

  #count(): void {
    for (const protocol of ["sip", "xmpp", "none"] as const) {
      let count = 0;
      for (const known of this.#known.values()) if (known.protocol === protocol) count++;
      this.#site.world.metrics.series("comity_discovered_domains", protocol).set(count);
    }
  }
}
