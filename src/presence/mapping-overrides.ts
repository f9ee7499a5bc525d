import { type Availability, availabilities, isAvailability } from "./availability.ts";
import { type Shown, shownHere, shownThere } from "./mapping.ts";
import { type Client, clients, type Partner } from "./mapping-table.ts";
import { type Band, bands, bandsWith } from "./microsoft-availability.ts";

/** What an administrator wants shown for a state, in place of what the tables say (MAP-12). */
export type Override = { readonly availability: Availability; readonly text: string };

type Rows = Readonly<Partial<Record<Availability, Override>>>;

/**
 * What a local person's state comes from, as partners' tables tell it apart: a class of client, or, where no client says it, a
 * telephone line or a calendar (MAP-11).
 */
export type Teller = Client | "phone" | "calendar";

const inputs = ["phone", "calendar"] as const;

/** What may be shown otherwise of each input to a state that is no client (MAP-11). */
export const inputStates: Readonly<Record<(typeof inputs)[number], readonly Availability[]>> = {
  phone: ["on-the-phone"],
  calendar: ["in-a-meeting", "out-of-office"],
};

/** "every": whatever class it is, unless there is a row for the class itself. */
type ByClass<Class extends string> = Readonly<Partial<Record<Class | "every", Rows>>>;

/**
 * For one partner: `in`, what people here are shown of theirs, by what they look through; `out`, what theirs are told of ours, by
 * what says it; `bands`, what the partner's numbers mean (MAP-10).
 */
export type MappingOverrides = {
  readonly in: ByClass<Client>;
  readonly out: ByClass<Teller>;
  readonly bands: readonly Band[];
};

export const noOverrides: MappingOverrides = { in: {}, out: {}, bands: [] };

/** The table's name where an administrator has decided. */
export const ownChoice = "administrator";

/** What a local client shows of a partner's person: what the administrator wants, else what the tables say. */
export function seenBy(overrides: MappingOverrides, partner: Partner, client: Client, state: Availability): Shown {
  const wanted = overrides.in[client]?.[state] ?? overrides.in.every?.[state];
  return wanted === undefined ? shownHere(partner, client, state) : chosen(wanted);
}

/**
 * What a partner is told of a local person. `said`: what says it, and in its own word where that is another than the state it led to
 * (a calendar's "out of office" shows "away", MAP-11).
 */
export function toldOf(
  overrides: MappingOverrides,
  partner: Partner,
  said: { readonly by: Teller; readonly state: Availability; readonly own?: Availability },
): Shown {
  const { by, state, own = state } = said;
  const wanted = overrides.out[by]?.[isInput(by) ? own : state] ?? overrides.out.every?.[state];
  if (wanted !== undefined) return chosen(wanted);
  // What no client says is told as by one that knows all states.
  return shownThere(partner, isInput(by) ? "cupc" : by, state);
}

function chosen(wanted: Override): Shown {
  return { ...wanted, map: ownChoice, ours: undefined };
}

/** What the partner's numbers mean. */
export function bandsOf({ bands: own }: MappingOverrides): readonly Band[] {
  return own.length === 0 ? bands : bandsWith(own);
}

/** One thing to be shown otherwise, or (without `shown`, `band`) as the tables have it again. */
export type MappingChange =
  | {
      readonly direction: "in" | "out";
      readonly by: Teller | "every";
      readonly state: Availability;
      readonly shown: Override | undefined;
    }
  | { readonly direction: "number"; readonly from: number; readonly band: Band | undefined };

const textMax = 100;
/** MAP-10 ends there: what is more means offline, and nothing else. */
const offlineFrom = 18_000;

const forms = "in[/CLASS]:STATE=STATE[,TEXT], out[/CLASS]:STATE=STATE[,TEXT], number:FROM=STATE[,idle]";

/**
 * Reads "out:dnd=busy", "in/cupc:busy=away,Busy" or "number:4500=available"; without "=", what takes it back. Answers in words what
 * is wrong with it. Offline stays offline: who is not there must not look as if they were.
 */
export function readChange(written: string): MappingChange | string {
  const [, direction, by = "every", row = "", shown, text = ""] =
    /^(in|out|number)(?:\/([a-z0-9]+))?:([a-z0-9-]+)(?:=([a-z-]+)(?:,([^\p{Cc}]*))?)?$/u.exec(written) ?? [];
  if (direction === undefined) return `${written} is none of ${forms}`;
  if (shown !== undefined && !isAvailability(shown)) return `${shown} is none of ${availabilities.join(", ")}`;
  if (direction === "number")
    return by === "every" ? bandIn(row, shown, text) : "a number means the same to every class";
  if (direction !== "in" && direction !== "out") return `${written} is none of ${forms}`;
  const classes: readonly string[] = direction === "in" ? clients : [...clients, ...inputs];
  if (!isAvailability(row)) return `${row} is none of ${availabilities.join(", ")}`;
  if (by !== "every" && !classes.includes(by)) return `${by} is none of ${classes.join(", ")} (${direction})`;
  const found = by as Teller | "every";
  if (isInput(found) && !inputStates[found].includes(row)) {
    return `a ${found} says none but ${inputStates[found].join(", ")}`;
  }
  if (shown === undefined) return { direction, by: found, state: row, shown: undefined };
  if (row === "offline") return "offline is shown as offline, always";
  if (text.length > textMax) return `a text has at most ${textMax} characters`;
  return { direction, by: found, state: row, shown: { availability: shown, text: text.trim() } };
}

function bandIn(row: string, shown: Availability | undefined, text: string): MappingChange | string {
  const from = /^\d{1,5}$/.test(row) ? Number(row) : Number.NaN;
  if (Number.isNaN(from)) return `${row} is no number from 0 to 99999`;
  if (shown === undefined) return { direction: "number", from, band: undefined };
  if (text !== "" && text !== "idle") return `${text}: after a number's state, only "idle" may stand`;
  if (from >= offlineFrom && shown !== "offline") return `from ${offlineFrom} on, numbers mean offline, always`;
  return { direction: "number", from, band: { from, availability: shown, idle: text === "idle" || shown === "idle" } };
}

function isInput(by: string): by is (typeof inputs)[number] {
  return by === "phone" || by === "calendar";
}

export function changed(overrides: MappingOverrides, changes: readonly MappingChange[]): MappingOverrides {
  const rows = { in: { ...overrides.in }, out: { ...overrides.out } };
  let own = overrides.bands;
  for (const change of changes) {
    if (change.direction === "number") {
      const { from, band } = change;
      own = own.filter((each) => each.from !== from);
      if (band !== undefined) own = [...own, band].sort((a, b) => a.from - b.from);
      continue;
    }
    const { direction, by, state, shown } = change;
    const table: Partial<Record<Teller | "every", Rows>> = rows[direction];
    const { [state]: _, ...rest } = table[by] ?? {};
    const now: Rows = shown === undefined ? rest : { ...rest, [state]: shown };
    if (Object.keys(now).length === 0) delete table[by];
    else table[by] = now;
  }
  return { ...rows, bands: own };
}

/** The overrides as `readChange` would read them, always in the same order. */
export function written(overrides: MappingOverrides): readonly string[] {
  const texts: string[] = [];
  for (const direction of ["in", "out"] as const) {
    const table: Partial<Record<Teller | "every", Rows>> = overrides[direction];
    for (const by of ["every", ...clients, ...inputs] as const) {
      for (const state of availabilities) {
        const shown = table[by]?.[state];
        if (shown === undefined) continue;
        const what = by === "every" ? direction : `${direction}/${by}`;
        texts.push(`${what}:${state}=${shown.availability}${shown.text === "" ? "" : `,${shown.text}`}`);
      }
    }
  }
  for (const { from, availability, idle } of overrides.bands) {
    texts.push(`number:${from}=${availability}${idle && availability !== "idle" ? ",idle" : ""}`);
  }
  return texts;
}
