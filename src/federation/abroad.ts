import type { DomainName } from "../base/domain-name.ts";

/** What holds for all other domains together, beside the policy for each. */
export type AbroadRules = {
  /** AOL's own domain: where the servers of domains it hosts are looked for when they name none (SET-43). */
  readonly aolDomain: DomainName;
  /** A domain nobody configured may be reached over SIP when its DNS says so (SET-10, SET-13). */
  readonly openSip: boolean;
  /** Which protocol is used with a domain whose DNS names both (RT-17: never both at once). */
  readonly prefer: "xmpp" | "sip";
  /** People here are known to other domains by their email addresses (EML-01). */
  readonly emailAddresses: boolean;
};

/** What holds when the configuration says nothing: SIP is spoken with partners alone. */
export const usualAbroad: AbroadRules = {
  aolDomain: "aol.com" as DomainName,
  openSip: false,
  prefer: "xmpp",
  emailAddresses: false,
};
