import type { DomainName } from "../base/domain-name.ts";
import type { Fault } from "../base/fault.ts";
import type { Credentials, Network } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Config } from "../config/schema.ts";
import { loadIdentity } from "../world/certificates.ts";
import { certificateFault, identityFiles } from "./certificates.ts";
import type { Home } from "./home.ts";

/** What one domain shows in handshakes. */
export type Identity = {
  readonly credentials: Credentials;
  /** When the certificate ends, milliseconds since 1970. */
  readonly notAfter: number;
  readonly fingerprint: string;
  /** What is not wrong enough to refuse it. */
  readonly warnings: readonly Fault[];
};
export type Identities = ReadonlyMap<DomainName, Identity>;

/**
 * Reads every domain's certificate and key. Fails with cert-unreadable or cert-key-mismatch at the first that is missing,
 * damaged or of another key, naming the file.
 */
export async function loadIdentities(
  home: Home,
  config: Config,
  network: Pick<Network, "credentials">,
): Promise<Result<Identities>> {
  const loaded = new Map<DomainName, Identity>();
  for (const files of identityFiles(home, config)) {
    const identity = await loadIdentity(files);
    if (!identity.ok) return no(certificateFault(files.domain, identity.fault));
    const { leaf, pem, warnings } = identity.value;
    const credentials = network.credentials(pem);
    if (!credentials.ok) return no(certificateFault(files.domain, credentials.fault));
    loaded.set(files.domain, {
      credentials: credentials.value,
      notAfter: leaf.notAfter,
      fingerprint: leaf.fingerprint256,
      warnings,
    });
  }
  return ok(loaded);
}

/** Domains whose certificate is another than before. */
export function renewed(before: Identities, after: Identities): readonly string[] {
  return [...after].flatMap(([domain, { fingerprint }]) => {
    const old = before.get(domain);
    return old === undefined || old.fingerprint === fingerprint ? [] : [domain];
  });
}
