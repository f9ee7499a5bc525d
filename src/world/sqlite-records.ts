import type { DatabaseSync } from "node:sqlite";
import type { AuditEntry, Store } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

/** The installation's facts in SQLite. */
export function sqliteFacts(database: DatabaseSync, turn: SqliteTurn): Store["facts"] {
  const get = database.prepare("SELECT value FROM facts WHERE name = ?");
  const put = database.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)");
  return {
    get: (name) => turn.read(() => get.get(name)?.value as Uint8Array | undefined),
    put: (name, value) => turn.write(() => void put.run(name, value)),
  };
}

/** What administrators did, in SQLite. */
export function sqliteAudit(database: DatabaseSync, turn: SqliteTurn): Store["audit"] {
  const insert = database.prepare("INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)");
  const list = database.prepare("SELECT at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT ?");
  return {
    append: ({ at, actor, action, subject, detail }) =>
      turn.write(() => void insert.run(at, actor, action, subject, detail)),
    list: (limit) =>
      turn.read(() =>
        (list.all(limit) as AuditEntry[]).map(({ at, actor, action, subject, detail }) => ({
          at,
          actor,
          action,
          subject,
          detail,
        })),
      ),
  };
}
