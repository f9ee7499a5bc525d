import { createPrivateKey, X509Certificate } from "node:crypto";
import { fault } from "../base/fault.ts";
import type { Credentials, PemIdentity } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Reads a PEM chain and its key as the real door does; the key is only looked at, simulated TLS signs nothing. */
export function readCredentials(pem: PemIdentity): Result<Credentials> {
  try {
    const chain = (pem.certificate.match(pemBlock) ?? []).map((block) => new X509Certificate(block));
    const [leaf] = chain;
    if (leaf === undefined) return no(fault("cert-unreadable", "no certificate in the file"));
    if (!leaf.checkPrivateKey(createPrivateKey(pem.key))) return no(fault("cert-unreadable", "key values mismatch"));
    return ok({ chain: chain.map((certificate) => certificate.raw), handle: undefined });
  } catch (error) {
    return no(fault("cert-unreadable", error instanceof Error ? error.message : ""));
  }
}
