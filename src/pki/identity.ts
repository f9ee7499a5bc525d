import { asciiOf, type DomainName, isIpLiteral, parseDomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Certificate } from "./certificate.ts";
import { printable } from "./distinguished-name.ts";

/** What a certificate may prove a domain for: the application service of SRVName (RFC 6120 §13.7.1.2.1). */
export type XmppService = "xmpp-server" | "xmpp-client";

export type IdentityOptions = {
  /**
   * Take the common name where the certificate has no name of another kind (RFC 6125 §6.4.4; RFC 9525 §2 forbids it). Only
   * for partners of 2010, whose certificates have nothing else.
   */
  readonly commonName?: boolean;
};

/**
 * Whether a certificate names an XMPP domain (RFC 6120 §13.7.1.2, RFC 9525 §6). Only names are compared: whether the
 * certificate is to be trusted says `judge`.
 */
export function provesDomain(
  certificate: Certificate,
  domain: DomainName,
  service: XmppService,
  options: IdentityOptions = {},
): boolean {
  const { names, commonName } = certificate;
  if (isIpLiteral(domain)) return names.ip.includes(addressIn(domain));
  const wanted = asciiOf(domain); // RFC 9525 §6.3: names are compared as A-labels
  return (
    names.dns.some((name) => coversHost(name, wanted)) ||
    names.srv.some((name) => coversService(name, wanted, service)) ||
    names.xmppAddr.some((name) => isAddressOf(name, domain)) ||
    (options.commonName === true && standsAlone(certificate) && coversHost(commonName ?? "", wanted))
  );
}

/** Why a certificate does not prove a domain: which names it has instead. Undefined when it does. */
export function nameFault(
  certificate: Certificate,
  domain: DomainName,
  service: XmppService,
  options: IdentityOptions = {},
): Fault | undefined {
  if (provesDomain(certificate, domain, service, options)) return undefined;
  const names = readableNames(certificate);
  const shown = names.slice(0, 8).join(", ") + (names.length > 8 ? ` and ${names.length - 8} more` : "");
  const { commonName } = certificate;
  const has = shown || (commonName ? `no name but the common name ${printable(commonName)}` : "no name at all");
  return fault("cert-wrong-name", `it has ${has}; wanted: ${printable(domain)}`);
}

/** Every name of a certificate that says whom it is for, fit to print: DNS names bare, others with their kind. */
export function readableNames(certificate: Certificate): readonly string[] {
  const { dns, srv, xmppAddr, ip } = certificate.names;
  return [
    ...dns,
    ...srv.map((name) => `SRVName ${name}`),
    ...xmppAddr.map((name) => `XmppAddr ${name}`),
    ...ip.map((name) => `IP ${name}`),
  ].map(printable);
}

/** RFC 6125 §6.4.4: the common name counts only if the certificate has no name made for the purpose. */
function standsAlone({ names }: Certificate): boolean {
  return names.dns.length + names.srv.length + names.xmppAddr.length + names.uri.length === 0;
}

/**
 * RFC 9525 §6.3: a star may be the whole left-most label and stands for exactly one label. Here at least two labels must
 * follow, so that nobody is called "*.com".
 */
function coversHost(presented: string, wanted: string): boolean {
  const name = presented.toLowerCase();
  if (!name.startsWith("*.")) return name === wanted;
  const below = name.slice(1);
  const dot = wanted.indexOf(".");
  return below.indexOf(".", 1) > 0 && dot > 0 && wanted.slice(dot) === below;
}

/** RFC 4985 §2, RFC 9525 §6.5: the service is compared without regard to case, the rest as a host. */
function coversService(presented: string, wanted: string, service: XmppService): boolean {
  const prefix = `_${service}.`;
  return presented.toLowerCase().startsWith(prefix) && coversHost(presented.slice(prefix.length), wanted);
}

/** RFC 6120 §13.7.1.4: for a server the address is the domain alone, in UTF-8. */
function isAddressOf(presented: string, domain: DomainName): boolean {
  const parsed = parseDomainName(presented);
  return parsed.ok && parsed.value === domain;
}

/** An IP literal as `Names` spells it: IPv6 without brackets, with all its groups. */
function addressIn(literal: DomainName): string {
  if (!literal.startsWith("[")) return literal;
  const [head = "", tail = ""] = literal.slice(1, -1).split("::");
  const groupsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  return [...before, ...Array(8 - before.length - after.length).fill("0"), ...after].join(":");
}
