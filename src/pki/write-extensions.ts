import { asciiOf, type DomainName } from "../base/domain-name.ts";
import { writeDer, writeOid } from "./der-writer.ts";
import { type Names, srvNameOid, xmppAddrOid } from "./general-names.ts";

/** An extension to put into a certificate or a request: `value` is DER (RFC 5280 §4.2). */
export type ExtensionToWrite = { readonly oid: string; readonly critical: boolean; readonly value: Uint8Array };

/** The names a certificate is to carry. Domains in SRVName and dNSName are A-labels already. */
export type NamesToWrite = Partial<Pick<Names, "dns" | "srv" | "xmppAddr" | "uri">>;

/**
 * The names of an XMPP server's certificate (RFC 6120 §13.7.1.2.1): the domain as dNSName, as SRVName for servers and for
 * clients, and as XmppAddr.
 */
export function xmppNames(domain: DomainName): Required<NamesToWrite> {
  const ascii = asciiOf(domain);
  return {
    dns: [ascii],
    srv: [`_xmpp-server.${ascii}`, `_xmpp-client.${ascii}`],
    xmppAddr: [domain],
    uri: [],
  };
}

/** subjectAltName, RFC 5280 §4.2.1.6; critical when the subject is empty. */
export function writeNames(names: NamesToWrite, critical = false): ExtensionToWrite {
  const value = writeDer(
    0x30,
    ...(names.dns ?? []).map((name) => writeDer(0x82, Buffer.from(name, "latin1"))),
    ...(names.uri ?? []).map((name) => writeDer(0x86, Buffer.from(name, "latin1"))),
    ...(names.srv ?? []).map((name) => otherName(srvNameOid, writeDer(0x16, Buffer.from(name, "latin1")))),
    ...(names.xmppAddr ?? []).map((name) => otherName(xmppAddrOid, writeDer(0x0c, Buffer.from(name, "utf8")))),
  );
  return { oid: "2.5.29.17", critical, value };
}

function otherName(oid: string, value: Uint8Array): Buffer {
  return writeDer(0xa0, writeOid(oid), writeDer(0xa0, value));
}

/** authorityKeyIdentifier, RFC 5280 §4.2.1.1. */
export function writeIssuerKeyId(keyId: string): ExtensionToWrite {
  return { oid: "2.5.29.35", critical: false, value: writeDer(0x30, writeDer(0x80, Buffer.from(keyId, "hex"))) };
}

/** basicConstraints, RFC 5280 §4.2.1.9. */
export function writeBasicConstraints(isCa: boolean, pathLen: number | undefined): ExtensionToWrite {
  const flag = isCa ? [writeDer(0x01, Uint8Array.of(0xff))] : [];
  const length = pathLen === undefined ? [] : [writeDer(0x02, Uint8Array.of(pathLen))];
  return { oid: "2.5.29.19", critical: true, value: writeDer(0x30, ...flag, ...length) };
}

/** keyUsage, RFC 5280 §4.2.1.3: an authority signs certificates and lists of revoked ones, a server signs handshakes. */
export function writeKeyUsage(isCa: boolean): ExtensionToWrite {
  return { oid: "2.5.29.15", critical: true, value: Buffer.from(isCa ? "03020106" : "03020780", "hex") };
}

/** id-kp-serverAuth and id-kp-clientAuth, RFC 5280 §4.2.1.12. */
export const serverAuth = "1.3.6.1.5.5.7.3.1";
export const clientAuth = "1.3.6.1.5.5.7.3.2";

/** extendedKeyUsage, RFC 5280 §4.2.1.12. */
export function writePurposes(oids: readonly string[]): ExtensionToWrite {
  return { oid: "2.5.29.37", critical: false, value: writeDer(0x30, ...oids.map(writeOid)) };
}
