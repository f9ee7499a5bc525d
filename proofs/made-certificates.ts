import { writeDer } from "../src/pki/der-writer.ts";
import type { ExtensionToWrite } from "../src/pki/write-extensions.ts";
import { type CertificateOrder, type Issued, issueCertificate } from "../src/world/issue-certificate.ts";

/** The moment at which chains are judged, unless a case says otherwise. */
export const noon = Date.UTC(2026, 5, 15, 12);
export const day = 86_400_000;

/** Makes a certificate that is valid around noon; anything of the order may be said otherwise. */
export function make(commonName: string, order: Partial<CertificateOrder> = {}): Promise<Issued> {
  return issueCertificate({ commonName, notBefore: noon - 100 * day, notAfter: noon + 100 * day, ...order });
}

export function makeAuthority(commonName: string, order: Partial<CertificateOrder> = {}): Promise<Issued> {
  return make(commonName, { authority: {}, ...order });
}

/** A server's certificate for `domain`. */
export function makeServer(domain: string, issuer: Issued, order: Partial<CertificateOrder> = {}): Promise<Issued> {
  return make(domain, { issuer, names: { dns: [domain] }, ...order });
}

/** nameConstraints of DNS names, RFC 5280 §4.2.1.10. */
export function dnsConstraints(permitted: readonly string[], excluded: readonly string[] = []): ExtensionToWrite {
  const subtrees = (tag: number, bases: readonly string[]) =>
    bases.length === 0
      ? []
      : [writeDer(tag, ...bases.map((base) => writeDer(0x30, writeDer(0x82, Buffer.from(base)))))];
  const value = writeDer(0x30, ...subtrees(0xa0, permitted), ...subtrees(0xa1, excluded));
  return { oid: "2.5.29.30", critical: true, value };
}

/** The certificate with one bit of its signature turned. */
export function tampered(der: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(der);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}
