import type { DatabaseSync } from "node:sqlite";
import type { Store, StoredCalendar } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

type Row = StoredCalendar & { readonly owner: string };

/** What people's calendars said last, in SQLite. */
export function sqliteCalendars(database: DatabaseSync, turn: SqliteTurn): Store["calendars"] {
  const all = database.prepare("SELECT owner, state, note, since, until FROM calendars ORDER BY owner");
  const put = database.prepare("INSERT OR REPLACE INTO calendars VALUES (?, ?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM calendars WHERE owner = ?");
  return {
    all: () =>
      turn.read(() =>
        (all.all() as Row[]).map(
          ({ owner, state, note, since, until }) => [owner, { state, note, since, until }] as const,
        ),
      ),
    put: (owner, { state, note, since, until }) => turn.write(() => void put.run(owner, state, note, since, until)),
    remove: (owner) => turn.write(() => void remove.run(owner)),
  };
}
