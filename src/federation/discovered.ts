import type { DomainName } from "../base/domain-name.ts";
import { noOverrides } from "../presence/mapping-overrides.ts";
import type { SipPartner, SipPartnerType } from "./sip-partner.ts";

/** A domain nobody configured, and what is known of how it is reached; for the operator. */
export type DiscoveredView = {
  readonly domain: string;
  /** "none": it names servers of neither protocol, and XMPP tries its own address. */
  readonly protocol: "xmpp" | "sip" | "none";
  /** How it is spoken to over SIP. */
  readonly type: SipPartnerType | undefined;
  /** What said so. */
  readonly why: "DNS" | "it came over SIP" | "it came over XMPP";
  /** Until when that is believed, milliseconds since 1970. */
  readonly untilMs: number;
};

/** What a domain that was found to speak SIP is as a partner: as one an administrator says nothing of. */
export function openPartner(
  domain: DomainName,
  type: SipPartnerType,
  may: { readonly in: boolean; readonly out: boolean },
): SipPartner {
  const direction = may.in && may.out ? "both" : may.in ? "in" : may.out ? "out" : "none";
  return {
    domain,
    type,
    description: "",
    direction,
    routes: [],
    names: [],
    addresses: [],
    rate: undefined,
    mapping: noOverrides,
  };
}
