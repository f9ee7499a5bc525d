import type { DomainName } from "../base/domain-name.ts";
import type { SipPartner, SipPartnerTable, SipRoute } from "./sip-partner.ts";

/** One place that may say where a partner's servers are. */
export type SipLead =
  | { readonly kind: "routes"; readonly of: DomainName; readonly routes: readonly SipRoute[] }
  /**
   * DNS of a domain; `strict`: its `_sipfederationtls._tcp` record alone, for the domain's own addresses are a company's web
   * site and no gateway.
   */
  | { readonly kind: "dns"; readonly of: DomainName; readonly strict: boolean };

/**
 * Where to look for a partner's servers, in order; the first place that knows some decides.
 * - RT-01: its static routes, else DNS. Static wins.
 * - RT-02: a domain that AOL hosts, or clears for (RT-05): its own static routes and record, then those of AOL's default domain.
 * - RT-03: AOL's default domain itself: its static routes, else its record.
 */
export function sipLeads(partner: SipPartner, table: SipPartnerTable, aolDomain: DomainName): readonly SipLead[] {
  if (partner.type !== "aol") {
    const routes = inService(partner);
    return [routes ?? { kind: "dns", of: partner.domain, strict: false }];
  }
  return aolDomains(partner, aolDomain).flatMap((of): SipLead[] => {
    const named = table.get(of);
    const routes = named === undefined ? undefined : inService(named);
    return [...(routes === undefined ? [] : [routes]), { kind: "dns", of, strict: true }];
  });
}

/** The domains whose names prove a partner: what comes from AOL's gateway carries AOL's certificate, whomever AOL hosts. */
export function aolDomains({ domain, type }: SipPartner, aolDomain: DomainName): readonly DomainName[] {
  return type !== "aol" || domain === aolDomain ? [domain] : [domain, aolDomain];
}

function inService({ domain, routes }: SipPartner): SipLead | undefined {
  const usable = routes.filter((route) => route.inService);
  return usable.length === 0 ? undefined : { kind: "routes", of: domain, routes: usable };
}
