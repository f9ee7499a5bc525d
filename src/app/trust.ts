import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { type Fault, fault } from "../base/fault.ts";
import type { Config } from "../config/schema.ts";
import { type PemSource, type TrustStore, trustStoreFrom } from "../pki/trust-store.ts";
import { certificateFolder, type Home, pathIn } from "./home.ts";

/**
 * Whose signatures prove foreign servers: the system's authorities, the files of tls.trust, the development CA. A file that
 * cannot be read is a fault, certificates in it that cannot be read are told and left out.
 */
export function loadTrust(
  home: Home,
  config: Config,
): { readonly store: TrustStore; readonly faults: readonly Fault[] } {
  const sources: PemSource[] = [];
  const faults: Fault[] = [];
  if (config.tls.trust.system) sources.push({ name: "the system's authorities", text: systemAuthorities() });
  const files = config.tls.trust.files.map((file) => pathIn(home, file));
  const own = join(certificateFolder(home, config), "ca.pem");
  if (config.tls.development && existsSync(own)) files.push(own);
  for (const file of files) {
    try {
      sources.push({ name: file, text: readFileSync(file, "utf8") });
    } catch (error) {
      faults.push(fault("cert-unreadable", `tls.trust.files: ${(error as Error).message}`));
    }
  }
  const read = trustStoreFrom(sources);
  return { store: read.store, faults: [...faults, ...read.faults.filter((one) => !isSystems(one))] };
}

/** The operating system's bundle; where it has none, the one that comes with Node (Mozilla's). */
function systemAuthorities(): string {
  const system = getCACertificates("system");
  return (system.length > 0 ? system : getCACertificates("bundled")).join("\n");
}

/** An old root the reader does not take is nothing the operator could mend. */
function isSystems({ detail }: Fault): boolean {
  return detail.startsWith("the system's authorities");
}
