import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type Element, el, elements } from "../xml/element.ts";
import { parseJid } from "./jid.ts";
import { ns } from "./ns.ts";
import { payloadText, stanzaText } from "./stanza.ts";

/** XEP-0191 §3.1: what disco#info says. */
export const feature = ns.blocking;

/** What a client wants of its owner's block list. Names are canonical: bare addresses, domains, or full addresses of one device. */
export type BlockingRequest =
  | { readonly kind: "list" }
  | { readonly kind: "block"; readonly who: readonly string[] }
  /** None: everybody (XEP-0191 §3.5). */
  | { readonly kind: "unblock"; readonly who: readonly string[] };

/**
 * Reads the payload of a request in the namespace of XEP-0191. Faults: service-unavailable (no such request), bad-request (§3.3:
 * nobody to block, an item without address), jid-malformed, domain-malformed, not-acceptable (a resource of a whole domain),
 * not-allowed (the owner, or a device of theirs).
 */
export function readBlocking(type: "get" | "set", payload: Element, owner: string): Result<BlockingRequest> {
  if (type === "get") {
    return payload.name === "blocklist" ? ok({ kind: "list" }) : no(fault("service-unavailable"));
  }
  if (payload.name !== "block" && payload.name !== "unblock") return no(fault("service-unavailable"));
  const who: string[] = [];
  for (const item of elements(payload)) {
    if (item.name !== "item" || item.ns !== ns.blocking) continue;
    if (item.attrs.jid === undefined) return no(fault("bad-request", "the item has no address"));
    const jid = parseJid(item.attrs.jid);
    if (!jid.ok) return jid;
    const { resource, local, bare, full } = jid.value;
    if (resource !== "" && local === "")
      return no(fault("not-acceptable", "people, devices and domains can be blocked"));
    if (bare === owner) return no(fault("not-allowed", "nobody blocks themselves"));
    who.push(full);
  }
  if (payload.name === "unblock") return ok({ kind: "unblock", who });
  return who.length === 0 ? no(fault("bad-request", "there is nobody to block")) : ok({ kind: "block", who });
}

/** The answer to a request for the list (XEP-0191 §3.2). */
export function blocklist(who: readonly string[]): Element {
  return el("blocklist", ns.blocking, {}, ...itemsOf(who));
}

/** Tells one interested device who is now blocked, or is no more (XEP-0191 §3.3, §3.4). */
export function blockingPush(to: string, id: string, name: "block" | "unblock", who: readonly string[]): string {
  return stanzaText({ name: "iq", to, type: "set", id }, payloadText(el(name, ns.blocking, {}, ...itemsOf(who))));
}

function itemsOf(who: readonly string[]): readonly Element[] {
  return who.map((jid) => el("item", ns.blocking, { jid }));
}
