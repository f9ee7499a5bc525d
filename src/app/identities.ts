import { X509Certificate } from "node:crypto";
import type { DomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import type { Credentials, Network } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Config } from "../config/schema.ts";
import { identityFiles, readIdentity } from "./certificates.ts";
import type { Home } from "./home.ts";

/** What each domain shows in handshakes, ready for them. */
export type Identities = ReadonlyMap<DomainName, Credentials>;

/**
 * Reads every domain's certificate and key. Fails with cert-unreadable at the first that is missing, damaged or of another
 * key, naming the file.
 */
export function loadIdentities(home: Home, config: Config, network: Pick<Network, "credentials">): Result<Identities> {
  const loaded = new Map<DomainName, Credentials>();
  for (const files of identityFiles(home, config)) {
    const identity = readIdentity(files);
    if (!identity.ok) return identity;
    const credentials = network.credentials(identity.value);
    if (!credentials.ok) {
      return no(fault(credentials.fault.code, `${files.certificate} with ${files.key}: ${credentials.fault.detail}`));
    }
    loaded.set(files.domain, credentials.value);
  }
  return ok(loaded);
}

/** Domains whose certificate is another than before. */
export function renewed(before: Identities, after: Identities): readonly string[] {
  return [...after].flatMap(([domain, { chain }]) => {
    const old = before.get(domain)?.chain[0];
    const leaf = chain[0];
    return old === undefined || leaf === undefined || Buffer.from(old).equals(leaf) ? [] : [domain];
  });
}

/** When a domain's certificate ends, milliseconds since 1970. */
export function expiry(credentials: Credentials): number {
  const [leaf] = credentials.chain;
  return leaf === undefined ? 0 : new X509Certificate(leaf).validToDate.getTime();
}
