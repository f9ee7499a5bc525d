import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type SipTarget, sipTargets } from "../dns/sip-targets.ts";
import { type SipLead, sipLeads } from "../federation/sip-leads.ts";
import { type SipPartner, type SipPartnerTable, tlsOnly } from "../federation/sip-partner.ts";
import type { Site } from "./site.ts";

/** How long a partner's servers are believed to be where they were while DNS does not answer (RFC 8767 §5: one to three days). */
const lastKnownMs = 86_400_000;

/** Faults of DNS itself; "no such name" is an answer. */
const silences: ReadonlySet<string> = new Set(["dns-timeout", "dns-server-failure", "dns-malformed"]);

/** Where the servers of SIP partners are (RT-01 to RT-05). */
export class SipPartnerServers {
  readonly #site: Site;
  readonly #table: () => SipPartnerTable;
  /** Where they were when that was last found out. */
  readonly #lastKnown = new Map<string, { readonly targets: readonly SipTarget[]; readonly at: number }>();

  /** `table`: the partners of the moment. */
  constructor(site: Site, table: () => SipPartnerTable) {
    this.#site = site;
    this.#table = table;
  }

  /** Its servers, in the order to try: what the first of its leads that knows any says (RT-01 to RT-03). */
  async targets(partner: SipPartner): Promise<Result<readonly SipTarget[]>> {
    const now = this.#site.world.clock.now();
    const found = await this.lookUp(partner);
    if (found.ok) {
      this.#lastKnown.set(partner.domain, { targets: found.value, at: now });
      return found;
    }
    const known = this.#lastKnown.get(partner.domain);
    // RFC 8767: DNS that does not answer says nothing of where they are.
    if (silences.has(found.fault.code) && known !== undefined && now - known.at < lastKnownMs) {
      this.#site.log("warn", "SIP partner's servers taken as last known", {
        domain: partner.domain,
        fault: found.fault.code,
      });
      return ok(known.targets);
    }
    return found;
  }

  /** The same as it stands now, without what was known before. */
  async lookUp(partner: SipPartner): Promise<Result<readonly SipTarget[]>> {
    let failed: Fault | undefined;
    for (const lead of sipLeads(partner, this.#table(), this.#site.settings.abroad.aolDomain)) {
      const found = await this.#follow(lead, !tlsOnly.has(partner.type) && partner.addresses.length > 0);
      if (found.ok) return found;
      failed ??= found.fault;
    }
    return no(failed ?? fault("remote-server-not-found", partner.domain));
  }

  /** `clear`: in the clear too, for whom an administrator knows by address; nothing else proves anybody there (RT-08). */
  async #follow(lead: SipLead, clear: boolean): Promise<Result<readonly SipTarget[]>> {
    const { random, resolver } = this.#site.world;
    const tls = { secure: true, allowed: ["tls"] } as const;
    const any = { secure: false, allowed: ["tls", "tcp"] } as const;
    const found = await sipTargets(
      lead.kind === "dns"
        ? { host: lead.of, service: "federation", ...(clear ? any : { ...tls, transport: "tls" }) }
        : { host: lead.of, service: "any", staticRoutes: lead.routes, ...any },
      { random, resolver },
    );
    if (!found.ok || lead.kind !== "dns" || !lead.strict) return found;
    const named = found.value.filter(({ from }) => from === "federation srv");
    return named.length > 0 ? ok(named) : no(fault("dns-no-records", `_sipfederationtls._tcp.${lead.of}`));
  }
}
