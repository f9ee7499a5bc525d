import type { DomainName } from "../base/domain-name.ts";
import type { MappingOverrides } from "../presence/mapping-overrides.ts";

/** What kind of network a SIP partner is: chooses its profile (`translate/sip-profile.ts`). */
export const sipPartnerTypes = ["ocs2007", "ocs2007r2", "lync2010", "sfb2019", "aol", "simple"] as const;
export type SipPartnerType = (typeof sipPartnerTypes)[number];

/** Kinds of network that take nothing but TLS (LIM-03 for AOL, LIM-04 for Lync); OCS may be met over TCP (RT-08). */
export const tlsOnly: ReadonlySet<SipPartnerType> = new Set(["lync2010", "sfb2019", "aol"]);
/**
 * How texts go to a partner: each by itself (RFC 3428), inside the dialog that an INVITE makes, or over a session of MSRP (RFC
 * 4975) that it agrees on. Whatever they open themselves is taken.
 */
export const sipModes = ["page", "session", "msrp"] as const;
export type SipMode = (typeof sipModes)[number];

/** One next hop for a partner, in place of DNS (SET-20 to SET-32). */
export type SipRoute = {
  /** A host name or an IP address. */
  readonly host: string;
  readonly port: number;
  readonly transport: "tls" | "tcp";
  /** Lower first; the next is tried when all of the better ones failed (SET-32). */
  readonly priority: number;
  /** The share among routes of one priority (SET-27). */
  readonly weight: number;
  /** False: parked, as if it were not there (SET-29). */
  readonly inService: boolean;
};

/** A foreign domain that is reached over SIP, as an administrator wrote it (SET-01 to SET-06). */
export type SipPartner = {
  readonly domain: DomainName;
  readonly type: SipPartnerType;
  /** Shown to users beside the domain (SET-02). */
  readonly description: string;
  /** Who may begin anything: both sides, only they, only we; "none" refuses the domain. */
  readonly direction: "both" | "in" | "out" | "none";
  /** Empty: `_sipfederationtls._tcp` of the domain says where (RT-01), else `_sips._tcp` (RFC 3263). */
  readonly routes: readonly SipRoute[];
  /** Names beside the domain and its routes' hosts that the partner's certificate may carry. */
  readonly names: readonly string[];
  /**
   * Addresses the partner is expected at. Without TLS (direct federation with OCS over TCP, RT-08) they are all that proves it;
   * with TLS they are what firewalls were told, and DNS is asked again and again whether they are still right.
   */
  readonly addresses: readonly string[];
  /** Requests a second it is sent at most; undefined: what suits its kind (PAR-07). */
  readonly rate: number | undefined;
  /** Connections we open to it at most; left out: what suits its kind. */
  readonly connections?: number;
  /** States that are shown otherwise than its kind's tables say. */
  readonly mapping: MappingOverrides;
  /** Only for type simple; undefined: as its profile has it. */
  readonly mode?: SipMode;
};

/** The SIP partners of the moment. */
export type SipPartnerTable = ReadonlyMap<string, SipPartner>;

/** AOL's one network has several domains (SET-06, RT-04): the entry of the domain itself, else the one that covers it. */
export function sipPartnerOf(table: SipPartnerTable, domain: string): SipPartner | undefined {
  const own = table.get(domain);
  if (own !== undefined || domain !== "aim.com") return own;
  const aol = table.get("aol.com");
  return aol?.type === "aol" ? aol : undefined;
}

/** The names that prove a partner when its certificate carries one (R7). */
export function provingNames(partner: SipPartner): readonly string[] {
  return [
    partner.domain,
    `sip.${partner.domain}`,
    ...partner.routes.map(({ host }) => host.toLowerCase()),
    ...partner.names,
  ];
}
