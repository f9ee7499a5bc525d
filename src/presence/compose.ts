import type { Availability } from "./availability.ts";
import type { Teller } from "./mapping-overrides.ts";
import { bareRegistration, nobody, type Rule, type Rules } from "./rules.ts";
import { type Source, tellerOf } from "./source.ts";

/** A person's presence, made of all that says something of them. */
export type Composed = {
  readonly availability: Availability;
  /** Of the source that decided; "" when it has none. */
  readonly note: string;
  /** What class of client, or what else, decided: partners are told by its table (MAP-2, MAP-3, MAP-11). */
  readonly by: Teller;
  /** What it said itself: a calendar's "out of office" may be shown as "away". */
  readonly own: Availability;
  /** Of the source that decided, -128 to 127. */
  readonly priority: number;
  /** When the source that decided came to say this: milliseconds since 1970; 0 when nothing speaks. */
  readonly since: number;
  /** Id of the rule that decided. */
  readonly rule: string;
  /** Ids of the sources the rule applied to, the one that decided first. */
  readonly from: readonly string[];
  /**
   * A message reaches a device now. Somebody on a desk phone alone is "on-the-phone" and not reachable: local watchers see
   * the call, partners see "offline" (MAP-4).
   */
  readonly reachable: boolean;
};

/** One rule that was tried, for `comity presence explain`. */
export type Tried = {
  readonly rule: string;
  readonly when: string;
  readonly applied: boolean;
  /** The state it gave; undefined when it gave none. */
  readonly result: Availability | undefined;
  /** Ids of the sources it applied to, or of those left out; the one that decided first. */
  readonly sources: readonly string[];
  readonly cite: string;
  readonly reason: string;
};

/** Composes a person's presence: the first rule that applies decides. Sources may stand in any order. */
export function compose(sources: readonly Source[], rules: Rules): Composed {
  const counted = withoutBareRegistrations(sources);
  let deviceOn = false;
  let reachable = false;
  for (const source of counted) {
    if (!isOn(source)) continue;
    deviceOn = true;
    if (source.priority >= 0) reachable = true; // RFC 6121 §8.5.2
  }
  for (const rule of rules) {
    const decided = appliedTo(rule, counted, deviceOn);
    const [first] = decided;
    if (first === undefined) continue;
    return {
      availability: rule.result === "its own" ? first.availability : rule.result,
      note: first.note,
      by: tellerOf(first),
      own: first.availability,
      priority: first.priority,
      since: first.since,
      rule: rule.id,
      from: decided.map(({ id }) => id),
      reachable,
    };
  }
  const { id, result } = nobody;
  return {
    availability: result,
    note: "",
    by: "xmpp3",
    own: result,
    priority: 0,
    since: 0,
    rule: id,
    from: [],
    reachable,
  };
}

/** The rules tried, in order, up to the one that decided: the same reading of the same table as `compose`. */
export function explain(sources: readonly Source[], rules: Rules): readonly Tried[] {
  const counted = withoutBareRegistrations(sources);
  const left = sources.filter((source) => !counted.includes(source)).map(({ id }) => id);
  const { id, ...said } = bareRegistration;
  const tried: Tried[] = [{ rule: id, ...said, applied: left.length > 0, result: undefined, sources: left }];
  const deviceOn = counted.some(isOn);
  for (const rule of rules) {
    const decided = appliedTo(rule, counted, deviceOn);
    const [first] = decided;
    const applied = first !== undefined;
    const result = !applied ? undefined : rule.result === "its own" ? first.availability : rule.result;
    const { when, cite, reason } = rule;
    tried.push({ rule: rule.id, when, applied, result, sources: decided.map((each) => each.id), cite, reason });
    if (applied) return tried;
  }
  const { id: last, ...words } = nobody;
  return [...tried, { rule: last, ...words, applied: true, sources: [] }];
}

/** The sources a rule applies to, the one that decides first: the last to change, then the highest priority. */
function appliedTo(rule: Rule, sources: readonly Source[], deviceOn: boolean): readonly Source[] {
  if (rule.withDevice === true && !deviceOn) return [];
  let found: Source[] | undefined;
  for (const source of sources) {
    if (!rule.kinds.includes(source.kind) || !rule.states.includes(source.availability)) continue;
    if (found === undefined) found = [source];
    else found.push(source);
  }
  if (found === undefined) return nothing;
  return found.length === 1 ? found : found.sort(byWeight);
}

const nothing: readonly Source[] = [];

function byWeight(a: Source, b: Source): number {
  return b.since - a.since || b.priority - a.priority || (a.id < b.id ? -1 : 1);
}

/** It is a device, and not off. */
function isOn({ kind, availability }: Source): boolean {
  return kind !== "phone" && kind !== "calendar" && availability !== "offline";
}

function withoutBareRegistrations(sources: readonly Source[]): readonly Source[] {
  let spoken = false;
  let registered = false;
  for (const source of sources) {
    if (source.kind === "registration") registered = true;
    else if (source.kind === "sip" || (source.kind === "xmpp" && isOn(source))) spoken = true;
  }
  return spoken && registered ? sources.filter(({ kind }) => kind !== "registration") : sources;
}
