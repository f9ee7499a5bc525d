import type { Availability } from "./availability.ts";
import { words } from "./words.ts";

/** RFC 6121 §4.7.2.1; "" when there is no <show/>. */
export type Show = "" | "away" | "chat" | "dnd" | "xa";

/**
 * What XMPP shows for each state (sip-wire 2.4, last column; RFC 8048). `says`: <show/> cannot tell this state from
 * another one, so its word goes into <status/>, where people read it and other servers find it again.
 */
export const shows: Readonly<
  Record<Exclude<Availability, "offline">, { readonly show: Show; readonly says: boolean }>
> = {
  available: { show: "", says: false },
  idle: { show: "away", says: true },
  away: { show: "away", says: false },
  xa: { show: "xa", says: false },
  busy: { show: "dnd", says: true },
  "on-the-phone": { show: "dnd", says: true },
  "in-a-meeting": { show: "dnd", says: true },
  dnd: { show: "dnd", says: false },
  brb: { show: "away", says: true },
  "out-of-office": { show: "xa", says: true },
};

/** <show/> without a word beside it. `chat` is more of "available" (MAP-3). */
const shown: Readonly<Record<Show, Availability>> = {
  "": "available",
  chat: "available",
  away: "away",
  xa: "xa",
  dnd: "dnd",
};

/** The words that carry a state in <status/>, and beside which <show/> they do: anywhere else they are a note. */
const carried: ReadonlyMap<string, readonly [Availability, readonly Show[]]> = new Map([
  carrying("idle", ["away", "xa"]),
  carrying("busy", ["away", "dnd", "xa"]), // MAP-1 shows it beside "away"
  carrying("on-the-phone", ["", "away", "chat", "dnd", "xa"]),
  carrying("in-a-meeting", ["", "away", "chat", "dnd", "xa"]), // MAP-5 and MAP-6 beside no <show/> and beside "away"
  carrying("brb", ["away", "xa"]),
  carrying("out-of-office", ["away", "xa", "dnd"]),
]);

function carrying(state: Availability, beside: readonly Show[]): [string, readonly [Availability, readonly Show[]]] {
  return [words[state].toLowerCase(), [state, beside]];
}

const between = ": ";

export type XmppPresence = {
  /** False: presence of type "unavailable". */
  readonly available: boolean;
  readonly show: Show;
  /** "" when there is no <status/>. */
  readonly status: string;
};

/**
 * A state and its note as XMPP shows them: "On the phone", or "On the phone: back at three". A status text that a mapping
 * table gives (`Shown.text`) takes the place of the state's own word.
 */
export function toXmpp(availability: Availability, note: string, text = ""): XmppPresence {
  if (availability === "offline") return { available: false, show: "", status: note };
  const { show, says } = shows[availability];
  const word = text === "" && says ? words[availability] : text;
  return { available: true, show, status: withWord(word, note) };
}

/** A word and a note in one text; the note alone when it says the word itself. */
export function withWord(word: string, note: string): string {
  if (note === "" || word === "") return note === "" ? word : note;
  return note.toLowerCase().startsWith(word.toLowerCase()) ? note : `${word}${between}${note}`;
}

/** What XMPP presence says: a state, and the note that is left. An unknown <show/> is none (RFC 6121 §4.7.2.1). */
export function fromXmpp(
  available: boolean,
  show: string,
  status: string,
): { availability: Availability; note: string } {
  if (!available) return { availability: "offline", note: status };
  const known: Show = Object.hasOwn(shown, show) ? (show as Show) : "";
  const end = status.indexOf(between);
  const word = end === -1 ? status : status.slice(0, end);
  if (word.length > 0 && word.length < 20) {
    const found = carried.get(word.trim().toLowerCase());
    if (found?.[1].includes(known) === true) {
      return { availability: found[0], note: end === -1 ? "" : status.slice(end + between.length) };
    }
  }
  return { availability: shown[known], note: status };
}
