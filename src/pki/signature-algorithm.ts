import { type Der, derTag, inside, oidFrom } from "./der.ts";

/** How a certificate is signed. */
export type SignatureAlgorithm = {
  /** To read: "RSA with SHA-256". */
  readonly text: string;
  /** The hash is MD2, MD5 or SHA-1: a signature that can be forged (RFC 9155, RFC 9325 §4.5). */
  readonly weak: boolean;
};

const hashes: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.5": "MD5",
  "1.3.14.3.2.26": "SHA-1",
  "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384",
  "2.16.840.1.101.3.4.2.3": "SHA-512",
  "2.16.840.1.101.3.4.2.4": "SHA-224",
};

/** RFC 3279, RFC 5758, RFC 4055, RFC 8410, RFC 9881. */
const algorithms: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.2": "RSA with MD2",
  "1.2.840.113549.1.1.4": "RSA with MD5",
  "1.2.840.113549.1.1.5": "RSA with SHA-1",
  "1.3.14.3.2.3": "RSA with MD5",
  "1.3.14.3.2.29": "RSA with SHA-1",
  "1.2.840.113549.1.1.11": "RSA with SHA-256",
  "1.2.840.113549.1.1.12": "RSA with SHA-384",
  "1.2.840.113549.1.1.13": "RSA with SHA-512",
  "1.2.840.113549.1.1.14": "RSA with SHA-224",
  "1.2.840.10040.4.3": "DSA with SHA-1",
  "2.16.840.1.101.3.4.3.1": "DSA with SHA-224",
  "2.16.840.1.101.3.4.3.2": "DSA with SHA-256",
  "1.2.840.10045.4.1": "ECDSA with SHA-1",
  "1.2.840.10045.4.3.1": "ECDSA with SHA-224",
  "1.2.840.10045.4.3.2": "ECDSA with SHA-256",
  "1.2.840.10045.4.3.3": "ECDSA with SHA-384",
  "1.2.840.10045.4.3.4": "ECDSA with SHA-512",
  "1.3.101.112": "Ed25519",
  "1.3.101.113": "Ed448",
  "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
  "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
  "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
};

/** Reads an AlgorithmIdentifier. Undefined when it is malformed; an unknown algorithm is shown by its OID. */
export function readSignatureAlgorithm(der: Der | undefined): SignatureAlgorithm | undefined {
  const [type, parameters] = (der?.tag === derTag.sequence ? inside(der) : undefined) ?? [];
  const oid = oidFrom(type);
  if (oid === undefined) return undefined;
  const text = oid === "1.2.840.113549.1.1.10" ? `RSA-PSS with ${pssHash(parameters)}` : (algorithms[oid] ?? oid);
  return { text, weak: /(?:MD2|MD5|SHA-1)$/.test(text) };
}

/** RFC 4055 §3.1: hashAlgorithm is [0], and SHA-1 when it is not there. */
function pssHash(parameters: Der | undefined): string {
  const field = inside(parameters)?.find(({ tag }) => tag === 0xa0);
  if (field === undefined) return "SHA-1";
  const oid = oidFrom(inside(inside(field)?.[0])?.[0]) ?? "?";
  return hashes[oid] ?? oid;
}
