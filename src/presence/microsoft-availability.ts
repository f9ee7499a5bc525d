import type { Availability } from "./availability.ts";

/** One band of Microsoft's numbers (MAP-10; sip-wire 2.4): from `from` up to the next band. */
export type Band = { readonly from: number; readonly availability: Availability; readonly idle: boolean };

/** In order. Some pages begin Available at 3000: below it an enhanced document says nothing. */
export const bands: readonly Band[] = [
  { from: 0, availability: "available", idle: false },
  { from: 4500, availability: "idle", idle: true },
  { from: 6000, availability: "busy", idle: false },
  { from: 7500, availability: "busy", idle: true },
  { from: 9000, availability: "dnd", idle: false },
  { from: 12000, availability: "brb", idle: false },
  { from: 15000, availability: "away", idle: false },
  { from: 18000, availability: "offline", idle: false },
];

const availableFrom = 3000;

/**
 * The state a number means, and whether its person is idle in it ("Busy, idle"). Undefined for what is no number of this
 * kind, and, in an enhanced document (`msrtc-event-categories`), below 3000.
 */
export function ofNumber(
  number: number,
  enhanced = false,
  table: readonly Band[] = bands,
): { readonly availability: Availability; readonly idle: boolean } | undefined {
  if (!(number >= (enhanced ? availableFrom : 0)) || number === Number.POSITIVE_INFINITY) return undefined;
  return table.findLast(({ from }) => number >= from);
}

/** The state of a number and of the token beside it: the token says more, but not of who is gone. */
export function stateOf(found: ReturnType<typeof ofNumber>, said: Availability | undefined): Availability | undefined {
  if (found === undefined || found.availability === "offline") return found?.availability;
  return said ?? found.availability;
}

/** The bands with others of an administrator's among them: each begins where it says, and goes up to the next. */
export function bandsWith(own: readonly Band[]): readonly Band[] {
  const rest = bands.filter(({ from }) => own.every((each) => each.from !== from));
  return [...rest, ...own].sort((a, b) => a.from - b.from);
}

/** What is published for a state: the number Office Communicator 2007 gives it, and the activity that rides on it. */
export const published: Readonly<Record<Availability, { readonly number: number; readonly activity: string }>> = {
  available: { number: 3500, activity: "" },
  idle: { number: 5000, activity: "" },
  busy: { number: 6500, activity: "" },
  "on-the-phone": { number: 6500, activity: "on-the-phone" },
  "in-a-meeting": { number: 6500, activity: "in-a-meeting" },
  dnd: { number: 9500, activity: "" },
  brb: { number: 12500, activity: "" },
  away: { number: 15500, activity: "" },
  xa: { number: 15500, activity: "" },
  "out-of-office": { number: 15500, activity: "out-of-office" },
  offline: { number: 18500, activity: "" },
};

/** The activities that say more than the number beside them. Lower case. */
const activities: Readonly<Record<string, Availability>> = {
  "on-the-phone": "on-the-phone",
  "in-a-meeting": "in-a-meeting",
  "in-a-conference": "in-a-meeting",
  "in-presentation": "dnd",
  "urgent-interruptions-only": "dnd",
  "out-of-office": "out-of-office",
};

/** The state of a Microsoft activity token; undefined for those that say no more than the number. */
export function ofActivity(token: string): Availability | undefined {
  const name = token.toLowerCase();
  return Object.hasOwn(activities, name) ? activities[name] : undefined;
}
