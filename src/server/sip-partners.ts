import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import { sipTargets } from "../dns/sip-targets.ts";
import { provingNames, type SipPartner, type SipPartnerTable, sipPartnerOf } from "../federation/sip-partner.ts";
import { judge } from "../pki/verdict.ts";
import { sipProfiles } from "../translate/sip-profile.ts";
import { Pace } from "./pace.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipHop, SipTransport } from "./sip-transport.ts";
import type { Site } from "./site.ts";

/** How long a request waits for its turn at most, so that a burst of an hour is not one (PAR-07). */
const paceMs = 30_000;

/** How long an SRV record's names are believed as a partner's before they are asked for again. */
const namesMs = 600_000;

/** The foreign domains that are reached over SIP: who they are, what proves them, and the way to them. */
export class SipPartners {
  readonly #site: Site;
  readonly #transport: SipTransport;
  #table: SipPartnerTable = new Map();
  /**
   * Hosts within a partner's own domain that its SRV record names; their certificates prove the partner too (RT-01, R7). A host
   * elsewhere proves nothing: whoever forges a DNS answer could name their own, so an administrator writes such a name.
   */
  readonly #hosts = new Map<string, ReadonlySet<string>>();
  /** What was found out about a connection, by partner. */
  readonly #proofs = new WeakMap<Flow, Map<string, Fault | undefined>>();
  /** The connection that was last found to lead to a partner. */
  readonly #standing = new Map<string, Flow>();
  readonly #paces = new Map<string, Pace>();
  readonly #again = new Alarm(() => this.#learnHosts());

  constructor(site: Site, transport: SipTransport) {
    this.#site = site;
    this.#transport = transport;
  }

  /** Puts another table in force: what was proved is proved anew. */
  set(table: SipPartnerTable): void {
    this.#table = table;
    this.#standing.clear();
    this.#paces.clear();
    this.#learnHosts();
  }

  get all(): Iterable<SipPartner> {
    return this.#table.values();
  }

  of(domain: string): SipPartner | undefined {
    return sipPartnerOf(this.#table, domain);
  }

  /**
   * Why a connection does not prove to be the partner's; undefined when it does (R7). Its certificate is trusted here and
   * carries a name of the partner; without TLS only the addresses an administrator wrote count (RT-08).
   */
  doubt(flow: Flow, partner: SipPartner): Fault | undefined {
    let proofs = this.#proofs.get(flow);
    if (proofs === undefined) {
      proofs = new Map();
      this.#proofs.set(flow, proofs);
    }
    if (proofs.has(partner.domain)) return proofs.get(partner.domain);
    const why = this.#judge(flow, partner);
    // What failed may be another matter once the SRV record is known.
    if (why === undefined) proofs.set(partner.domain, why);
    return why;
  }

  /** A connection is gone: the domains it led to. */
  lost(flow: Flow): Iterable<string> {
    const proofs = this.#proofs.get(flow);
    if (proofs === undefined) return [];
    this.#proofs.delete(flow);
    for (const domain of proofs.keys()) if (this.#standing.get(domain) === flow) this.#standing.delete(domain);
    return proofs.keys();
  }

  /**
   * A turn to send the partner one request, no faster than its kind of server takes them (PAR-07): over `known` while that is
   * open, else over whatever leads there.
   */
  way(partner: SipPartner, known: Flow | undefined, then: (flow: Flow) => void, failed: (why: Fault) => void): void {
    let pace = this.#paces.get(partner.domain);
    if (pace === undefined) {
      pace = new Pace(sipProfiles[partner.type].requestsPerSecondMax, paceMs);
      this.#paces.set(partner.domain, pace);
    }
    const wait = pace.turn(this.#site.world.clock.monotonicMs());
    if (wait === undefined) {
      failed(fault("resource-constraint", `requests waiting for ${partner.domain}`));
      return;
    }
    const go = () => {
      if (known?.open === true) then(known);
      else {
        this.reach(partner).then((reached) => {
          if (reached.ok) then(reached.value);
          else failed(reached.fault);
        }, this.#site.storeFailed);
      }
    };
    if (wait === 0) go();
    else this.#site.wheel.set(new Alarm(go), wait);
  }

  /** A connection to the partner: static routes by priority, else DNS; each until one answers and proves itself. */
  async reach(partner: SipPartner): Promise<Result<Flow>> {
    const standing = this.#standing.get(partner.domain);
    if (standing?.open === true) return ok(standing);
    const hops = await this.#hops(partner);
    if (!hops.ok) return hops;
    let last: Result<Flow> = no(fault("remote-server-not-found", partner.domain));
    for (const hop of hops.value) {
      last = await this.#transport.reach(hop);
      if (!last.ok) continue;
      const why = this.doubt(last.value, partner);
      if (why === undefined) {
        this.#standing.set(partner.domain, last.value);
        return last;
      }
      this.#site.log("warn", "SIP partner not trusted", { domain: partner.domain, host: hop.host, fault: why.code });
      last = no(why);
    }
    return last;
  }

  async #hops(partner: SipPartner): Promise<Result<readonly SipHop[]>> {
    const { random, resolver } = this.#site.world;
    const doors = { random, resolver };
    if (partner.routes.length === 0) {
      return sipTargets(
        {
          host: partner.domain,
          port: undefined,
          transport: "tls",
          secure: true,
          service: "federation",
          allowed: ["tls"],
        },
        doors,
      );
    }
    const hops: SipHop[] = [];
    let failed: Fault = fault("remote-server-not-found", partner.domain);
    for (const route of partner.routes.toSorted((a, b) => a.priority - b.priority)) {
      const found = await sipTargets(
        {
          host: route.host,
          port: route.port,
          transport: route.transport,
          secure: route.transport === "tls",
          service: "any",
          allowed: [route.transport],
        },
        doors,
      );
      if (found.ok) hops.push(...found.value);
      else failed = found.fault;
    }
    return hops.length > 0 ? ok(hops) : no(failed);
  }

  #judge(flow: Flow, partner: SipPartner): Fault | undefined {
    if (flow.tls === undefined) {
      const direct = flow.reliable && partner.addresses.includes(flow.remote.address);
      return direct ? undefined : fault("remote-untrusted", `no TLS from ${flow.remote.address}`);
    }
    const { settings, world } = this.#site;
    const { trusted, faults, path } = judge(flow.tls.peerChain, settings.trust, world.clock.now(), settings.limits);
    const [leaf] = path;
    if (!trusted || leaf === undefined) return faults[0] ?? fault("remote-untrusted", "no certificate");
    const wanted = new Set([...provingNames(partner), ...(this.#hosts.get(partner.domain) ?? [])]);
    const carried = [...leaf.names.dns, ...(leaf.names.dns.length === 0 ? [leaf.commonName ?? ""] : [])];
    const proves = carried.some((name) => wanted.has(name.toLowerCase()));
    return proves ? undefined : fault("remote-untrusted", `its certificate names ${carried.slice(0, 5).join(", ")}`);
  }

  /** The SRV records of partners without a static route, so that their edges' certificates are known when they come. */
  #learnHosts(): void {
    for (const { domain, routes } of this.#table.values()) if (routes.length === 0) this.#learn(domain);
    if (this.#table.size > 0) this.#site.wheel.set(this.#again, namesMs);
  }

  #learn(domain: DomainName): void {
    this.#site.world.resolver.resolve(`_sipfederationtls._tcp.${domain}`, "SRV").then((answer) => {
      if (!answer.ok) return;
      const targets = answer.value.records.map(({ target }) => target.toLowerCase());
      this.#hosts.set(domain, new Set(targets.filter((target) => target.endsWith(`.${domain}`))));
    }, this.#site.storeFailed);
  }
}
