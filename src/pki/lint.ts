import { asciiOf, type DomainName, isIpLiteral } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { type Certificate, isSelfIssued, isSignedBy, nameFor } from "./certificate.ts";
import { printable } from "./distinguished-name.ts";
import { nameFault, provesDomain } from "./identity.ts";
import { dateFault, utc } from "./path-rules.ts";
import type { TrustStore } from "./trust-store.ts";
import { judgeRead } from "./verdict.ts";

const dayMs = 86_400_000;
/** Authorities that renew by themselves do so with 30 days left: fewer means that it did not work. */
export const warnDays = 21;

/**
 * What partners may find wrong with a chain we show for a domain (leaf first, as in the file), worst first; the fault
 * table's rows have the advice. Empty when all is well.
 */
export function lint(
  chain: readonly Certificate[],
  domain: DomainName,
  store: TrustStore,
  atMs: number,
): readonly Fault[] {
  const [leaf, ...others] = chain;
  if (leaf === undefined) return [fault("cert-missing")];
  const { faults } = judgeRead(leaf, others, store, atMs);
  return [
    ...faults.map((found) => (found.code === "cert-unknown-ca" ? (incomplete(chain) ?? found) : found)),
    ...namesLacking(leaf, domain),
    ...endsSoon(chain, atMs),
    ...outOfOrder(leaf, others),
    ...forServersOnly(leaf),
  ];
}

/**
 * C5: a chain without its intermediates is trusted by whoever happens to know them, and by nobody else. A certificate that
 * says where its issuer can be fetched has one that is not a root everybody knows; undefined when none says so.
 */
function incomplete(chain: readonly Certificate[]): Fault | undefined {
  const last = chain.find((each) => !isSelfIssued(each) && !chain.some((other) => other.subjectKey === each.issuerKey));
  const url = last?.issuerUrls[0];
  if (last === undefined || url === undefined) return undefined;
  const what = `${printable(last.issuer)}, the issuer of ${nameFor(last)}, is not there`;
  return fault("cert-chain-incomplete", `${what}; it can be fetched from ${printable(url)}`);
}

function namesLacking(leaf: Certificate, domain: DomainName): readonly Fault[] {
  const wrong = nameFault(leaf, domain, "xmpp-server") ?? nameFault(leaf, domain, "xmpp-client");
  if (wrong !== undefined) return [wrong];
  if (isIpLiteral(domain)) return [];
  // Many peers look at dNSName alone, so it is asked whether that would do.
  const dnsOnly = { ...leaf, names: { ...leaf.names, srv: [], xmppAddr: [] } };
  if (provesDomain(dnsOnly, domain, "xmpp-server")) return [];
  return [fault("cert-no-dns-name", `no dNSName ${asciiOf(domain)}`)];
}

function endsSoon(chain: readonly Certificate[], atMs: number): readonly Fault[] {
  return chain.flatMap((each) => {
    const days = Math.floor((each.notAfter - atMs) / dayMs);
    if (days >= warnDays || dateFault(each, atMs) !== undefined) return [];
    const left = days === 1 ? "1 day" : `${days} days`;
    return [fault("cert-expires-soon", `${nameFor(each)} ends ${utc(each.notAfter)}, in ${left}`)];
  });
}

/** RFC 8446 §4.4.2: each certificate is followed by its issuer's; a root may be left out, and is better left out. */
function outOfOrder(leaf: Certificate, others: readonly Certificate[]): readonly Fault[] {
  let before = leaf;
  for (const each of others) {
    if (isSelfIssued(before) || before.issuerKey !== each.subjectKey || !isSignedBy(before, each)) {
      return [fault("cert-chain-order", `${nameFor(each)} follows ${nameFor(before)}, but did not issue it`)];
    }
    before = each;
  }
  return [];
}

/** C1: partners that ask for the purpose clientAuth do not take it when we call them. */
function forServersOnly(leaf: Certificate): readonly Fault[] {
  const purposes = leaf.extendedKeyUsage;
  if (purposes === undefined || purposes.includes("clientAuth") || purposes.includes("any")) return [];
  return [fault("cert-server-only", `${nameFor(leaf)} is for ${purposes.join(", ")}`)];
}
