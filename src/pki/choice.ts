import type { DomainName } from "../base/domain-name.ts";
import type { Certificate } from "./certificate.ts";
import { provesDomain } from "./identity.ts";

/**
 * The one of several certificates to show for a domain: among those that name it, one that is valid now before one that is
 * not, then the one that lasts longest (C4, ejabberd#2454). Undefined when none names it.
 */
export function bestFor<Item extends { readonly leaf: Certificate }>(
  domain: DomainName,
  items: readonly Item[],
  atMs: number,
): Item | undefined {
  const naming = items.filter(
    ({ leaf }) => provesDomain(leaf, domain, "xmpp-server") && provesDomain(leaf, domain, "xmpp-client"),
  );
  const validNow = ({ leaf }: Item): boolean => leaf.notBefore <= atMs && atMs <= leaf.notAfter;
  const [best] = naming.toSorted(
    (a, b) => Number(validNow(b)) - Number(validNow(a)) || b.leaf.notAfter - a.leaf.notAfter,
  );
  return best;
}
