import type { PrivacyEntry, PrivacyRules } from "../base/store.ts";

/** Who wants to see somebody. */
export type Watcher = {
  /** Bare address, canonical. */
  readonly address: string;
  /** Its domain, canonical. */
  readonly domain: string;
  /** One of our own people. */
  readonly local: boolean;
};

/** What the watched person's roster says of the watcher (RFC 6121 §2.1.2). */
export type RosterWord = {
  readonly subscription: "none" | "to" | "from" | "both";
  /** Approved before they asked (RFC 6121 §3.4). */
  readonly approved: boolean;
  /** They asked, and nobody has answered yet. */
  readonly pendingIn: boolean;
};

export type PrivacyQuestion = {
  /** The watched person's lists; undefined when they never said anything. */
  readonly rules: PrivacyRules | undefined;
  readonly watcher: Watcher;
  readonly roster: RosterWord | undefined;
  /** SUB-19, the administrator's switch: whom nobody is asked about. */
  readonly autoAuthorise: "none" | "local";
  /** SUB-25, the administrator's switch: false hides everyone from everyone. */
  readonly sharing: boolean;
};

export type PrivacyVerdict = {
  /**
   * - `allow`: the watcher sees the person
   * - `polite-block`: the watcher sees "offline", and no error (SUB-07)
   * - `pending`: the person is asked (SUB-04, SUB-05); until then the watcher sees nothing
   */
  readonly verdict: "allow" | "polite-block" | "pending";
  /** The requirement's id and words, for `comity presence explain` and the log. */
  readonly why: string;
};

/**
 * The one decision who may see whom, for SIP and XMPP watchers alike. Whether the watcher's domain may talk to us at all
 * (SUB-01, SUB-02) was decided before, and somebody always sees themselves.
 *
 * SUB-21 is not followed: there, who is in the contact list is let in without a question, also against a block of their
 * domain. A contact list says whom one wants to see, not by whom one wants to be seen (RFC 6121 §3.1.3 asks all the same);
 * and a block that does not hold is none. Who was let in once ("from", "both") or is approved stays let in until blocked.
 */
export function decide({ rules, watcher, roster, autoAuthorise, sharing }: PrivacyQuestion): PrivacyVerdict {
  if (!sharing) return blocked("SUB-25: sharing of availability is switched off");
  // SUB-03: the lists decide at once. SUB-10: a person's own entry goes before that of their domain.
  const entries = rules === undefined ? undefined : byName(rules.entries);
  const own = entries?.get(watcher.address);
  if (own === "block" || own === "hide") return blocked("SUB-07: blocked"); // SUB-22: auto-authorisation or not
  if (own === "allow") return allowed("SUB-03: allowed");
  const domain = entries?.get(watcher.domain);
  if (domain === "block" || domain === "hide") return blocked("SUB-10: the domain is blocked");
  if (domain === "allow") return allowed("SUB-10: the domain is allowed");
  if (roster?.subscription === "from" || roster?.subscription === "both") {
    return allowed("SUB-06: accepted before"); // SUB-09: by way of an XMPP client, which writes no list
  }
  if (roster?.approved === true) return allowed("SUB-06: approved before they asked");
  // SUB-23: what a person set for everybody else goes before the administrator's switch.
  if (rules?.otherwise === "block") return blocked("SUB-23: everybody not allowed is blocked");
  if (rules?.otherwise === "allow") return allowed("SUB-23: everybody not blocked is allowed");
  if (autoAuthorise === "local" && watcher.local) return allowed("SUB-19: local people need not ask");
  if (roster?.pendingIn === true) return { verdict: "pending", why: "SUB-05: asked, and not answered yet" };
  return {
    verdict: "pending",
    why: watcher.local ? "SUB-04: local people are to ask" : "SUB-20: people of other domains are to ask",
  };
}

/**
 * Whether somebody's own lists block a person by their address or their whole domain. Then nothing else of theirs is taken
 * either (XEP-0191). Who is only hidden from, or has no entry (SUB-23), can still write.
 */
export function isBlocked(rules: PrivacyRules, { address, domain }: Pick<Watcher, "address" | "domain">): boolean {
  const entries = byName(rules.entries);
  const own = entries.get(address);
  return own === "block" || (own !== "allow" && entries.get(domain) === "block");
}

/** The same of one device, by its full address. */
export function isDeviceBlocked(rules: PrivacyRules, full: string): boolean {
  return byName(rules.entries).get(full) === "block";
}

function allowed(why: string): PrivacyVerdict {
  return { verdict: "allow", why };
}

function blocked(why: string): PrivacyVerdict {
  return { verdict: "polite-block", why };
}

type Rule = PrivacyEntry["rule"];

/** Lists as maps, made once each: a person may have a thousand entries, and as many watchers to decide on. */
const maps = new WeakMap<readonly PrivacyEntry[], ReadonlyMap<string, Rule>>();

function byName(entries: readonly PrivacyEntry[]): ReadonlyMap<string, Rule> {
  let map = maps.get(entries);
  if (map === undefined) {
    // SUB-23: of two entries for one name the first counts.
    map = new Map(entries.map(({ who, rule }): [string, Rule] => [who, rule]).reverse());
    maps.set(entries, map);
  }
  return map;
}
