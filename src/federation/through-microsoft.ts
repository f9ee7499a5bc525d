import type { SipPartner, SipPartnerType } from "./sip-partner.ts";

const microsoft: ReadonlySet<SipPartnerType> = new Set(["ocs2007", "ocs2007r2", "lync2010", "sfb2019"]);

/**
 * EML-10, RT-11: servers of Microsoft's a partner is reached through that are our own organisation's: they stand in a domain of
 * ours, or of our people's email addresses, and not in the partner's. Such a server takes those addresses for its own people's. A
 * partner's own edge does not, and from one organisation to another email addresses are as good as any.
 */
export function throughOurMicrosoft({ type, domain, routes }: SipPartner, ours: Iterable<string>): readonly string[] {
  if (!microsoft.has(type)) return [];
  const own = [...ours];
  const hosts = routes.filter(({ host, inService }) => {
    return inService && !isWithin(host, domain) && own.some((each) => isWithin(host, each));
  });
  return [...new Set(hosts.map(({ host }) => host))];
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
