import { type Fault, fault } from "../base/fault.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { pemBlocks } from "./pem.ts";

/** The certificates trusted here: authorities, and single certificates that were pinned. */
export type TrustStore = {
  /** Each once, in the order in which they were given. */
  readonly certificates: readonly Certificate[];
  has(certificate: Certificate): boolean;
  /** Those that may have issued a certificate, going by its issuer's name. */
  issuersOf(certificate: Certificate): readonly Certificate[];
};

/** A store of these certificates, the same one taken once. */
export function trustStore(certificates: Iterable<Certificate>): TrustStore {
  const byFingerprint = new Map<string, Certificate>();
  for (const each of certificates)
    if (!byFingerprint.has(each.fingerprint256)) byFingerprint.set(each.fingerprint256, each);
  const list = [...byFingerprint.values()];
  const bySubject = Map.groupBy(list, (certificate) => certificate.subjectKey);
  return {
    certificates: list,
    has: (certificate) => byFingerprint.has(certificate.fingerprint256),
    issuersOf: (certificate) => bySubject.get(certificate.issuerKey) ?? [],
  };
}

/** A PEM text and what to call it in a fault: its file, or "system". */
export type PemSource = { readonly name: string; readonly text: string };

/**
 * A store from PEM texts: bundles of files, the system's authorities. What cannot be read is left out and reported; the
 * rest still counts.
 */
export function trustStoreFrom(sources: readonly PemSource[]): {
  readonly store: TrustStore;
  readonly faults: readonly Fault[];
} {
  const faults: Fault[] = [];
  const certificates = new Map<string, Certificate>();
  for (const { name, text } of sources) {
    const blocks = pemBlocks(text);
    if (!blocks.ok) faults.push(fault("cert-unreadable", `${name}: ${blocks.fault.detail}`));
    for (const [at, der] of (blocks.ok ? blocks.value : []).entries()) {
      const same = Buffer.from(der).toString("base64");
      if (certificates.has(same)) continue;
      const read = readCertificate(der);
      if (read.ok) certificates.set(same, read.value);
      else faults.push(fault("cert-unreadable", `${name}, certificate ${at + 1}: ${read.fault.detail}`));
    }
  }
  return { store: trustStore(certificates.values()), faults };
}
