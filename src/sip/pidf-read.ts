import type { Availability } from "../presence/availability.ts";
import { stateNamed } from "../presence/words.ts";
import { type Element, textOf } from "../xml/element.ts";
import { mostTelling, type States, statesIn } from "./pidf-activities.ts";
import {
  bareEntity,
  contactPriority,
  cutTo,
  firstNamed,
  named,
  type PresenceDocument,
  type PresenceLimits,
  type PresenceTuple,
  textNamed,
  timeOf,
} from "./presence-fields.ts";

/**
 * PIDF (RFC 3863) with data model (RFC 4479), RPID (RFC 4480), CIPID (RFC 4482) and what came before them, in every dialect
 * of sip-wire 2.4: known by their names, in whatever namespace.
 */
export function readPidf(root: Element, limits: PresenceLimits): PresenceDocument {
  const persons = named(root, "person");
  const tuples = named(root, "tuple");
  let common = statesIn(root);
  for (const person of persons) common |= statesIn(person);
  const read = tuples.map((tuple) => readTuple(tuple, limits));
  const { tuple, states } = deciding(read);
  const said = mostTelling(states | common) ?? hinted(tuple?.note ?? "");
  return {
    entity: bareEntity(root.attrs.entity ?? ""),
    availability: availabilityOf(tuple, said),
    activity: said,
    number: undefined,
    note: cutTo(noteOf(tuple, persons, root), limits.presenceNoteBytesMax),
    displayName: cutTo(displayNameIn(root, tuples, persons), limits.presenceNoteBytesMax),
    priority: tuple?.priority ?? 0,
    timestamp: tuple?.timestamp ?? timeIn(persons[0]),
    tuples: read.map((each) => each.tuple),
    phone: phoneOf(read, common),
  };
}

type ReadTuple = { readonly tuple: PresenceTuple; readonly states: States };

function readTuple(element: Element, limits: PresenceLimits): ReadTuple {
  const contact = firstNamed(element, "contact");
  const states = statesIn(element);
  const tuple: PresenceTuple = {
    id: element.attrs.id ?? "",
    open: openOf(element),
    activity: mostTelling(states),
    note: cutTo(noteIn(element, isWritten) ?? "", limits.presenceNoteBytesMax),
    contact: textOf(contact).trim(),
    priority: contactPriority(contact?.attrs.priority),
    timestamp: timeIn(element),
  };
  return { tuple, states };
}

/** RFC 3863 §4.1.4. "unknown" and "?" (baresip) are not open; white space around the word is nothing. */
function openOf(tuple: Element): boolean | undefined {
  for (const status of named(tuple, "status")) {
    const basic = textNamed(status, "basic").toLowerCase();
    if (basic !== "") return basic === "open";
  }
  return undefined;
}

/**
 * The tuple that speaks for the person: an open one before all others, of those the one of the highest priority, of those
 * one without an activity (MAP-11: available if any device is), and then the first (readers that know only one read that).
 */
function deciding(tuples: readonly ReadTuple[]): {
  tuple: PresenceTuple | undefined;
  states: States;
} {
  let best: ReadTuple | undefined;
  for (const each of tuples) if (best === undefined || weight(each) > weight(best)) best = each;
  return best ?? { tuple: undefined, states: 0 };
}

function weight({ tuple }: ReadTuple): number {
  return (tuple.open === true ? 1_000 : 0) + 2 * tuple.priority + (tuple.activity === undefined ? 1 : 0);
}

function availabilityOf(tuple: PresenceTuple | undefined, said: Availability | undefined): Availability | undefined {
  if (tuple?.open === true) return said ?? "available";
  return tuple?.open === false ? "offline" : said;
}

/** Where nothing else tells the state, a note that is its name does (Jitsi, Kamailio pua_xmpp). */
function hinted(note: string): Availability | undefined {
  const state = stateNamed(note);
  return state === "available" || state === "offline" ? undefined : state;
}

/** MAP-11: off the hook is "closed" with an activity, or "on the phone" in any case; on the hook is "open" without. */
function phoneOf(tuples: readonly ReadTuple[], common: States): PresenceDocument["phone"] {
  let phone: PresenceDocument["phone"];
  for (const { tuple, states } of tuples) {
    const said = mostTelling(states | common);
    if (said === "on-the-phone" || (tuple.open === false && said === "busy")) return "off-hook";
    if (tuple.open === true) phone = "on-hook";
  }
  return phone;
}

/** The note for the person: of the tuple that speaks for them, else of a person, else of the whole. */
function noteOf(tuple: PresenceTuple | undefined, persons: readonly Element[], root: Element): string {
  if (tuple !== undefined && saysMore(tuple.note)) return tuple.note;
  for (const person of persons) {
    const note = noteIn(person, saysMore);
    if (note !== undefined) return note;
  }
  return noteIn(root, saysMore) ?? "";
}

/** The first such note of a tuple, a person or the whole, or else of the activities in them (RFC 4480). */
function noteIn(of: Element, isSuch: (note: string) => boolean): string | undefined {
  for (const note of named(of, "note")) {
    const text = textOf(note).trim();
    if (isSuch(text)) return text;
  }
  for (const each of named(of, "activities")) {
    for (const note of named(each, "note")) {
      const text = textOf(note).trim();
      if (isSuch(text)) return text;
    }
  }
  return undefined;
}

function isWritten(note: string): boolean {
  return note !== "";
}

/** More than which state it is. */
function saysMore(note: string): boolean {
  return note !== "" && stateNamed(note) === undefined;
}

function displayNameIn(root: Element, tuples: readonly Element[], persons: readonly Element[]): string {
  let name = textNamed(root, "display-name");
  for (const tuple of tuples) name ||= textNamed(tuple, "display-name");
  for (const person of persons) name ||= textNamed(person, "display-name");
  return name;
}

function timeIn(of: Element | undefined): number | undefined {
  return of === undefined ? undefined : timeOf(textNamed(of, "timestamp"));
}
