import { hash } from "node:crypto";

/** A certificate's fingerprint as a session description has it (RFC 8122 §5). */
export type Fingerprint = {
  /** "sha-256": in lower case. */
  readonly hash: string;
  /** In upper case, with colons. */
  readonly value: string;
};

/** Those that prove something; MD5, MD2 and SHA-1 do not any more (RFC 8122 §5.1). */
const algorithms: Readonly<Record<string, string>> = { "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512" };

/** The value of an `a=fingerprint`; undefined when it is none. */
export function readFingerprint(text: string): Fingerprint | undefined {
  const [, name = "", value = ""] =
    /^([A-Za-z0-9-]{1,16}) ((?:[0-9A-Fa-f]{2}:){15,63}[0-9A-Fa-f]{2})$/.exec(text) ?? [];
  return name === "" ? undefined : { hash: name.toLowerCase(), value: value.toUpperCase() };
}

/** Of a certificate, in DER. */
export function fingerprintOf(certificate: Uint8Array, name = "sha-256"): Fingerprint | undefined {
  const algorithm = algorithms[name];
  if (algorithm === undefined) return undefined;
  const hex = hash(algorithm, certificate, "hex").toUpperCase();
  return { hash: name, value: hex.replace(/..(?=.)/g, "$&:") };
}

/**
 * Whether one of the fingerprints is the certificate's. Of several hashes the strongest one known here counts (RFC 8122 §5); a
 * list of nothing but hashes that prove nothing matches no certificate.
 */
export function matchesFingerprint(certificate: Uint8Array, fingerprints: readonly Fingerprint[]): boolean {
  const strongest = Object.keys(algorithms).findLast((name) => fingerprints.some((each) => each.hash === name));
  if (strongest === undefined) return false;
  const own = fingerprintOf(certificate, strongest);
  return fingerprints.some((each) => each.hash === strongest && each.value === own?.value);
}
