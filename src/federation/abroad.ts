import type { DomainName } from "../base/domain-name.ts";

/** What holds for all other domains together, beside the policy for each. */
export type AbroadRules = {
  /** AOL's own domain: where the servers of domains it hosts are looked for when they name none (SET-43). */
  readonly aolDomain: DomainName;
};

/** What holds when the configuration says nothing. */
export const usualAbroad: AbroadRules = {
  aolDomain: "aol.com" as DomainName,
};
