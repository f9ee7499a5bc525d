import type { Result } from "../base/result.ts";
import { ok } from "../base/result.ts";
import { readCertificate } from "../pki/certificate.ts";
import { readableNames } from "../pki/identity.ts";
import type { CertificateView } from "./node.ts";

/** What there is to show of a served certificate. Fails with cert-unreadable. */
export function certificateView(domain: string, file: string, leaf: Uint8Array): Result<CertificateView> {
  const read = readCertificate(leaf);
  if (!read.ok) return read;
  const { subject, issuer, notBefore, notAfter, fingerprint256 } = read.value;
  return ok({
    domain,
    file,
    subject,
    issuer,
    names: readableNames(read.value),
    notBefore,
    notAfter,
    fingerprint: fingerprint256,
  });
}
