import { hex } from "../base/bytes.ts";
import { bitsFrom, booleanFrom, bytesAsText, countFrom, type Der, derTag, inside, oidFrom, readDer } from "./der.ts";
import { type Names, noNames, readGeneralNames } from "./general-names.ts";
import { type NameConstraints, readNameConstraints } from "./name-constraints.ts";

/** What the extensions of a certificate say (RFC 5280 §4.2). */
export type Extensions = {
  readonly names: Names;
  readonly isCa: boolean;
  /** How many CAs may follow below this one (RFC 5280 §4.2.1.9). Undefined: as many as you like. */
  readonly pathLen: number | undefined;
  /** Undefined: every use. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** By name where this table has one, else by OID. Undefined: every purpose. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** subjectKeyIdentifier and the keyIdentifier of authorityKeyIdentifier, in hex. */
  readonly keyId: string | undefined;
  readonly issuerKeyId: string | undefined;
  /** Where the issuer's certificate can be fetched (RFC 5280 §4.2.2.1). */
  readonly issuerUrls: readonly string[];
  /** Critical extensions this reader does not know: RFC 5280 §4.2 forbids trusting a certificate with one. */
  readonly criticalUnknown: readonly string[];
};

/** RFC 5280 §4.2.1.3, in the order of the bits. */
const keyUsages = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof keyUsages)[number];

const purposes: Readonly<Record<string, string>> = {
  "2.5.29.37.0": "any",
  "1.3.6.1.5.5.7.3.1": "serverAuth",
  "1.3.6.1.5.5.7.3.2": "clientAuth",
  "1.3.6.1.5.5.7.3.3": "codeSigning",
  "1.3.6.1.5.5.7.3.4": "emailProtection",
  "1.3.6.1.5.5.7.3.8": "timeStamping",
  "1.3.6.1.5.5.7.3.9": "ocspSigning",
};

export const noExtensions: Extensions = {
  names: noNames,
  isCa: false,
  pathLen: undefined,
  keyUsage: undefined,
  extendedKeyUsage: undefined,
  nameConstraints: undefined,
  keyId: undefined,
  issuerKeyId: undefined,
  issuerUrls: [],
  criticalUnknown: [],
};

/** What one extension adds; undefined when its value is malformed. */
type Reader = (value: Der) => Partial<Extensions> | undefined;

const nothing: Reader = () => ({});

const readers: Readonly<Record<string, Reader>> = {
  "2.5.29.14": (value) => (value.tag === derTag.octetString ? { keyId: hex(value.value) } : undefined),
  "2.5.29.15": readKeyUsage,
  "2.5.29.17": (value) => {
    const names = value.tag === derTag.sequence ? readGeneralNames(value) : undefined;
    return names === undefined ? undefined : { names };
  },
  "2.5.29.19": readBasicConstraints,
  "2.5.29.30": (value) => {
    const nameConstraints = readNameConstraints(value);
    return nameConstraints === undefined ? undefined : { nameConstraints };
  },
  "2.5.29.35": readAuthorityKeyId,
  "2.5.29.37": readExtendedKeyUsage,
  "1.3.6.1.5.5.7.1.1": readAuthorityAccess,
  // RFC 5280 §6.1.1 (c): any policy will do here, so policies, mappings and limits on them decide nothing.
  "2.5.29.32": nothing,
  "2.5.29.33": nothing,
  "2.5.29.36": nothing,
  "2.5.29.54": nothing,
};

/** Reads Extensions, the contents of [3] of a certificate. The text says what is wrong with them. */
export function readExtensions(der: Der | undefined): Extensions | string {
  if (der?.tag !== derTag.sequence) return "the extensions are malformed";
  const list = inside(der);
  if (list === undefined) return "the extensions are malformed";
  let found: Extensions = noExtensions;
  const seen = new Set<string>();
  const criticalUnknown: string[] = [];
  for (const extension of list) {
    const parts = inside(extension) ?? [];
    const oid = oidFrom(parts[0]);
    const critical = parts.length === 3 ? booleanFrom(parts[1]) : false;
    const octets = parts.at(-1);
    if (oid === undefined || critical === undefined || parts.length < 2 || octets?.tag !== derTag.octetString) {
      return "an extension is malformed";
    }
    // RFC 5280 §4.2: never the same one twice.
    if (seen.has(oid)) return `the extension ${oid} stands there twice`;
    seen.add(oid);
    const read = readers[oid];
    if (read === undefined) {
      if (critical) criticalUnknown.push(oid);
      continue;
    }
    const value = readDer(octets.value, extension.depth + 1);
    const added = value === undefined ? undefined : read(value);
    if (added === undefined) return `the extension ${oid} is malformed`;
    found = { ...found, ...added };
  }
  return { ...found, criticalUnknown };
}

function readKeyUsage(value: Der): Partial<Extensions> | undefined {
  const bits = bitsFrom(value);
  return bits === undefined ? undefined : { keyUsage: keyUsages.filter((_, at) => bits[at] === true) };
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
function readBasicConstraints(value: Der): Partial<Extensions> | undefined {
  const parts = value.tag === derTag.sequence ? inside(value) : undefined;
  if (parts === undefined || parts.length > 2) return undefined;
  const [flag, ...after] = parts[0]?.tag === derTag.boolean ? parts : [undefined, ...parts];
  const isCa = flag === undefined ? false : booleanFrom(flag);
  const pathLen = countFrom(after[0]);
  if (isCa === undefined || after.length > 1 || (after.length === 1 && pathLen === undefined)) return undefined;
  return { isCa, pathLen };
}

function readExtendedKeyUsage(value: Der): Partial<Extensions> | undefined {
  const oids = value.tag === derTag.sequence ? inside(value)?.map(oidFrom) : undefined;
  if (oids === undefined || oids.length === 0 || oids.includes(undefined)) return undefined;
  return { extendedKeyUsage: oids.map((oid = "") => purposes[oid] ?? oid) };
}

function readAuthorityKeyId(value: Der): Partial<Extensions> | undefined {
  const parts = value.tag === derTag.sequence ? inside(value) : undefined;
  const id = parts?.find((part) => part.tag === 0x80);
  return parts === undefined ? undefined : { issuerKeyId: id === undefined ? undefined : hex(id.value) };
}

/** AuthorityInfoAccess: a list of { method, location }; id-ad-caIssuers with a URI is what is wanted. */
function readAuthorityAccess(value: Der): Partial<Extensions> | undefined {
  const parts = value.tag === derTag.sequence ? inside(value) : undefined;
  if (parts === undefined) return undefined;
  const issuerUrls = parts.flatMap((part) => {
    const [method, location] = inside(part) ?? [];
    return oidFrom(method) === "1.3.6.1.5.5.7.48.2" && location?.tag === 0x86 ? [bytesAsText(location.value)] : [];
  });
  return { issuerUrls };
}
