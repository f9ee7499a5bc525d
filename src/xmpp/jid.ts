import { type Address, addressFrom } from "../base/address.ts";
import { type DomainName, isPlainDomain, parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { localpart, resourcepart } from "../base/precis.ts";
import { no, ok, type Result } from "../base/result.ts";

declare const parsed: unique symbol;

/** An XMPP address (RFC 7622), canonical: equal `full` is the same address. Made only by the functions of this file. */
export type Jid = {
  /** "" when there is none: the address of a domain. */
  readonly local: string;
  readonly domain: DomainName;
  /** "" when there is none: a bare address. */
  readonly resource: string;
  /** "alice@ours.example" or "ours.example" */
  readonly bare: string;
  /** "alice@ours.example/phone"; the same as `bare` without a resource. */
  readonly full: string;
  readonly [parsed]: true;
};

/** ASCII that stands in a localpart as it is: no capitals, no space, none of "&'/:<>@ (RFC 7622 §3.3.1). */
const plainLocal = new Uint8Array(128);
for (let code = 0x21; code < 0x7f; code++) {
  const character = String.fromCharCode(code);
  plainLocal[code] = /[A-Z"&'/:<>@]/.test(character) ? 0 : 1;
}

/**
 * Reads an address (RFC 7622 §3.1: the first "/" starts the resource, the first "@" before it ends the local part). Plain
 * ASCII in canonical form, as nearly all are, costs one pass. Fails with jid-malformed or domain-malformed.
 */
export function parseJid(text: string): Result<Jid> {
  const slash = text.indexOf("/");
  const bare = slash < 0 ? text : text.slice(0, slash);
  const at = bare.indexOf("@");
  const domain = at < 0 ? bare : bare.slice(at + 1);
  const resource = slash < 0 ? "" : text.slice(slash + 1);
  if (isPlainDomain(domain) && (at < 0 || isPlainLocal(bare, at)) && (slash < 0 || isPlainResource(resource))) {
    const local = at < 0 ? "" : bare.slice(0, at);
    return ok({ local, domain, resource, bare, full: text } as unknown as Jid);
  }
  return enforced(at < 0 ? undefined : bare.slice(0, at), domain, slash < 0 ? undefined : resource);
}

function isPlainLocal(text: string, length: number): boolean {
  if (length === 0 || length > 1023) return false;
  for (let at = 0; at < length; at++) if (plainLocal[text.charCodeAt(at)] !== 1) return false;
  return true;
}

function isPlainResource(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > 1023) return false;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function enforced(local: string | undefined, domain: string, resource: string | undefined): Result<Jid> {
  const host = parseDomainName(domain);
  if (!host.ok) return host;
  const name = local === undefined ? ok("") : localpart(local);
  if (!name.ok) return name;
  const device = resource === undefined ? ok("") : resourcepart(resource);
  return device.ok ? ok(joined(name.value, host.value, device.value)) : device;
}

function joined(local: string, domain: DomainName, resource: string): Jid {
  const bare = local === "" ? domain : `${local}@${domain}`;
  return { local, domain, resource, bare, full: resource === "" ? bare : `${bare}/${resource}` } as unknown as Jid;
}

/** The same address with another resource, as text from outside. Fails with jid-malformed (empty, too long, not allowed). */
export function withResource(jid: Jid, resource: string): Result<Jid> {
  const device = resourcepart(resource);
  return device.ok ? ok(joined(jid.local, jid.domain, device.value)) : device;
}

/** The address without its resource. */
export function bareJid(jid: Jid): Jid {
  return jid.resource === "" ? jid : joined(jid.local, jid.domain, "");
}

/** The address of a domain itself. */
export function domainJid(domain: DomainName): Jid {
  return joined("", domain, "");
}

/** A person's address as a bare Jid. */
export function jidOf(address: Address): Jid {
  return joined(address.local, address.domain, "");
}

/** The person a Jid belongs to. Fails with jid-malformed for the address of a domain. */
export function addressOf(jid: Jid): Result<Address> {
  return jid.local === "" ? no(fault("jid-malformed", "no person, a domain")) : addressFrom(jid.local, jid.domain);
}
