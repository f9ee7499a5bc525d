import type { Availability } from "../presence/availability.ts";
import { type Element, textOf } from "../xml/element.ts";

/**
 * The words for what somebody does, of every dialect (sip-wire 2.4): RFC 4480 §3.2, the drafts before it, Microsoft's
 * tokens, and RFC 8048's <show/>. Those that say nothing of being reachable are left out: looking-for-work, other, playing,
 * unknown, working.
 */
const activities: ReadonlyMap<string, Availability> = new Map([
  ...all("away", "away breakfast dinner in-transit lunch meal shopping sleeping spectator travel tv worship"),
  ...all("busy", "busy performance presentation steering"),
  ...all("in-a-meeting", "appointment in-a-conference in-a-meeting meeting"),
  ...all("on-the-phone", "on-the-phone onthephone"),
  ...all("out-of-office", "holiday out-of-office permanent-absence vacation"),
  ...all("dnd", "dnd do-not-disturb in-presentation urgent-interruptions-only"),
  ...all("brb", "be-right-back berightback brb"),
  ...all("idle", "idle inactive"),
  ...all("xa", "xa"),
]);

function all(availability: Availability, words: string): readonly (readonly [string, Availability])[] {
  return words.split(" ").map((word) => [word, availability] as const);
}

/**
 * Of several activities, the one that tells most: our own documents say "busy" to those who know no more, and "on the
 * phone" beside it.
 */
const telling: readonly Availability[] = [
  "on-the-phone",
  "in-a-meeting",
  "out-of-office",
  "dnd",
  "brb",
  "xa",
  "busy",
  "idle",
  "away",
];

/** The state that is told by several together; undefined when there is none. */
export function mostTelling(...said: readonly ReadonlySet<Availability>[]): Availability | undefined {
  return telling.find((state) => said.some((each) => each.has(state)));
}

/**
 * What is said inside a tuple or a person, or in the status of one: activities as child elements or as text, <show/> (RFC
 * 8048), and the state of the keyboard (RFC 4480).
 */
export function statesIn(of: Element, states: Set<Availability> = new Set()): Set<Availability> {
  for (const child of of.children) {
    if (typeof child === "string") continue;
    switch (child.name) {
      case "activities":
        addNames(child, states);
        add(states, textOf(child));
        statesIn(child, states);
        break;
      case "activity":
        addNames(child, states);
        add(states, textOf(child));
        break;
      case "status":
        statesIn(child, states);
        break;
      case "show":
      case "user-input":
        add(states, textOf(child));
        break;
    }
  }
  return states;
}

function addNames(of: Element, states: Set<Availability>): void {
  for (const each of of.children) if (typeof each !== "string") add(states, each.name);
}

function add(states: Set<Availability>, word: string): void {
  const state = word.length < 100 ? activities.get(word.trim().toLowerCase()) : undefined;
  if (state !== undefined) states.add(state);
}
