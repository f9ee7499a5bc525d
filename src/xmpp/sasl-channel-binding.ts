import { createHash } from "node:crypto";
import { asBuffer } from "../base/bytes.ts";

/** What ties a sign-in to one TLS connection: the values both ends can know, undefined where there is none. */
export type ChannelBinding = {
  /** RFC 9266; only from TLS 1.3 on. */
  readonly "tls-exporter": Uint8Array | undefined;
  /** RFC 5929 §4: the hash of our certificate. */
  readonly "tls-server-end-point": Uint8Array | undefined;
};

export type BindingType = keyof ChannelBinding;

/** Strongest first. tls-unique is not among them: it is broken without extended master secrets (RFC 9266 §1). */
const types: readonly BindingType[] = ["tls-exporter", "tls-server-end-point"];

/** Without TLS. */
export const unbound: ChannelBinding = { "tls-exporter": undefined, "tls-server-end-point": undefined };

/** The types that can be used, strongest first. */
export function bindingTypes(binding: ChannelBinding): readonly BindingType[] {
  return types.filter((type) => binding[type] !== undefined);
}

export function isBindingType(text: string): text is BindingType {
  return (types as readonly string[]).includes(text);
}

/** What a finished handshake gives. `ownCertificate`: DER of the certificate we showed. */
export function channelBinding(
  exporter: Uint8Array | undefined,
  ownCertificate: Uint8Array | undefined,
): ChannelBinding {
  return {
    "tls-exporter": exporter,
    "tls-server-end-point": ownCertificate === undefined ? undefined : endPointHash(ownCertificate),
  };
}

/** Object identifiers of signature algorithms, in hex, and the hash that RFC 5929 §4.1 takes for them: SHA-256 at least. */
const hashes: Readonly<Record<string, string>> = {
  "2a864886f70d010104": "sha256", // RSA with MD5
  "2a864886f70d010105": "sha256", // RSA with SHA-1
  "2a864886f70d01010b": "sha256",
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2a864886f70d01010e": "sha224",
  "2a8648ce3d0401": "sha256", // ECDSA with SHA-1
  "2a8648ce3d040301": "sha224",
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
};
const pss = "2a864886f70d01010a";
/** Hash algorithms inside the parameters of RSASSA-PSS (RFC 4055 §3.1). */
const pssHashes: Readonly<Record<string, string>> = {
  "2b0e03021a": "sha256", // SHA-1
  "608648016503040201": "sha256",
  "608648016503040202": "sha384",
  "608648016503040203": "sha512",
  "608648016503040204": "sha224",
};

/**
 * The tls-server-end-point value of a certificate in DER. Undefined for one whose signature has no single hash (Ed25519), for
 * which RFC 5929 §4.1 leaves the type undefined.
 */
export function endPointHash(certificate: Uint8Array): Uint8Array | undefined {
  const der = asBuffer(certificate);
  // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } (RFC 5280 §4.1)
  const [, algorithm] = children(der, 0);
  const [oid, parameters] = algorithm === undefined ? [] : children(der, algorithm.from);
  if (oid === undefined) return undefined;
  const name = der.toString("hex", oid.start, oid.end);
  const hash = name === pss ? pssHash(der, parameters) : hashes[name];
  return hash === undefined ? undefined : createHash(hash).update(der).digest();
}

/** RFC 4055 §3.1: hashAlgorithm is field [0], SHA-1 when absent. */
function pssHash(der: Buffer, parameters: Field | undefined): string | undefined {
  const [field] = parameters === undefined ? [] : children(der, parameters.from);
  if (field === undefined || der[field.from] !== 0xa0) return "sha256";
  const [algorithm] = children(der, field.from);
  const [oid] = algorithm === undefined ? [] : children(der, algorithm.from);
  return oid === undefined ? undefined : pssHashes[der.toString("hex", oid.start, oid.end)];
}

/** One DER value: where it starts, and its contents. */
type Field = { readonly from: number; readonly start: number; readonly end: number };

function fieldAt(der: Buffer, from: number): Field | undefined {
  const first = der[from + 1];
  if (first === undefined) return undefined;
  const size = first < 0x80 ? 0 : first & 0x7f;
  if (size > 4 || from + 2 + size > der.length) return undefined;
  const length = size === 0 ? first : der.readUIntBE(from + 2, size);
  const start = from + 2 + size;
  return start + length > der.length ? undefined : { from, start, end: start + length };
}

/** The values inside the value at `from`. */
function children(der: Buffer, from: number): readonly Field[] {
  const outer = fieldAt(der, from);
  const found: Field[] = [];
  for (let at = outer?.start ?? 0; outer !== undefined && at < outer.end; ) {
    const field = fieldAt(der, at);
    if (field === undefined) return found;
    found.push(field);
    at = field.end;
  }
  return found;
}
