import { wordsFor } from "../base/fault.ts";
import { Alarm } from "../base/wheel.ts";
import { ipFamily, withoutBrackets } from "../dns/ip-literal.ts";
import { asExpected, compareAddresses, type PartnerAddresses } from "../federation/partner-addresses.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import type { SipPartners } from "./sip-partners.ts";
import type { Site } from "./site.ts";

/**
 * Keeps an eye on where partners are: AOL's gateway, and whoever has a list of addresses, is asked for in DNS again and again, for
 * firewalls were told those addresses, and "they may change" (sip-wire 5). What changes is logged, counted and shown.
 */
export class SipPartnerAddresses {
  readonly #site: Site;
  readonly #partners: SipPartners;
  readonly #known = new Map<string, PartnerAddresses>();
  readonly #again = new Alarm(() => this.#round());

  constructor(site: Site, partners: SipPartners) {
    this.#site = site;
    this.#partners = partners;
  }

  /** What was found of a partner; undefined when nobody looks, or nothing has come back yet. */
  of(domain: string): PartnerAddresses | undefined {
    return this.#known.get(domain);
  }

  /** The partners whose addresses are not those expected. */
  get surprising(): readonly string[] {
    return [...this.#known.values()].filter((each) => !asExpected(each)).map(({ domain }) => domain);
  }

  /** The partners are others: all are looked at now. */
  begin(): void {
    const watched = new Set(this.#watched.map(({ domain }) => domain as string));
    for (const domain of this.#known.keys()) if (!watched.has(domain)) this.#known.delete(domain);
    this.#round();
  }

  /** One partner, now. Never rejects. */
  async look(partner: SipPartner): Promise<PartnerAddresses> {
    const { domain } = partner;
    const before = this.#known.get(domain);
    const targets = await this.#partners.servers.lookUp(partner);
    const checkedAt = this.#site.world.clock.now();
    const found = targets.ok ? [...new Set(targets.value.map(({ address }) => address))] : (before?.found ?? []);
    const expected = partner.addresses.length > 0 ? partner.addresses : (before?.expected ?? found);
    const failed = targets.ok ? "" : wordsFor(targets.fault);
    const now: PartnerAddresses = {
      domain,
      checkedAt,
      failed,
      ...compareAddresses(expected, targets.ok || before !== undefined ? found : expected),
    };
    // Another answer may have come, or the partner have gone, meanwhile.
    if (this.#partners.of(domain) !== partner || !isWatched(partner)) return now;
    this.#known.set(domain, now);
    this.#report(before, now);
    return now;
  }

  get #watched(): readonly SipPartner[] {
    return [...this.#partners.all].filter(isWatched);
  }

  #round(): void {
    const watched = this.#watched;
    for (const partner of watched) this.look(partner).catch(this.#site.storeFailed);
    if (watched.length > 0) this.#site.wheel.set(this.#again, this.#site.settings.limits.partnerAddressesMs);
    else this.#site.wheel.clear(this.#again);
  }

  #report(before: PartnerAddresses | undefined, now: PartnerAddresses): void {
    const { metrics } = this.#site.world;
    metrics.series("comity_partner_addresses_unexpected").set(this.surprising.length);
    const { domain, found, added, gone, failed } = now;
    if (failed !== "" && before?.failed !== failed) {
      this.#site.log("warn", "SIP partner's addresses could not be looked up", { domain, why: failed });
    }
    const same = before === undefined ? asExpected(now) : before.found.join() === found.join();
    if (same || failed !== "") return;
    metrics.series("comity_partner_address_changes_total", domain).add(1);
    this.#site.log(asExpected(now) ? "info" : "warn", "SIP partner's addresses changed", {
      domain,
      found: found.join(", "),
      added: added.join(", ") || "none",
      gone: gone.join(", ") || "none",
    });
  }
}

function isWatched({ type, addresses, routes }: SipPartner): boolean {
  const named = routes.some(({ host }) => ipFamily(withoutBrackets(host)) === undefined);
  return (type === "aol" || addresses.length > 0) && (routes.length === 0 || named);
}
