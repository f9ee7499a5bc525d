import type { DatabaseSync } from "node:sqlite";
import type { Store, StoredBinding } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

type BindingRow = {
  readonly owner: string;
  readonly key: string;
  readonly contact: string;
  readonly parameters: string;
  readonly path: string;
  readonly via: string;
  readonly call_id: string;
  readonly cseq: number;
  readonly user_agent: string;
  readonly registered_at: number;
  readonly expires_at: number;
};

/** Registered SIP devices in SQLite. */
export function sqliteBindings(database: DatabaseSync, turn: SqliteTurn): Store["bindings"] {
  const all = database.prepare("SELECT * FROM sip_bindings ORDER BY owner, key");
  const put = database.prepare("INSERT OR REPLACE INTO sip_bindings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM sip_bindings WHERE owner = ? AND key = ?");

  return {
    all: () => turn.read(() => (all.all() as BindingRow[]).map((row) => [row.owner, storedBinding(row)] as const)),
    put: (owner, binding) =>
      turn.write(() => {
        put.run(
          owner,
          binding.key,
          binding.contact,
          binding.parameters,
          JSON.stringify(binding.path),
          binding.via,
          binding.callId,
          binding.cseq,
          binding.userAgent,
          binding.registeredAt,
          binding.expiresAt,
        );
      }),
    remove: (owner, key) => turn.write(() => void remove.run(owner, key)),
  };
}

function storedBinding(row: BindingRow): StoredBinding {
  return {
    key: row.key,
    contact: row.contact,
    parameters: row.parameters,
    path: JSON.parse(row.path) as string[],
    via: row.via,
    callId: row.call_id,
    cseq: row.cseq,
    userAgent: row.user_agent,
    registeredAt: row.registered_at,
    expiresAt: row.expires_at,
  };
}
