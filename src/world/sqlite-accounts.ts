import type { DatabaseSync } from "node:sqlite";
import { fault } from "../base/fault.ts";
import { no, ok } from "../base/result.ts";
import type { Account, ScramKeys, Store } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

type AccountRow = { readonly address: string; readonly created_at: number };
type KeysRow = {
  readonly hash: ScramKeys["hash"];
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly stored_key: Uint8Array;
  readonly server_key: Uint8Array;
};

/** Accounts and their keys in SQLite. */
export function sqliteAccounts(database: DatabaseSync, turn: SqliteTurn): Store["accounts"] {
  const find = database.prepare("SELECT address, created_at FROM accounts WHERE address = ?");
  const keysOf = database.prepare(
    "SELECT hash, iterations, salt, stored_key, server_key FROM scram_keys WHERE address = ? ORDER BY position",
  );
  const insert = database.prepare("INSERT INTO accounts VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const insertKeys = database.prepare("INSERT INTO scram_keys VALUES (?, ?, ?, ?, ?, ?, ?)");
  const dropKeys = database.prepare("DELETE FROM scram_keys WHERE address = ?");
  const drop = database.prepare("DELETE FROM accounts WHERE address = ?");
  const dropItems = database.prepare("DELETE FROM roster_items WHERE owner = ?");
  const dropRoster = database.prepare("DELETE FROM rosters WHERE owner = ?");
  const dropMessages = database.prepare("DELETE FROM offline_messages WHERE owner = ?");
  const listAll = database.prepare("SELECT address FROM accounts ORDER BY address");
  const listDomain = database.prepare("SELECT address FROM accounts WHERE domain = ? ORDER BY address");

  const putKeys = (address: string, keys: readonly ScramKeys[]): void => {
    for (const [position, each] of keys.entries()) {
      insertKeys.run(address, position, each.hash, each.iterations, each.salt, each.storedKey, each.serverKey);
    }
  };

  return {
    find: (address) =>
      turn.read(() => {
        const row = find.get(address) as AccountRow | undefined;
        if (row === undefined) return undefined;
        const keys = (keysOf.all(address) as KeysRow[]).map(scramKeys);
        return { address: row.address, keys, createdAt: row.created_at } satisfies Account;
      }),
    add: (account) =>
      turn.write(() => {
        const { changes } = insert.run(account.address, domainOf(account.address), account.createdAt);
        if (changes === 0) return no(fault("account-exists", account.address));
        putKeys(account.address, account.keys);
        return ok(undefined);
      }),
    setKeys: (address, keys) =>
      turn.write(() => {
        if (find.get(address) === undefined) return no(fault("account-unknown", address));
        dropKeys.run(address);
        putKeys(address, keys);
        return ok(undefined);
      }),
    remove: (address) =>
      turn.write(() => {
        if (drop.run(address).changes === 0) return no(fault("account-unknown", address));
        dropItems.run(address);
        dropRoster.run(address);
        dropMessages.run(address);
        return ok(undefined);
      }),
    list: (domain) =>
      turn.read(() => {
        const rows = domain === undefined ? listAll.all() : listDomain.all(domain);
        return (rows as AccountRow[]).map((row) => row.address);
      }),
  };
}

function scramKeys(row: KeysRow): ScramKeys {
  const { hash, iterations, salt, stored_key: storedKey, server_key: serverKey } = row;
  return { hash, iterations, salt, storedKey, serverKey };
}

function domainOf(address: string): string {
  return address.slice(address.indexOf("@") + 1);
}
