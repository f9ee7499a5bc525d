import type { Availability } from "./availability.ts";

/** What people read for each state. */
export const words: Readonly<Record<Availability, string>> = {
  available: "Available",
  idle: "Idle",
  away: "Away",
  xa: "Extended away",
  busy: "Busy",
  "on-the-phone": "On the phone",
  "in-a-meeting": "In a meeting",
  dnd: "Do not disturb",
  brb: "Be right back",
  "out-of-office": "Out of office",
  offline: "Offline",
};

/** Names other programs give the states; clients write them as notes (sip-wire 2.4, 6.9). Lower case. */
const names: ReadonlyMap<string, Availability> = new Map([
  ...Object.entries(words).map(([state, word]) => [word.toLowerCase(), state as Availability] as const),
  ["online", "available"],
  ["open", "available"],
  ["free", "available"],
  ["busy (dnd)", "dnd"],
  ["dnd", "dnd"],
  ["not available", "xa"],
  ["inactive", "idle"],
  ["closed", "offline"],
  ["appear offline", "offline"],
  ["unavailable", "offline"],
]);

/** The state that a text names and says nothing else; undefined for any other text, which is a note. */
export function stateNamed(text: string): Availability | undefined {
  return text.length > 20 ? undefined : names.get(text.trim().toLowerCase());
}
