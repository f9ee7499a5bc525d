import type { DomainName } from "../base/domain-name.ts";
import { nameFault } from "../pki/identity.ts";
import type { Proof } from "../xmpp/s2s-policy.ts";
import type { Site } from "./site.ts";

/** What a chain shown by the other end of a link says about a foreign domain: trusted here, and in its name, or why not. */
export function proofOf(site: Site, chain: readonly Uint8Array[], domain: DomainName): Proof {
  const { trusted, faults, path } = site.judge(chain);
  const [leaf] = path;
  if (!trusted || leaf === undefined) return { proves: false, fault: faults[0] };
  const why = nameFault(leaf, domain, "xmpp-server");
  return { proves: why === undefined, fault: why };
}
