import type { PrivacyEntry, PrivacyRules } from "../base/store.ts";

/** What is to be another way in somebody's privacy lists; names are canonical bare addresses or domains. */
export type PrivacyChange = {
  /** What holds for everybody without an entry. */
  readonly otherwise?: PrivacyRules["otherwise"] | undefined;
  readonly allow?: readonly string[] | undefined;
  /** Who sees the person offline and can still write. */
  readonly hide?: readonly string[] | undefined;
  readonly block?: readonly string[] | undefined;
  /** Whose entries go. */
  readonly clear?: readonly string[] | undefined;
};

/** Rules of somebody who never said anything. */
export const noRules: PrivacyRules = { otherwise: "ask", entries: [] };

/**
 * The lists after a change: one entry a name (SUB-23: the first counts), at the place it had. Of a name that stands in several
 * parts of the change, blocking goes before hiding, that before allowing, and all before clearing.
 */
export function changedRules(rules: PrivacyRules, change: PrivacyChange): PrivacyRules {
  const entries = new Map<string, PrivacyEntry["rule"]>();
  for (const { who, rule } of rules.entries) if (!entries.has(who)) entries.set(who, rule);
  for (const who of change.clear ?? []) entries.delete(who);
  for (const who of change.allow ?? []) entries.set(who, "allow");
  for (const who of change.hide ?? []) entries.set(who, "hide");
  for (const who of change.block ?? []) entries.set(who, "block");
  return {
    otherwise: change.otherwise ?? rules.otherwise,
    entries: Array.from(entries, ([who, rule]) => ({ who, rule })),
  };
}

/**
 * The lists after somebody's rules about their presence were written (RFC 5025), which know no other block than "hide": who was
 * blocked stays so, whether these hide from them or do not speak of them, until they are allowed by name. So no SIP client takes
 * back unknowingly what an XMPP client or an administrator has blocked.
 */
export function withPresenceRules(rules: PrivacyRules, written: PrivacyRules): PrivacyRules {
  const block = blockedIn(rules);
  const said = new Map(written.entries.map(({ who, rule }) => [who, rule]));
  const entries = new Map<string, PrivacyEntry["rule"]>();
  for (const who of block) if (said.get(who) !== "allow") entries.set(who, "block");
  for (const { who, rule } of written.entries) if (!entries.has(who)) entries.set(who, rule);
  return { otherwise: written.otherwise, entries: Array.from(entries, ([who, rule]) => ({ who, rule })) };
}

/** Who is blocked, in the order of the list. */
export function blockedIn(rules: PrivacyRules): readonly string[] {
  return changedRules(rules, {}).entries.flatMap(({ who, rule }) => (rule === "block" ? [who] : []));
}
