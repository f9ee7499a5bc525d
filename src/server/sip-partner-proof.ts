import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import { provingNames, type SipPartner } from "../federation/sip-partner.ts";
import type { TrustStore } from "../pki/trust-store.ts";
import type { Flow } from "./sip-flow.ts";
import type { Site } from "./site.ts";

/** How long an SRV record's names are believed as a domain's before they are asked for again. */
const namesMs = 600_000;

/** How long a verdict on a connection's certificate is good for. */
const judgedMs = 60_000;

/** The names of a trusted certificate, and until when it is one: milliseconds since 1970. */
type Carried = { readonly names: readonly string[]; readonly until: number };

/** What proves a connection to be a partner's, or any domain's that speaks SIP (R7). */
export class SipPartnerProof {
  readonly #site: Site;
  /**
   * Hosts within a domain of its own that its SRV record names; their certificates prove the domain too (RT-01, R7). A host
   * elsewhere proves nothing: whoever forges a DNS answer could name their own, so an administrator writes such a name.
   */
  readonly #hosts = new Map<string, ReadonlySet<string>>();
  /** Those whose records have been asked for, whatever came back. */
  readonly #asked = new Set<string>();
  readonly #judged = new WeakMap<Flow, { again: number; by: TrustStore; carried: Result<Carried> }>();
  readonly #again = new Alarm(() => this.#learnAll());
  #wanted: ReadonlySet<string> = new Set();

  constructor(site: Site) {
    this.#site = site;
  }

  /** The domains whose SRV records are to be known from now on. */
  learn(domains: Iterable<string>): void {
    this.#wanted = new Set(domains);
    for (const known of this.#hosts.keys()) if (!this.#wanted.has(known)) this.#hosts.delete(known);
    for (const known of this.#asked) if (!this.#wanted.has(known)) this.#asked.delete(known);
    this.#learnAll();
  }

  /** One domain's SRV records, now; another answer is in force when it resolves. Never rejects. */
  async ask(domain: string): Promise<void> {
    const { resolver } = this.#site.world;
    // The same records as its servers are found by (RT-01, RFC 3263 §4.2).
    const names = ["_sipfederationtls", "_sips"].map((service) => `${service}._tcp.${domain}`);
    const answers = await Promise.all(names.map((name) => resolver.resolve(name, "SRV")));
    this.#asked.add(domain);
    if (answers.every(({ ok }) => !ok)) return;
    const targets = answers.flatMap((answer) =>
      answer.ok ? answer.value.records.map(({ target }) => target.toLowerCase()) : [],
    );
    this.#hosts.set(domain, new Set(targets.filter((target) => target.endsWith(`.${domain}`))));
  }

  /** What `ask` found for a domain that is not among those of `learn` counts no more. */
  forget(domain: string): void {
    if (this.#wanted.has(domain)) return;
    this.#hosts.delete(domain);
    this.#asked.delete(domain);
  }

  /** Whether a domain's SRV records have been asked for: before that, a certificate by one of their names proves nothing. */
  knows(domain: string): boolean {
    return this.#asked.has(domain);
  }

  /** Why nothing a connection shows is believed here; undefined when its certificate is trusted, whatever names it carries. */
  distrust(flow: Flow): Fault | undefined {
    const carried = this.#carried(flow);
    return carried.ok ? undefined : carried.fault;
  }

  /**
   * Until when a connection proves to be the partner's, or why it does not. Its certificate is trusted here and carries a name
   * of the partner, or of a domain that speaks for it; without TLS only the addresses an administrator wrote count (RT-08).
   */
  prove(flow: Flow, partner: SipPartner, speaking: readonly SipPartner[]): Result<number> {
    if (flow.tls === undefined) {
      const direct = flow.reliable && partner.type !== "aol" && partner.addresses.includes(flow.remote.address);
      return direct
        ? ok(Number.POSITIVE_INFINITY)
        : no(fault("remote-untrusted", `no TLS from ${flow.remote.address}`));
    }
    return this.#among(this.#carried(flow), speaking, []);
  }

  /** Why a chain of certificates on another connection, leaf first, does not prove it; it may carry one of some names more. */
  doubtOf(
    chain: readonly Uint8Array[],
    speaking: readonly SipPartner[],
    more: readonly string[] = [],
  ): Fault | undefined {
    const proved = this.#among(this.#judge(chain), speaking, more);
    return proved.ok ? undefined : proved.fault;
  }

  #among(carried: Result<Carried>, speaking: readonly SipPartner[], more: readonly string[]): Result<number> {
    if (!carried.ok) return carried;
    const wanted = new Set([
      ...speaking.flatMap((each) => [...provingNames(each), ...(this.#hosts.get(each.domain) ?? [])]),
      ...more,
    ]);
    const { names, until } = carried.value;
    if (names.some((name) => wanted.has(name.toLowerCase()))) return ok(until);
    return no(fault("remote-untrusted", `its certificate names ${names.slice(0, 5).join(", ")}`));
  }

  /** What its certificate carries, when that is trusted here; judged once a minute at most, however often it is asked for. */
  #carried(flow: Flow): Result<Carried> {
    const { settings, world } = this.#site;
    const now = world.clock.now();
    const before = this.#judged.get(flow);
    if (before !== undefined && before.by === settings.trust && now < before.again) return before.carried;
    const carried = this.#judge(flow.tls?.peerChain ?? []);
    const again = Math.min(now + judgedMs, carried.ok ? carried.value.until : Number.POSITIVE_INFINITY);
    this.#judged.set(flow, { again, by: settings.trust, carried });
    return carried;
  }

  #judge(chain: readonly Uint8Array[]): Result<Carried> {
    const { trusted, faults, path } = this.#site.judge(chain);
    const [leaf] = path;
    if (!trusted || leaf === undefined) return no(faults[0] ?? fault("remote-untrusted", "no certificate"));
    const names = [...leaf.names.dns, ...(leaf.names.dns.length === 0 ? [leaf.commonName ?? ""] : [])];
    return ok({ names, until: Math.min(...path.map(({ notAfter }) => notAfter)) });
  }

  /** The SRV records of partners without a static route, so that their edges' certificates are known when they come. */
  #learnAll(): void {
    for (const domain of this.#wanted) this.ask(domain).catch(this.#site.storeFailed);
    if (this.#wanted.size > 0) this.#site.wheel.set(this.#again, namesMs);
  }
}
