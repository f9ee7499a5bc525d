import { type Availability, availabilities, isAvailability } from "./availability.ts";
import { type Shown, shownHere, shownThere } from "./mapping.ts";
import type { Client, Partner } from "./mapping-table.ts";

/** What an administrator wants shown for a state, in place of what the tables say (MAP-12). */
export type Override = { readonly availability: Availability; readonly text: string };

type Rows = Readonly<Partial<Record<Availability, Override>>>;

/** For one partner: `in`, what people here are shown of theirs; `out`, what theirs are told of ours. */
export type MappingOverrides = { readonly in: Rows; readonly out: Rows };

export const noOverrides: MappingOverrides = { in: {}, out: {} };

/** The table's name where an administrator has decided. */
export const ownChoice = "administrator";

/** What one side shows for a state of the other: what the administrator wants, else what the tables say. */
export function shownBy(
  overrides: MappingOverrides,
  direction: keyof MappingOverrides,
  partner: Partner,
  client: Client,
  state: Availability,
): Shown {
  const wanted = overrides[direction][state];
  if (wanted !== undefined) return { ...wanted, map: ownChoice, ours: undefined };
  return direction === "in" ? shownHere(partner, client, state) : shownThere(partner, client, state);
}

/** One thing to be shown otherwise, or (without `shown`) as the tables have it again. */
export type MappingChange = {
  readonly direction: keyof MappingOverrides;
  readonly state: Availability;
  readonly shown: Override | undefined;
};

const textMax = 100;

/**
 * Reads "out:dnd=busy" or "in:busy=away,Busy"; without "=", what takes it back. Answers in words what is wrong with it. Offline
 * stays offline: who is not there must not look as if they were.
 */
export function readChange(written: string): MappingChange | string {
  const [, direction, state = "", shown, text = ""] =
    /^(in|out):([a-z-]+)(?:=([a-z-]+)(?:,([^\p{Cc}]*))?)?$/u.exec(written) ?? [];
  if (direction !== "in" && direction !== "out")
    return `${written} is none of in:STATE=STATE[,TEXT], out:STATE=STATE[,TEXT]`;
  const wrong = [state, shown ?? state].find((each) => !isAvailability(each));
  if (wrong !== undefined) return `${wrong} is none of ${availabilities.join(", ")}`;
  if (!isAvailability(state)) return written;
  if (shown === undefined) return { direction, state, shown: undefined };
  if (state === "offline") return "offline is shown as offline, always";
  if (text.length > textMax) return `a text has at most ${textMax} characters`;
  return isAvailability(shown) ? { direction, state, shown: { availability: shown, text: text.trim() } } : written;
}

export function changed(overrides: MappingOverrides, changes: readonly MappingChange[]): MappingOverrides {
  const rows = { in: { ...overrides.in }, out: { ...overrides.out } };
  for (const { direction, state, shown } of changes) {
    if (shown === undefined) delete rows[direction][state];
    else rows[direction][state] = shown;
  }
  return rows;
}

/** The overrides as `readChange` would read them. */
export function written(overrides: MappingOverrides): readonly string[] {
  return (["in", "out"] as const).flatMap((direction) =>
    availabilities.flatMap((state) => {
      const shown = overrides[direction][state];
      if (shown === undefined) return [];
      return [`${direction}:${state}=${shown.availability}${shown.text === "" ? "" : `,${shown.text}`}`];
    }),
  );
}
