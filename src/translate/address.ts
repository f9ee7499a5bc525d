import { asciiOf, parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { Memo } from "../base/memo.ts";
import { no, type Result } from "../base/result.ts";
import { parameter } from "../sip/parameters.ts";
import { decodedUser, type SipUri, unescaped } from "../sip/uri.ts";
import { localOfUser, parameterOfText, userOfLocal } from "../sip/user-part.ts";
import { bareJid, domainJid, type Jid, parseJid, withResource } from "../xmpp/jid.ts";

/**
 * The XMPP address a SIP URI names (RFC 7247 §5): user and host, `gr` as the resource; port and other parameters say
 * nothing there. A URI without user names the domain. Fails with sip-uri-scheme for sips:, which is not translated, since
 * XMPP could not keep its promise; with sip-address-incomplete, jid-malformed or domain-malformed when there is no such address.
 */
export function jidOf(uri: SipUri): Result<Jid> {
  if (uri.scheme === "sips") return no(fault("sip-uri-scheme", "sips is not passed on to XMPP"));
  const domain = parseDomainName(uri.host);
  if (!domain.ok) return domain;
  let jid: Result<Jid> = { ok: true, value: domainJid(domain.value) };
  if (uri.user !== "") {
    const user = decodedUser(uri);
    const local = user.ok ? localOfUser(user.value) : user;
    if (!local.ok) return local;
    // What a localpart may not have would be read as another address: "a@b@c", "a/b".
    jid = /[/@]/.test(local.value)
      ? no(fault("jid-malformed", "a character that no address may have"))
      : parseJid(`${local.value}@${domain.value}`);
    if (!jid.ok) return jid;
  }
  const device = parameter(uri.parameters, "gr") ?? "";
  if (device === "") return jid;
  const resource = unescaped(device); // Y-6: plain, not in hexadecimal
  return resource === undefined
    ? no(fault("jid-malformed", "gr: escapes that are no UTF-8"))
    : withResource(jid.value, resource);
}

/** The SIP URI of an XMPP address (RFC 7247 §5). The resource goes into `gr`, unless `gr` is false. */
export function sipUriOf(jid: Jid, { gr = true }: { readonly gr?: boolean } = {}): string {
  const host = asciiOf(jid.domain);
  const address = jid.local === "" ? `sip:${host}` : `sip:${userOfLocal(jid.local)}@${host}`;
  return gr && jid.resource !== "" ? `${address};gr=${parameterOfText(jid.resource)}` : address;
}

/** As many people as talk in a busy hour of a large organisation. */
const keptMax = 10_000;

const people = new Memo<{ readonly uri: string }>(keptMax, (bare) => {
  const jid = parseJid(bare);
  return { uri: jid.ok ? sipUriOf(jid.value) : "" };
});

/** The SIP URI of the person, whatever their device: read once, for the same few thousand are written to. */
export function personUriOf({ bare }: Jid): string {
  return people.get(bare).uri;
}

/** The address without its device. */
export function bareOf(jid: Jid): Jid {
  return bareJid(jid);
}

/** The address of one of its devices. Fails with jid-malformed. */
export function withDevice(jid: Jid, resource: string): Result<Jid> {
  return withResource(jid, resource);
}

/** An XMPP address from text. Fails with jid-malformed or domain-malformed. */
export function parseJidText(text: string): Result<Jid> {
  return parseJid(text);
}
