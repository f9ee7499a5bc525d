import type { Availability } from "../presence/availability.ts";
import { type Element, textOf } from "../xml/element.ts";

/**
 * Of several activities, the one that tells most: our own documents say "busy" to those who know no more, and "on the
 * phone" beside it. A set of them is a number, with a bit for each.
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

/** What several things say together; no bits: nothing. */
export type States = number;

/**
 * The words for what somebody does, of every dialect (sip-wire 2.4): RFC 4480 §3.2, the drafts before it, Microsoft's
 * tokens, and RFC 8048's <show/>. Those that say nothing of being reachable are left out: looking-for-work, other, playing,
 * unknown, working.
 */
const activities: ReadonlyMap<string, States> = new Map([
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

function all(availability: Availability, words: string): readonly (readonly [string, States])[] {
  return words.split(" ").map((word) => [word, 1 << telling.indexOf(availability)] as const);
}

/** The state that is told by several together; undefined when there is none. */
export function mostTelling(states: States): Availability | undefined {
  return states === 0 ? undefined : telling[31 - Math.clz32(states & -states)];
}

/**
 * What is said inside a tuple or a person, or in the status of one: activities as child elements or as text, <show/> (RFC
 * 8048), and the state of the keyboard (RFC 4480).
 */
export function statesIn(of: Element): States {
  let states = 0;
  for (const child of of.children) {
    if (typeof child === "string") continue;
    switch (child.name) {
      case "activities":
        states |= namesIn(child) | said(textOf(child)) | statesIn(child);
        break;
      case "activity":
        states |= namesIn(child) | said(textOf(child));
        break;
      case "status":
        states |= statesIn(child);
        break;
      case "show":
      case "user-input":
        states |= said(textOf(child));
        break;
    }
  }
  return states;
}

function namesIn(of: Element): States {
  let states = 0;
  for (const each of of.children) if (typeof each !== "string") states |= said(each.name);
  return states;
}

function said(word: string): States {
  if (word === "" || word.length >= 100) return 0;
  return activities.get(word) ?? activities.get(word.trim().toLowerCase()) ?? 0;
}
