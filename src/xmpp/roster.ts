import { fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { RosterItem } from "../base/store.ts";
import { type Element, elements, textOf } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import { parseJid } from "./jid.ts";
import { ns } from "./ns.ts";
import { attribute, type Envelope, stanzaText } from "./stanza.ts";
import { newItem, shown } from "./subscription.ts";

/** The stream feature that says roster versions are understood (RFC 6121 §2.6.1). */
export const versionFeature = `<ver xmlns='${ns.rosterVersions}'/>`;

/** What a client wants of its owner's roster (RFC 6121 §2.3 to §2.6). */
export type RosterRequest =
  /** `version`: what the client has, "" when it has nothing but knows versions, undefined when it does not. */
  | { readonly kind: "get"; readonly version: string | undefined }
  | { readonly kind: "set"; readonly contact: string; readonly name: string; readonly groups: readonly string[] }
  | { readonly kind: "remove"; readonly contact: string };

/**
 * Reads the <query/> of a roster get or set. Faults: bad-request (RFC 6121 §2.3.3: not one item, no address, an address with
 * a resource, the same group twice), not-acceptable (§2.3.3: a group without name, a name too long, too many groups),
 * jid-malformed, not-allowed (the owner's own address).
 */
export function readRoster(
  type: "get" | "set",
  query: Element,
  owner: string,
  limits: Pick<Limits, "rosterNameBytesMax" | "rosterGroupsMax">,
): Result<RosterRequest> {
  if (type === "get") return ok({ kind: "get", version: query.attrs.ver });
  const items = elements(query).filter((each) => each.name === "item" && each.ns === ns.roster);
  const [item] = items;
  if (item === undefined || items.length > 1) return no(fault("bad-request", "a roster set has exactly one item"));
  if (item.attrs.jid === undefined) return no(fault("bad-request", "the item has no address"));
  const jid = parseJid(item.attrs.jid);
  if (!jid.ok) return jid;
  if (jid.value.resource !== "") return no(fault("bad-request", "a contact's address has no resource"));
  const contact = jid.value.bare;
  // §2.5.1
  if (item.attrs.subscription === "remove") return ok({ kind: "remove", contact });
  if (contact === owner) return no(fault("not-allowed", "nobody is their own contact"));
  // §2.1.2: `subscription`, `ask` and `approved` are the server's to say and ignored
  const name = item.attrs.name ?? "";
  const groups = elements(item)
    .filter((each) => each.name === "group" && each.ns === ns.roster)
    .map(textOf);
  const tooLong = (text: string) => Buffer.byteLength(text) > limits.rosterNameBytesMax;
  if (new Set(groups).size < groups.length) return no(fault("bad-request", "the same group twice"));
  if (groups.includes("")) return no(fault("not-acceptable", "a group without name"));
  if (tooLong(name) || groups.some(tooLong)) return no(fault("not-acceptable", "a name is too long"));
  if (groups.length > limits.rosterGroupsMax) return no(fault("not-acceptable", "too many groups"));
  return ok({ kind: "set", contact, name, groups });
}

/** The item as a roster set leaves it: name and groups replaced, subscriptions as they were (RFC 6121 §2.3.2, §2.4.2). */
export function edited(
  existing: RosterItem | undefined,
  set: Extract<RosterRequest, { readonly kind: "set" }>,
): RosterItem {
  return { ...(existing ?? newItem(set.contact)), name: set.name, groups: set.groups };
}

/**
 * The answer to a roster get: the whole roster, or nothing at all when the client's version is the current one
 * (RFC 6121 §2.1.4, §2.6.2). `version` is the store's; items that only wait are not shown.
 */
export function rosterResult(
  request: Envelope,
  asked: string | undefined,
  version: number,
  items: Iterable<RosterItem>,
): string {
  const { to: from, from: to, id } = request;
  const envelope: Envelope = { name: "iq", from, to, type: "result", id };
  if (asked === String(version)) return stanzaText(envelope);
  let inside = "";
  for (const item of items) if (shown(item)) inside += itemText(item);
  return stanzaText(envelope, queryText(asked === undefined ? undefined : version, inside));
}

/** Tells one interested device of one changed or removed item (RFC 6121 §2.1.6, §2.6.3). */
export function rosterPush(
  to: string,
  id: string,
  item: RosterItem | { readonly contact: string; readonly removed: true },
  version: number,
): string {
  const inside = "removed" in item ? `<item${attribute("jid", item.contact)} subscription='remove'/>` : itemText(item);
  return stanzaText({ name: "iq", to, type: "set", id }, queryText(version, inside));
}

function queryText(version: number | undefined, inside: string): string {
  return `<query xmlns='${ns.roster}'${attribute("ver", version?.toString())}>${inside}</query>`;
}

function itemText(item: RosterItem): string {
  const tag =
    `<item${attribute("jid", item.contact)}${attribute("name", item.name || undefined)}` +
    ` subscription='${item.subscription}'${item.ask ? " ask='subscribe'" : ""}${item.approved ? " approved='true'" : ""}`;
  if (item.groups.length === 0) return `${tag}/>`;
  let inside = "";
  for (const group of item.groups) inside += `<group>${escapeXml(group)}</group>`;
  return `${tag}>${inside}</item>`;
}
