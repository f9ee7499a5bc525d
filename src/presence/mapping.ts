import { type Availability, availabilities } from "./availability.ts";
import { microsoftTables } from "./mapping-microsoft.ts";
import { otherTables } from "./mapping-other.ts";
import {
  type Cell,
  type Client,
  clients,
  type MappingTable,
  type Partner,
  partners,
  type Where,
} from "./mapping-table.ts";
import { xmppTables } from "./mapping-xmpp.ts";
import { words } from "./words.ts";

/** MAP-1 to MAP-9 and our own: every table there is. */
export const mappingTables: readonly MappingTable[] = [...microsoftTables, ...xmppTables, ...otherTables];

/** What one side shows for a state of the other. */
export type Shown = {
  readonly availability: Availability;
  /** Status text that goes with it; "" when none. The note of whoever is shown goes beside it (`withWord`). */
  readonly text: string;
  /** The table that says so. */
  readonly map: string;
  /** Why, where the requirements leave it to us; undefined where they say it. */
  readonly ours: string | undefined;
};

/** What a local client shows of a partner's person. */
export function shownHere(partner: Partner, client: Client, state: Availability, where: Where = "interdomain"): Shown {
  return answers.get(keyOf("in", where, partner, client, state)) ?? itself(state);
}

/**
 * What a partner is told of a local person. Somebody who is not reachable (`Composed.reachable`) is to be told as
 * "offline", whatever their state (MAP-4).
 */
export function shownThere(partner: Partner, client: Client, state: Availability, where: Where = "interdomain"): Shown {
  return answers.get(keyOf("out", where, partner, client, state)) ?? itself(state);
}

/**
 * The state to look for in a table that lacks one, and in turn from there: the nearest that says less. Its own word goes
 * along as status text.
 */
export const nearest: Readonly<Partial<Record<Availability, Availability>>> = {
  idle: "away",
  xa: "away",
  brb: "away",
  "out-of-office": "away",
  "on-the-phone": "busy",
  "in-a-meeting": "busy",
  busy: "dnd",
};

const places: readonly Where[] = ["interdomain", "intradomain"];

type Direction = MappingTable["direction"];

function keyOf(direction: Direction, where: Where, partner: Partner, client: Client, state: Availability): string {
  return `${direction} ${where} ${partner} ${client} ${state}`;
}

/** Every cell of every table, under its key. */
const cells: ReadonlyMap<string, Shown> = new Map(mappingTables.flatMap(cellsOf));

function cellsOf(table: MappingTable): readonly (readonly [string, Shown])[] {
  const found: (readonly [string, Shown])[] = [];
  const set = (where: Where, partner: Partner, client: Client, state: Availability, cell: Cell): void => {
    const [availability, text] = typeof cell === "string" ? [cell, ""] : cell;
    const shown = { availability, text: text === "*" ? "" : text, map: table.map, ours: table.ours?.[state] };
    found.push([keyOf(table.direction, where, partner, client, state), shown]);
  };
  for (const state of availabilities) {
    for (const [n, cell] of (table.rows[state] ?? []).entries()) {
      for (const where of table.where) {
        if (table.direction === "in") {
          for (const client of table.columns[n] ?? [])
            for (const by of table.partners) set(where, by, client, state, cell);
        } else {
          for (const to of table.columns[n] ?? [])
            for (const client of table.clients) set(where, to, client, state, cell);
        }
      }
    }
  }
  return found;
}

/** What there is an answer to at once: every question with an answer of its own or one derived from its neighbours. */
const answers: ReadonlyMap<string, Shown> = new Map(allAnswers());

function* allAnswers(): Generator<readonly [string, Shown]> {
  for (const direction of ["in", "out"] as const) {
    for (const where of places) {
      for (const partner of partners) {
        for (const client of clients) {
          for (const state of availabilities) {
            const shown = derived(direction, where, partner, client, state);
            if (shown !== undefined) yield [keyOf(direction, where, partner, client, state), shown];
          }
        }
      }
    }
  }
}

/**
 * The table for this place and client; else the one for another client, for the state is the same; else the same questions
 * of the nearest state; else, inside one domain, what goes between domains.
 */
function derived(
  direction: Direction,
  where: Where,
  partner: Partner,
  client: Client,
  state: Availability,
): Shown | undefined {
  for (let each: Availability | undefined = state; each !== undefined; each = nearest[each]) {
    for (const by of [client, ...clients]) {
      const found = cells.get(keyOf(direction, where, partner, by, each));
      if (found === undefined) continue;
      if (each === state) return by === client ? found : { ...found, ours: found.ours ?? `As for ${by}.` };
      const text = found.availability === "offline" ? "" : words[state];
      return { ...found, text, ours: `No table has it; shown as ${words[each]}, which is nearest.` };
    }
  }
  return where === "intradomain" ? derived(direction, "interdomain", partner, client, state) : undefined;
}

function itself(state: Availability): Shown {
  return { availability: state, text: "", map: "ours", ours: "No table says otherwise." };
}
