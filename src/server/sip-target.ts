import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { StoredBinding } from "../base/store.ts";
import { readGruu } from "../sip/gruu.ts";
import { parameter } from "../sip/parameters.ts";
import { isSipUri, parseSipUri, parseUri, personOf } from "../sip/uri.ts";
import { jidOf } from "../translate/address.ts";
import { personJid } from "../translate/stanza.ts";
import type { Parcel } from "./parcel.ts";

/** Whom a Request-URI names. */
export type SipTarget = {
  /** The person, or by `gr` one XMPP device of theirs (RFC 7247 §5). */
  readonly to: Parcel["to"];
  /** A GRUU of ours (RFC 5627): of the person's SIP devices only those. */
  readonly leadsTo: ((binding: StoredBinding) => boolean) | undefined;
};

/**
 * Reads a Request-URI that is to name somebody. `isLocal` tells our own domains. Fails with sip-address-incomplete,
 * jid-malformed, domain-malformed, sip-uri-scheme, sip-malformed.
 */
export function sipTarget(text: string, secret: Uint8Array, isLocal: (domain: string) => boolean): Result<SipTarget> {
  const uri = parseUri(text);
  if (!uri.ok) return uri;
  if (!isSipUri(uri.value)) {
    const person = personOf(uri.value);
    return person.ok ? ok({ to: personJid(person.value.text), leadsTo: undefined }) : person;
  }
  const gr = parameter(uri.value.parameters, "gr");
  // Temporary ones have it empty (RFC 5627 §3.1.2), public ones name the instance; anything else is an XMPP device.
  const gruu = gr === "" || gr?.toLowerCase().startsWith("urn:") === true ? readGruu(uri.value, secret) : undefined;
  if (gruu !== undefined) {
    const aor = parseSipUri(`sip:${gruu.user}@${uri.value.host}`);
    const person = aor.ok ? personOf(aor.value) : aor;
    if (!person.ok) return person;
    if (isLocal(person.value.domain)) {
      return ok({ to: personJid(person.value.text), leadsTo: (binding) => gruu.leadsTo(binding) });
    }
  }
  const jid = jidOf(uri.value);
  if (!jid.ok) return jid;
  return jid.value.local === "" ? no(fault("sip-address-incomplete")) : ok({ to: jid.value, leadsTo: undefined });
}
