/** MAP-12: the states a person can be in, whatever said so. Every mapping and every rule speaks of these and no other. */
export const availabilities = [
  "available",
  "idle",
  "away",
  "xa",
  "busy",
  "on-the-phone",
  "in-a-meeting",
  "dnd",
  "brb",
  "out-of-office",
  "offline",
] as const;

export type Availability = (typeof availabilities)[number];

const known: ReadonlySet<string> = new Set(availabilities);

/** Whether a word from outside, an administrator's or a calendar's, is one of them. */
export function isAvailability(word: string): word is Availability {
  return known.has(word);
}
