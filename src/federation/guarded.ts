import type { DomainName } from "../base/domain-name.ts";
import type { Denials } from "./denial.ts";
import type { PartnerTable, Policy } from "./partner.ts";

/**
 * The table of partners over XMPP, with what goes before it: the deny list, and that a domain reached over SIP is not reached
 * over XMPP as well, by either side (RT-17).
 */
export function guarded(table: PartnerTable, denials: Denials, overSip: (domain: string) => boolean): PartnerTable {
  const narrowed = new Map<Policy, Policy[]>();
  return {
    rowFor: (foreign) => table.rowFor(foreign),
    policyFor(foreign: DomainName): Policy {
      const policy = table.policyFor(foreign);
      const other = overSip(foreign);
      const noIn = other || denials.refuses(foreign, "in");
      const noOut = other || denials.refuses(foreign, "out");
      if (!noIn && !noOut) return policy;
      const at = (noIn ? 1 : 0) + (noOut ? 2 : 0);
      let forms = narrowed.get(policy);
      if (forms === undefined) {
        forms = [];
        narrowed.set(policy, forms);
      }
      forms[at] ??= { ...policy, allowIn: policy.allowIn && !noIn, allowOut: policy.allowOut && !noOut };
      return forms[at];
    },
  };
}
