import { join } from "node:path";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Config } from "../config/schema.ts";
import { lint } from "../pki/lint.ts";
import { type CertificateReport, certificateReport } from "../pki/report.ts";
import { loadIdentity } from "../world/certificates.ts";
import { type CertificateFiles, ensureDevelopmentCertificates } from "../world/development-certificates.ts";
import { certificateFolder, type Home, pathIn } from "./home.ts";
import { loadTrust } from "./trust.ts";

/** Where each domain's certificate and key are looked for: as the configuration names them, else in tls.certificates. */
export function identityFiles(home: Home, config: Config): readonly CertificateFiles[] {
  const folder = certificateFolder(home, config);
  return config.domains.map(({ name, certificate, key }) => ({
    domain: name,
    certificate: certificate === undefined ? join(folder, `${name}.pem`) : pathIn(home, certificate),
    key: key === undefined ? join(folder, `${name}.key`) : pathIn(home, key),
  }));
}

/**
 * Makes what is missing of the certificates of `tls: { development: true }`; without that, nothing. Files that a domain names
 * are its own: only those of the folder are made.
 * @param now milliseconds since 1970
 */
export async function ensureCertificates(home: Home, config: Config, now: number): Promise<Result<void>> {
  if (!config.tls.development) return ok(undefined);
  const named = new Set(config.domains.filter(({ certificate }) => certificate !== undefined).map(({ name }) => name));
  const wanted = identityFiles(home, config).filter(({ domain }) => !named.has(domain));
  const ensured = await ensureDevelopmentCertificates(certificateFolder(home, config), wanted, now);
  return ensured.ok ? ok(undefined) : ensured;
}

/** What to do about a domain without a certificate, beside what the fault's row advises. */
export function certificateFault(domain: string, failure: Fault): Fault {
  return fault(failure.code, `${domain}: ${failure.detail}; for a first try, write tls: { development: true }`);
}

/**
 * What there is to show of each domain's certificate, from its files. Fails with the fault of the first that cannot be read.
 * @param now milliseconds since 1970
 */
export async function certificateReports(
  home: Home,
  config: Config,
  now: number,
): Promise<Result<readonly CertificateReport[]>> {
  const { store } = loadTrust(home, config);
  const reports: CertificateReport[] = [];
  for (const files of identityFiles(home, config)) {
    const loaded = await loadIdentity(files);
    if (!loaded.ok) return no(certificateFault(files.domain, loaded.fault));
    const { chain, warnings } = loaded.value;
    const found = [...warnings, ...lint(chain, files.domain, store, now)];
    reports.push(certificateReport(files.domain, files.certificate, chain, found, now));
  }
  return ok(reports);
}
