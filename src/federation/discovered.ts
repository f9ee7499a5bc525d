import { utf8 } from "../base/bytes.ts";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import type { Store } from "../base/store.ts";
import { noOverrides } from "../presence/mapping-overrides.ts";
import { type SipPartner, type SipPartnerType, sipPartnerTypes } from "./sip-partner.ts";

const reasons = ["DNS", "it came over SIP", "it came over XMPP"] as const;

/** A domain nobody configured, and what is known of how it is reached; for the operator. */
export type DiscoveredView = {
  readonly domain: DomainName;
  /** "none": it names servers of neither protocol, and XMPP tries its own address. */
  readonly protocol: "xmpp" | "sip" | "none";
  /** How it is spoken to over SIP. */
  readonly type: SipPartnerType | undefined;
  /** What said so. */
  readonly why: (typeof reasons)[number];
  /** When it was last found to be so, milliseconds since 1970. */
  readonly atMs: number;
  /** Until when that is believed without asking again. */
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

/** Under whose name the store keeps them, one document each by the domain's name: apart from what administrators write. */
const owner = "comity discovered";

/** Keeps, over restarts, what a domain was found to speak. */
export async function keepDiscovered(store: Pick<Store, "documents">, found: DiscoveredView): Promise<void> {
  await store.documents.put(owner, { name: found.domain, etag: "1", content: utf8(JSON.stringify(found)) });
}

/** False when nothing was kept of it. */
export function dropDiscovered(store: Pick<Store, "documents">, domain: string): Promise<boolean> {
  return store.documents.remove(owner, domain);
}

/** All that can be read, what was found first, first; a record of a later program that cannot is left out. */
export async function storedDiscovered(store: Pick<Store, "documents">): Promise<readonly DiscoveredView[]> {
  const documents = await store.documents.list(owner);
  const views = documents.flatMap(({ content }) => {
    try {
      const found = readDiscovered(JSON.parse(new TextDecoder().decode(content)));
      return found === undefined ? [] : [found];
    } catch {
      return [];
    }
  });
  return views.sort((a, b) => a.atMs - b.atMs);
}

function readDiscovered(value: unknown): DiscoveredView | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  const domain = typeof given.domain === "string" ? parseDomainName(given.domain) : undefined;
  const protocol = (["xmpp", "sip"] as const).find((each) => each === given.protocol);
  const type = sipPartnerTypes.find((each) => each === given.type);
  const why = reasons.find((each) => each === given.why);
  const { atMs, untilMs } = given;
  if (domain?.ok !== true || protocol === undefined || why === undefined) return undefined;
  if (typeof atMs !== "number" || typeof untilMs !== "number" || (protocol === "sip") !== (type !== undefined))
    return undefined;
  return { domain: domain.value, protocol, type, why, atMs, untilMs };
}
