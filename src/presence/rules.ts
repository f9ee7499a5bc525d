import type { Availability } from "./availability.ts";
import type { SourceKind } from "./source.ts";

/**
 * One rule of composition. It applies when a source of one of `kinds` is in one of `states`; of those, the one that changed
 * last decides: it gives the note and the time, and the state where `result` is "its own". All of it is data, so that an
 * administrator can read it and see in `explain` which rule decided.
 */
export type Rule = {
  readonly id: string;
  /** The condition in words. */
  readonly when: string;
  readonly kinds: readonly SourceKind[];
  readonly states: readonly Availability[];
  /** It applies only while a device is on: what a calendar says shows nobody who is signed off. */
  readonly withDevice?: true;
  readonly result: Availability | "its own";
  /** The requirement it comes from; "ours" where we chose. */
  readonly cite: string;
  readonly reason: string;
};

/** In order: the first that applies decides. */
export type Rules = readonly Rule[];

const spoken: readonly SourceKind[] = ["xmpp", "sip"];
const device: readonly SourceKind[] = ["xmpp", "sip", "registration"];
const deviceOrPhone: readonly SourceKind[] = ["xmpp", "sip", "phone"];
const deviceOrCalendar: readonly SourceKind[] = ["xmpp", "sip", "calendar"];

/**
 * Before any rule, sources are left out that say nothing of the person: registrations as long as a device says more, since
 * a desk phone that is plugged in says only that. One SIP publication is enough, also one that says "offline".
 */
export const bareRegistration = {
  id: "bare-registration",
  when: "an XMPP device is on, or a SIP device publishes",
  cite: "MAP-11 (ours: registrations)",
  reason: "A registered SIP device counts as available only while nothing else speaks for the person.",
} as const;

/** The rules of composition (MAP-11, MAP-12). */
export const rules: Rules = [
  {
    id: "do-not-disturb",
    when: "a device says do not disturb",
    kinds: spoken,
    states: ["dnd"],
    result: "dnd",
    cite: "MAP-12 (ours)",
    reason: "Whoever asks not to be disturbed is not, whatever other devices, the telephone and the calendar say.",
  },
  {
    id: "on-the-phone",
    when: "a telephone line is off the hook, or a device says on the phone",
    kinds: deviceOrPhone,
    states: ["on-the-phone"],
    result: "on-the-phone",
    cite: "MAP-11",
    reason: "A call is going on now; what was set before it says less.",
  },
  {
    id: "busy",
    when: "a device says busy or in a meeting",
    kinds: spoken,
    states: ["busy", "in-a-meeting"],
    result: "its own",
    cite: "MAP-12 (ours)",
    reason: "Somebody chose it; a device is available merely by being switched on.",
  },
  {
    id: "meeting",
    when: "the calendar is busy, and a device is on",
    kinds: ["calendar"],
    states: ["in-a-meeting", "busy"],
    withDevice: true,
    result: "in-a-meeting",
    cite: "MAP-11",
    reason: "The calendar knows of the meeting, and nobody said anything stronger.",
  },
  {
    id: "out-of-office",
    when: "the calendar or a device says out of office, and a device is on",
    kinds: deviceOrCalendar,
    states: ["out-of-office"],
    withDevice: true,
    result: "out-of-office",
    cite: "MAP-11",
    reason: "Whoever writes to somebody out of office should know, though a device is on.",
  },
  {
    id: "available",
    when: "a device is available",
    kinds: device,
    states: ["available"],
    result: "available",
    cite: "MAP-11",
    reason: "Available if any device is available.",
  },
  {
    id: "away",
    when: "a device says away or be right back",
    kinds: spoken,
    states: ["away", "brb"],
    result: "its own",
    cite: "MAP-11, MAP-12 (ours: the order)",
    reason: "No device is available; of those nearest to it, the one that changed last knows best.",
  },
  {
    id: "idle",
    when: "a device is idle",
    kinds: spoken,
    states: ["idle"],
    result: "idle",
    cite: "MAP-12 (ours)",
    reason: "Idle only when every device is idle or further away: nobody has touched any of them.",
  },
  {
    id: "extended-away",
    when: "a device says extended away",
    kinds: spoken,
    states: ["xa"],
    result: "xa",
    cite: "MAP-12 (ours)",
    reason: "All that is on says so.",
  },
  {
    id: "signed-off-with-calendar",
    when: "no device is on, and the calendar says in a meeting or out of office",
    kinds: ["calendar"],
    states: ["in-a-meeting", "busy", "out-of-office"],
    result: "offline",
    cite: "MAP-4 (Offline with Meeting, with Out of Office)",
    reason: "Whoever signed off is offline; the calendar gives the note beside it.",
  },
  {
    id: "signed-off",
    when: "a device says offline",
    kinds: spoken,
    states: ["offline"],
    result: "offline",
    cite: "MAP-12",
    reason: "The person went, or chose to appear offline, and may have left a note.",
  },
];

/** What holds when no rule applies: nothing says anything of the person. */
export const nobody = {
  id: "nobody",
  when: "nothing else applies",
  result: "offline",
  cite: "MAP-12",
  reason: "No device is on.",
} as const;

/** The rules with another state for out of office: MAP-11 shows "away" unless a parameter asks for the state itself. */
export function rulesWith(outOfOffice: Availability): Rules {
  return rules.map((rule) => (rule.id === "out-of-office" ? { ...rule, result: outOfOffice } : rule));
}
