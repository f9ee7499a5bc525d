import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { RosterItem } from "../base/store.ts";
import { type Element, el } from "../xml/element.ts";
import * as blocking from "./blocking.ts";
import { ns } from "./ns.ts";
import { mayWatch } from "./subscription.ts";

/** XEP-0030 §3.1: who answers, by the registry's category and type. */
export type Identity = { readonly category: string; readonly type: string; readonly name?: string };

/** What there is to tell about one address. */
export type Disco = {
  readonly identities: readonly Identity[];
  /** Namespaces, in any order. */
  readonly features: readonly string[];
  readonly items: readonly { readonly jid: string; readonly name?: string; readonly node?: string }[];
};

/** Whether an iq get's payload is a question of XEP-0030. */
export function asksDisco(payload: Element): boolean {
  return payload.name === "query" && (payload.ns === ns.discoInfo || payload.ns === ns.discoItems);
}

/**
 * The answer to disco#info or disco#items (XEP-0030 §3, §4) about one address. There are no nodes here: asking for one is
 * item-not-found (§3.2, §4.2).
 */
export function discoPayload(query: Element, about: Disco): Result<Element> {
  if (query.attrs.node !== undefined && query.attrs.node !== "") return no(fault("item-not-found", "no such node"));
  if (query.ns === ns.discoItems) {
    return ok(el("query", ns.discoItems, {}, ...about.items.map((item) => el("item", ns.discoItems, item))));
  }
  const identities = about.identities.map((identity) => el("identity", ns.discoInfo, identity));
  const features = [...new Set(about.features)].sort().map((name) => el("feature", ns.discoInfo, { var: name }));
  return ok(el("query", ns.discoInfo, {}, ...identities, ...features));
}

/** The server itself: an IM server, and what its features say of themselves. */
export function serverDisco(name: string, features: readonly string[], items: Disco["items"] = []): Disco {
  return { identities: [{ category: "server", type: "im", name }], features: [...discoFeatures, ...features], items };
}

/** A domain that is reached through this server by another protocol, under the words an administrator wrote (SET-02). */
export function gatewayDisco(type: "simple" | "aim", name: string): Disco {
  const identity = { category: "gateway", type, ...(name === "" ? {} : { name }) };
  return { identities: [identity], features: discoFeatures, items: [] };
}

const discoFeatures: readonly string[] = [ns.discoInfo, ns.discoItems];
/** What the server does in a person's name, beside disco itself. */
const accountFeatures: readonly string[] = [blocking.feature];

/** A local person, answered by the server in their name (XEP-0030 §8, XEP-0163 §9). Devices are not listed. */
export const accountDisco: Disco = {
  identities: [{ category: "account", type: "registered" }],
  features: [...discoFeatures, ...accountFeatures],
  items: [],
};

/**
 * Whether somebody may ask about a local person: the person, and those who may see their presence; all others get
 * service-unavailable, as for people who do not exist (XEP-0030 §8, RFC 6121 §8.5.1).
 */
export function mayAskAbout(asker: string, person: string, item: RosterItem | undefined): boolean {
  return asker === person || mayWatch(item);
}
