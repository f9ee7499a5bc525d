import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Fault, fault } from "../base/fault.ts";
import type { Config } from "../config/schema.ts";
import { type PemSource, type TrustStore, trustStoreFrom } from "../pki/trust-store.ts";
import { systemAuthorities } from "../world/certificates.ts";
import { certificateFolder, type Home, pathIn } from "./home.ts";

/**
 * Whose signatures prove foreign servers: the system's authorities, the files of tls.trust, the development CA. What cannot
 * be read is told and left out.
 */
export function loadTrust(
  home: Home,
  config: Config,
): { readonly store: TrustStore; readonly faults: readonly Fault[] } {
  const named: PemSource[] = [];
  const faults: Fault[] = [];
  const files = config.tls.trust.files.map((file) => pathIn(home, file));
  const own = join(certificateFolder(home, config), "ca.pem");
  if (config.tls.development && existsSync(own)) files.push(own);
  for (const file of files) {
    try {
      named.push({ name: file, text: readFileSync(file, "utf8") });
    } catch (error) {
      faults.push(fault("cert-unreadable", `tls.trust.files: ${(error as Error).message}`));
    }
  }
  const system = config.tls.trust.system ? [systemAuthorities()] : [];
  const read = trustStoreFrom([...system, ...named]);
  // An old root of the system that is not taken is nothing the operator could mend.
  const mendable = read.faults.filter(({ detail }) => named.some(({ name }) => detail.startsWith(name)));
  return { store: read.store, faults: [...faults, ...mendable] };
}
