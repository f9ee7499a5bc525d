import { webcrypto } from "node:crypto";
import { type Certificate, readCertificate } from "../pki/certificate.ts";
import { toPem } from "../pki/pem.ts";
import {
  clientAuth,
  type ExtensionToWrite,
  type NamesToWrite,
  serverAuth,
  writeBasicConstraints,
  writeIssuerKeyId,
  writeKeyUsage,
  writeNames,
  writePurposes,
} from "../pki/write-extensions.ts";

// Making keys needs chance, and the platform gives it only together with the key: so this stands in `world/`, not `pki/`.

/** A certificate made here, with its key. */
export type Issued = { readonly certificate: Certificate; readonly key: webcrypto.CryptoKey; readonly pem: string };

export type KeyKind = "P-256" | "RSA-1024" | "RSA-2048";

/** What a certificate is to be. */
export type CertificateOrder = {
  readonly commonName: string;
  readonly names?: NamesToWrite;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Who signs; undefined: itself. */
  readonly issuer?: Pick<Issued, "certificate" | "key"> | undefined;
  /** An authority, which allows as many authorities below it (undefined: any number). */
  readonly authority?: { readonly pathLen?: number };
  /** Purposes as OIDs; without it: for TLS, on both ends; an empty list: no such extension. */
  readonly purposes?: readonly string[];
  /** Extensions beside the usual ones, or in their place. */
  readonly extensions?: readonly ExtensionToWrite[];
  /** The keys to use; without them new ones are made. */
  readonly keys?: webcrypto.CryptoKeyPair;
  readonly keyKind?: KeyKind;
  readonly hash?: "SHA-1" | "SHA-256";
};

/** @peculiar/x509 needs reflect-metadata loaded before it, and both are loaded only where a certificate is made. */
async function library(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

/** A new pair of keys, P-256 unless asked otherwise. */
export function makeKeys(kind: KeyKind = "P-256", hash = "SHA-256"): Promise<webcrypto.CryptoKeyPair> {
  if (kind === "P-256") {
    return webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  }
  const publicExponent = Uint8Array.of(1, 0, 1);
  const modulusLength = kind === "RSA-1024" ? 1024 : 2048;
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength, publicExponent, hash };
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** Makes and signs a certificate (RFC 5280 §4): the usual extensions for an authority or for a server, and its names. */
export async function issueCertificate(order: CertificateOrder): Promise<Issued> {
  const x509 = await library();
  const { issuer, authority, hash = "SHA-256" } = order;
  const keys = order.keys ?? (await makeKeys(order.keyKind, hash));
  const { type: oid, value } = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey);
  const subjectKeyId = { oid, critical: false, value: new Uint8Array(value) };
  const usual = [
    writeBasicConstraints(authority !== undefined, authority?.pathLen),
    writeKeyUsage(authority !== undefined),
    ...purposesOf(order),
    subjectKeyId,
    ...(issuer?.certificate.keyId === undefined ? [] : [writeIssuerKeyId(issuer.certificate.keyId)]),
    ...(order.names === undefined ? [] : [writeNames(order.names, order.commonName === "")]),
  ];
  const own = order.extensions ?? [];
  const extensions = [...usual.filter(({ oid }) => !own.some((other) => other.oid === oid)), ...own];
  const made = await x509.X509CertificateGenerator.create({
    subject: nameOf(order.commonName),
    issuer: issuer === undefined ? nameOf(order.commonName) : subjectOf(x509, issuer.certificate),
    notBefore: new Date(order.notBefore),
    notAfter: new Date(order.notAfter),
    publicKey: keys.publicKey,
    signingKey: issuer?.key ?? keys.privateKey,
    signingAlgorithm: { name: (issuer?.key ?? keys.privateKey).algorithm.name, hash },
    extensions: extensions.map((each) => new x509.Extension(each.oid, each.critical, bytesOf(each.value))),
  });
  const read = readCertificate(new Uint8Array(made.rawData));
  if (!read.ok) throw new Error(`made a certificate that cannot be read: ${read.fault.detail}`);
  return { certificate: read.value, key: keys.privateKey, pem: toPem(read.value.der) };
}

/** A private key as PEM (PKCS #8, RFC 5958), without a passphrase. */
export async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return toPem(new Uint8Array(await webcrypto.subtle.exportKey("pkcs8", key)), "PRIVATE KEY");
}

/** A P-256 private key from PKCS #8; throws when it is none. */
export function importKey(pkcs8: Uint8Array): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", bytesOf(pkcs8), { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
}

/** A certificate signing request (RFC 2986) and the new key it is for, both PEM: what a CA is sent. */
export async function makeRequest(
  commonName: string,
  names: NamesToWrite,
  keyKind: KeyKind = "P-256",
): Promise<{ readonly request: string; readonly key: string }> {
  const x509 = await library();
  const keys = await makeKeys(keyKind);
  const { oid, critical, value } = writeNames(names);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(commonName),
    keys,
    signingAlgorithm: { name: keys.privateKey.algorithm.name, hash: "SHA-256" },
    extensions: [new x509.Extension(oid, critical, bytesOf(value))],
  });
  return { request: toPem(new Uint8Array(request.rawData), "CERTIFICATE REQUEST"), key: await keyPem(keys.privateKey) };
}

function purposesOf(order: CertificateOrder): readonly ExtensionToWrite[] {
  const purposes = order.purposes ?? (order.authority === undefined ? [serverAuth, clientAuth] : []);
  return purposes.length === 0 ? [] : [writePurposes(purposes)];
}

function nameOf(commonName: string): { CN: string[] }[] {
  return commonName === "" ? [] : [{ CN: [commonName] }];
}

function subjectOf(x509: typeof import("@peculiar/x509"), certificate: Certificate) {
  return new x509.X509Certificate(bytesOf(certificate.der)).subjectName;
}

/** A copy in memory of its own, as WebCrypto's types want it. */
function bytesOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
