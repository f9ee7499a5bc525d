import type { DatabaseSync } from "node:sqlite";
import type { RosterItem, Store } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

type ItemRow = {
  readonly contact: string;
  readonly name: string | null;
  readonly groups: string;
  readonly subscription: RosterItem["subscription"];
  readonly ask: number;
  readonly pending_in: number;
  readonly approved: number;
  readonly request: Uint8Array | null;
};

/** Rosters in SQLite. A roster never written has version 0. */
export function sqliteRosters(database: DatabaseSync, turn: SqliteTurn): Store["rosters"] {
  const version = database.prepare("SELECT version FROM rosters WHERE owner = ?");
  const items = database.prepare(
    `SELECT contact, name, groups, subscription, ask, pending_in, approved, request
       FROM roster_items WHERE owner = ? ORDER BY contact`,
  );
  const count = database.prepare("UPDATE roster_counter SET version = version + 1 RETURNING version");
  const stamp = database.prepare(
    "INSERT INTO rosters VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET version = excluded.version",
  );
  const put = database.prepare("INSERT OR REPLACE INTO roster_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM roster_items WHERE owner = ? AND contact = ?");

  const versionOf = (owner: string): number => Number(version.get(owner)?.version ?? 0);
  const newVersion = (owner: string): number => {
    const next = Number(count.get()?.version);
    stamp.run(owner, next);
    return next;
  };

  return {
    load: (owner) =>
      turn.read(() => ({ version: versionOf(owner), items: (items.all(owner) as ItemRow[]).map(rosterItem) })),
    put: (owner, item) =>
      turn.write(() => {
        put.run(
          owner,
          item.contact,
          item.name ?? null,
          JSON.stringify(item.groups),
          item.subscription,
          Number(item.ask),
          Number(item.pendingIn),
          Number(item.approved),
          item.request ?? null,
        );
        return newVersion(owner);
      }),
    remove: (owner, contact) =>
      turn.write(() => (remove.run(owner, contact).changes === 0 ? versionOf(owner) : newVersion(owner))),
  };
}

function rosterItem(row: ItemRow): RosterItem {
  return {
    contact: row.contact,
    name: row.name ?? undefined,
    groups: JSON.parse(row.groups) as string[],
    subscription: row.subscription,
    ask: row.ask === 1,
    pendingIn: row.pending_in === 1,
    approved: row.approved === 1,
    request: row.request ?? undefined,
  };
}
