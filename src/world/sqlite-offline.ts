import type { DatabaseSync } from "node:sqlite";
import type { OfflineMessage, Store } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

/** Messages kept for absent people, in SQLite. */
export function sqliteOffline(database: DatabaseSync, turn: SqliteTurn): Store["offline"] {
  const insert = database.prepare("INSERT INTO offline_messages (owner, stanza, at) VALUES (?, ?, ?)");
  const count = database.prepare("SELECT count(*) AS n FROM offline_messages WHERE owner = ?");
  const list = database.prepare("SELECT id, stanza, at FROM offline_messages WHERE owner = ? ORDER BY id");
  const drop = database.prepare("DELETE FROM offline_messages WHERE id = ? AND owner = ?");

  const countOf = (owner: string): number => Number(count.get(owner)?.n);

  return {
    push: (owner, stanza, at, limit) =>
      turn.write(() => {
        if (countOf(owner) >= limit) return undefined;
        return Number(insert.run(owner, stanza, at).lastInsertRowid);
      }),
    list: (owner) =>
      turn.read(() => (list.all(owner) as OfflineMessage[]).map(({ id, stanza, at }) => ({ id, stanza, at }))),
    count: (owner) => turn.read(() => countOf(owner)),
    drop: (owner, ids) =>
      turn.write(() => {
        for (const id of ids) drop.run(id, owner);
      }),
  };
}
