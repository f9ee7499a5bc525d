import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import { provingNames, type SipPartner } from "../federation/sip-partner.ts";
import type { TrustStore } from "../pki/trust-store.ts";
import { judge } from "../pki/verdict.ts";
import type { Flow } from "./sip-flow.ts";
import type { Site } from "./site.ts";

/** How long an SRV record's names are believed as a domain's before they are asked for again. */
const namesMs = 600_000;

/** How long a verdict on a connection's certificate is good for. */
const judgedMs = 60_000;

/** What proves a connection to be a partner's, or any domain's that speaks SIP (R7). */
export class SipPartnerProof {
  readonly #site: Site;
  /**
   * Hosts within a domain of its own that its SRV record names; their certificates prove the domain too (RT-01, R7). A host
   * elsewhere proves nothing: whoever forges a DNS answer could name their own, so an administrator writes such a name.
   */
  readonly #hosts = new Map<string, ReadonlySet<string>>();
  readonly #judged = new WeakMap<Flow, { at: number; by: TrustStore; carried: Result<readonly string[]> }>();
  readonly #again = new Alarm(() => this.#learnAll());
  #wanted: ReadonlySet<string> = new Set();

  constructor(site: Site) {
    this.#site = site;
  }

  /** The domains whose SRV records are to be known from now on. */
  learn(domains: Iterable<string>): void {
    this.#wanted = new Set(domains);
    for (const known of this.#hosts.keys()) if (!this.#wanted.has(known)) this.#hosts.delete(known);
    this.#learnAll();
  }

  /** One domain's SRV records, now; another answer is in force when it resolves. Never rejects. */
  async ask(domain: string): Promise<void> {
    const { resolver } = this.#site.world;
    // The same records as its servers are found by (RT-01, RFC 3263 §4.2).
    const names = ["_sipfederationtls", "_sips"].map((service) => `${service}._tcp.${domain}`);
    const answers = await Promise.all(names.map((name) => resolver.resolve(name, "SRV")));
    if (answers.every(({ ok }) => !ok)) return;
    const targets = answers.flatMap((answer) =>
      answer.ok ? answer.value.records.map(({ target }) => target.toLowerCase()) : [],
    );
    this.#hosts.set(domain, new Set(targets.filter((target) => target.endsWith(`.${domain}`))));
  }

  /** What `ask` found for a domain that is not among those of `learn` counts no more. */
  forget(domain: string): void {
    if (!this.#wanted.has(domain)) this.#hosts.delete(domain);
  }

  /** Why nothing a connection shows is believed here; undefined when its certificate is trusted, whatever names it carries. */
  distrust(flow: Flow): Fault | undefined {
    const carried = this.#carried(flow);
    return carried.ok ? undefined : carried.fault;
  }

  /**
   * Why a connection does not prove to be the partner's; undefined when it does. Its certificate is trusted here and carries a
   * name of the partner, or of a domain that speaks for it; without TLS only the addresses an administrator wrote count (RT-08).
   */
  doubt(flow: Flow, partner: SipPartner, speaking: readonly SipPartner[]): Fault | undefined {
    if (flow.tls === undefined) {
      const direct = flow.reliable && partner.type !== "aol" && partner.addresses.includes(flow.remote.address);
      return direct ? undefined : fault("remote-untrusted", `no TLS from ${flow.remote.address}`);
    }
    return this.#unless(this.#carried(flow), speaking, []);
  }

  /** The same of a chain of certificates on another connection, leaf first, which may carry one of some names more. */
  doubtOf(
    chain: readonly Uint8Array[],
    speaking: readonly SipPartner[],
    more: readonly string[] = [],
  ): Fault | undefined {
    return this.#unless(this.#judge(chain, this.#site.world.clock.now()), speaking, more);
  }

  #unless(
    carried: Result<readonly string[]>,
    speaking: readonly SipPartner[],
    more: readonly string[],
  ): Fault | undefined {
    if (!carried.ok) return carried.fault;
    const wanted = new Set([
      ...speaking.flatMap((each) => [...provingNames(each), ...(this.#hosts.get(each.domain) ?? [])]),
      ...more,
    ]);
    const proves = carried.value.some((name) => wanted.has(name.toLowerCase()));
    const names = carried.value.slice(0, 5).join(", ");
    return proves ? undefined : fault("remote-untrusted", `its certificate names ${names}`);
  }

  /** The names of its certificate, when that is trusted here; judged once a minute at most, however often it is asked for. */
  #carried(flow: Flow): Result<readonly string[]> {
    const { settings, world } = this.#site;
    const now = world.clock.now();
    const before = this.#judged.get(flow);
    if (before !== undefined && before.by === settings.trust && now - before.at < judgedMs) return before.carried;
    const carried = this.#judge(flow.tls?.peerChain ?? [], now);
    this.#judged.set(flow, { at: now, by: settings.trust, carried });
    return carried;
  }

  #judge(chain: readonly Uint8Array[], now: number): Result<readonly string[]> {
    const { settings } = this.#site;
    const { trusted, faults, path } = judge(chain, settings.trust, now, settings.limits);
    const [leaf] = path;
    if (!trusted || leaf === undefined) return no(faults[0] ?? fault("remote-untrusted", "no certificate"));
    return ok([...leaf.names.dns, ...(leaf.names.dns.length === 0 ? [leaf.commonName ?? ""] : [])]);
  }

  /** The SRV records of partners without a static route, so that their edges' certificates are known when they come. */
  #learnAll(): void {
    for (const domain of this.#wanted) this.ask(domain).catch(this.#site.storeFailed);
    if (this.#wanted.size > 0) this.#site.wheel.set(this.#again, namesMs);
  }
}
