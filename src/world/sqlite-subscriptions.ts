import type { DatabaseSync } from "node:sqlite";
import type { Store } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

type SubscriptionRow = {
  readonly key: string;
  readonly owner: string;
  readonly contact: string;
  readonly state: string;
  readonly expires_at: number;
};

/** Subscriptions with people at SIP partners in SQLite. */
export function sqliteSubscriptions(database: DatabaseSync, turn: SqliteTurn): Store["subscriptions"] {
  const all = database.prepare("SELECT * FROM sip_subscriptions ORDER BY key");
  const put = database.prepare("INSERT OR REPLACE INTO sip_subscriptions VALUES (?, ?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM sip_subscriptions WHERE key = ?");

  return {
    all: () =>
      turn.read(() =>
        (all.all() as SubscriptionRow[]).map((row) => ({
          key: row.key,
          local: row.owner,
          foreign: row.contact,
          state: row.state,
          expiresAt: row.expires_at,
        })),
      ),
    put: ({ key, local, foreign, state, expiresAt }) =>
      turn.write(() => void put.run(key, local, foreign, state, expiresAt)),
    remove: (key) => turn.write(() => void remove.run(key)),
  };
}
