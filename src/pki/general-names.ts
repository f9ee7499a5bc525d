import { bytesAsText, type Der, inside, oidFrom, textFrom } from "./der.ts";

/** The names a certificate carries in its subjectAltName (RFC 5280 §4.2.1.6), as they stand in it: compare, don't print. */
export type Names = {
  /** dNSName. */
  readonly dns: readonly string[];
  /** SRVName (RFC 4985): "_xmpp-server.ours.example". */
  readonly srv: readonly string[];
  /** XmppAddr (RFC 6120 §13.7.1.4). */
  readonly xmppAddr: readonly string[];
  readonly uri: readonly string[];
  /** iPAddress: "192.0.2.1", or all eight groups of IPv6 in lower case without leading zeros. */
  readonly ip: readonly string[];
  readonly email: readonly string[];
  /** What else there is, by kind: "directoryName", or the type of an otherName as an OID. */
  readonly other: readonly string[];
};

export const noNames: Names = { dns: [], srv: [], xmppAddr: [], uri: [], ip: [], email: [], other: [] };

/** id-on-xmppAddr, RFC 6120 §13.7.1.4. */
export const xmppAddrOid = "1.3.6.1.5.5.7.8.5";
/** id-on-dnsSRV, RFC 4985 §2. */
export const srvNameOid = "1.3.6.1.5.5.7.8.7";

/** One GeneralName, or one base of a name constraint. */
export type GeneralName = {
  readonly kind: keyof Names;
  readonly text: string;
  /** The contents, for kinds whose text is not enough: a directoryName's Name, an address with its mask. */
  readonly der: Der;
};

/** The context tags of GeneralName (RFC 5280 §4.2.1.6) that hold a plain IA5String. */
const plain: Readonly<Record<number, keyof Names>> = { 129: "email", 130: "dns", 134: "uri" };
const rest: Readonly<Record<number, string>> = {
  163: "x400Address",
  164: "directoryName",
  165: "ediPartyName",
  136: "registeredID",
};

/** Reads one GeneralName. Undefined when it is malformed. */
export function readGeneralName(der: Der): GeneralName | undefined {
  const kind = plain[der.tag];
  if (kind !== undefined) return { kind, text: bytesAsText(der.value), der };
  if (der.tag === 0x87) return { kind: "ip", text: addressText(der.value), der };
  if (der.tag === 0xa0) return readOtherName(der);
  const other = rest[der.tag];
  return other === undefined ? undefined : { kind: "other", text: other, der };
}

/** otherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, under an implicit [0]. */
function readOtherName(der: Der): GeneralName | undefined {
  const [type, wrapped, ...more] = inside(der) ?? [];
  const oid = oidFrom(type);
  const [value, ...further] = inside(wrapped) ?? [];
  if (oid === undefined || wrapped?.tag !== 0xa0 || value === undefined || more.length + further.length > 0) {
    return undefined;
  }
  const kind = oid === xmppAddrOid ? "xmppAddr" : oid === srvNameOid ? "srv" : undefined;
  if (kind === undefined) return { kind: "other", text: oid, der };
  const text = textFrom(value);
  return text === undefined ? undefined : { kind, text, der };
}

/** Reads GeneralNames into the names by kind. Undefined when any is malformed. */
export function readGeneralNames(der: Der | undefined): Names | undefined {
  const elements = inside(der);
  if (elements === undefined || elements.length === 0) return undefined;
  const names = elements.map(readGeneralName);
  const known = names.filter((name) => name !== undefined);
  if (known.length < names.length) return undefined;
  const of = (kind: keyof Names): readonly string[] =>
    known.filter((name) => name.kind === kind).map((name) => name.text);
  return {
    dns: of("dns"),
    srv: of("srv"),
    xmppAddr: of("xmppAddr"),
    uri: of("uri"),
    ip: of("ip"),
    email: of("email"),
    other: of("other"),
  };
}

/** Four bytes as dotted decimal, sixteen as eight groups of hexadecimal; anything else is no address and matches none. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.byteLength === 4) return bytes.join(".");
  if (bytes.byteLength !== 16) return `#${bytes.join(".")}`;
  const groups = Array.from({ length: 8 }, (_, at) => (bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(":");
}
