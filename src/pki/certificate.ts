import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import { hex, sameBytes } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type Der, derTag, inside, readDer, timeFrom } from "./der.ts";
import { type DistinguishedName, printable, readName } from "./distinguished-name.ts";
import { type Extensions, noExtensions, readExtensions } from "./extensions.ts";
import { pemBlocks } from "./pem.ts";
import { readSignatureAlgorithm, type SignatureAlgorithm } from "./signature-algorithm.ts";

/** A certificate, read once (RFC 5280 §4.1). Made only by `readCertificate`; nothing in it has been judged yet. */
export type Certificate = Extensions & {
  readonly der: Uint8Array;
  /** 1 to 3. */
  readonly version: number;
  /** To read: "CN=ours.example, O=Ours". */
  readonly subject: string;
  readonly issuer: string;
  /** To compare names with (RFC 5280 §7.1). */
  readonly subjectKey: string;
  readonly issuerKey: string;
  /** In hex. */
  readonly serial: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly commonName: string | undefined;
  readonly signature: SignatureAlgorithm;
  /** "rsa", "ec", "ed25519"… as node:crypto names it. */
  readonly keyKind: string;
  /** Bits of an RSA modulus or of the curve; 0 when unknown. */
  readonly keyBits: number;
  readonly publicKey: KeyObject;
  /** SHA-256 of the certificate, and of its SubjectPublicKeyInfo, in lower-case hex without colons. */
  readonly fingerprint256: string;
  readonly keyFingerprint256: string;
  readonly x509: X509Certificate;
};

const bytesMaxDefault = 65_536;
/** Checking a signature with an RSA key beyond this costs more than a stranger may ask for. */
const rsaBitsMax = 16_384;

/** Reads a certificate. Never throws, whatever the bytes; fails with cert-unreadable, saying where it breaks off. */
export function readCertificate(der: Uint8Array, bytesMax = bytesMaxDefault): Result<Certificate> {
  if (der.byteLength > bytesMax) return unreadable(`${der.byteLength} bytes where at most ${bytesMax} are read`);
  const outer = readDer(der);
  const [tbs, algorithm, signatureValue, ...beyond] = inside(outer) ?? [];
  if (outer?.tag !== derTag.sequence || signatureValue?.tag !== derTag.bitString || beyond.length > 0) {
    return unreadable("it is not a certificate in DER");
  }
  const body = readBody(tbs);
  if (typeof body === "string") return unreadable(body);
  const { inner, spki, ...read } = body;
  // RFC 5280 §4.1.1.2: the algorithm outside the signed part is the one inside.
  if (algorithm === undefined || !sameBytes(algorithm.whole, inner.whole)) {
    return unreadable("it names two signature algorithms");
  }
  const signature = readSignatureAlgorithm(algorithm);
  if (signature === undefined) return unreadable("its signature algorithm is malformed");
  const key = readKey(der);
  if (key === undefined) return unreadable("its public key is of no kind known here, or malformed");
  if (key.keyKind.startsWith("rsa") && key.keyBits > rsaBitsMax) {
    return unreadable(`its RSA key has ${key.keyBits} bits where at most ${rsaBitsMax} are read`);
  }
  return ok({ ...read, ...key, der, signature, fingerprint256: sha256(der), keyFingerprint256: sha256(spki.whole) });
}

/** Reads every certificate of a PEM text, in its order; fails at the first that cannot be read. */
export function readCertificates(pem: string): Result<readonly Certificate[]> {
  const blocks = pemBlocks(pem);
  if (!blocks.ok) return blocks;
  const certificates: Certificate[] = [];
  for (const [at, der] of blocks.value.entries()) {
    const read = readCertificate(der);
    if (!read.ok) return no(fault("cert-unreadable", `certificate ${at + 1} of the file: ${read.fault.detail}`));
    certificates.push(read.value);
  }
  return ok(certificates);
}

/** What to call a certificate in a sentence: its common name, else its first DNS name, else its subject or serial. */
export function nameFor(certificate: Certificate): string {
  const { commonName, names, subject, serial } = certificate;
  const name = commonName || names.dns[0] || subject;
  return printable(name === "" ? `the certificate with serial ${serial}` : name);
}

/** Whether a certificate names itself as its issuer (RFC 5280 §6.1: self-issued). */
export function isSelfIssued(certificate: Certificate): boolean {
  return certificate.subjectKey === certificate.issuerKey;
}

/** Whether the key of `issuer` made the signature of `certificate`. One signature check; names are not looked at. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return certificate.x509.verify(issuer.publicKey);
  } catch {
    return false; // an algorithm this OpenSSL does not do, or does no more
  }
}

type Body = Extensions &
  Pick<
    Certificate,
    "version" | "subject" | "issuer" | "subjectKey" | "issuerKey" | "serial" | "notBefore" | "notAfter" | "commonName"
  > & { readonly inner: Der; readonly spki: Der };

/** TBSCertificate, RFC 5280 §4.1.2. The text says what is wrong with it. */
function readBody(tbs: Der | undefined): Body | string {
  const fields = tbs?.tag === derTag.sequence ? inside(tbs) : undefined;
  if (fields === undefined) return "its contents are not DER";
  const versioned = fields[0]?.tag === 0xa0;
  const version = versioned ? (inside(fields[0])?.[0]?.value[0] ?? 3) + 1 : 1;
  const [serial, inner, issuerDer, validity, subjectDer, spki, ...optional] = versioned ? fields.slice(1) : fields;
  if (version > 3 || serial?.tag !== derTag.integer || inner === undefined || spki === undefined) {
    return "its fields are not those of a certificate";
  }
  const [issuer, subject] = [readName(issuerDer), readName(subjectDer)];
  if (issuer === undefined || subject === undefined) return `its ${issuer ? "subject" : "issuer"} is malformed`;
  const [notBefore, notAfter] = (inside(validity) ?? []).map(timeFrom);
  if (notBefore === undefined || notAfter === undefined) return "its dates are malformed";
  const extensions = extensionsOf(optional, version);
  if (typeof extensions === "string") return extensions;
  return {
    ...extensions,
    ...namesOf(subject, issuer),
    version,
    serial: hex(serial.value),
    notBefore,
    notAfter,
    inner,
    spki,
  };
}

/** RFC 5280 §4.1.2.8, §4.1.2.9: [1] and [2] are unique identifiers, which nothing uses; [3] holds the extensions. */
function extensionsOf(optional: readonly Der[], version: number): Extensions | string {
  if (optional.some(({ tag }) => tag !== 0x81 && tag !== 0x82 && tag !== 0xa3)) return "it has fields nobody defined";
  const holder = optional.find(({ tag }) => tag === 0xa3);
  if (holder === undefined) return noExtensions;
  return version === 3 ? readExtensions(inside(holder)?.[0]) : "it has extensions, but is not of version 3";
}

function namesOf(subject: DistinguishedName, issuer: DistinguishedName) {
  return {
    subject: subject.text,
    subjectKey: subject.key,
    commonName: subject.commonName,
    issuer: issuer.text,
    issuerKey: issuer.key,
  };
}

function readKey(der: Uint8Array): Pick<Certificate, "x509" | "publicKey" | "keyKind" | "keyBits"> | undefined {
  try {
    const x509 = new X509Certificate(der);
    const { publicKey } = x509;
    const keyKind = publicKey.asymmetricKeyType ?? "unknown";
    const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
    // The names of curves carry their size: prime256v1, secp384r1, brainpoolP512r1.
    const keyBits = modulusLength ?? Number(/\d{3}/.exec(namedCurve ?? "")?.[0] ?? edwardsBits[keyKind] ?? 0);
    return { x509, publicKey, keyKind, keyBits };
  } catch {
    return undefined;
  }
}

const edwardsBits: Readonly<Record<string, number>> = { ed25519: 256, ed448: 456 };

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function unreadable(detail: string): ReturnType<typeof no> {
  return no(fault("cert-unreadable", detail));
}
