import type { DatabaseSync } from "node:sqlite";
import { fault } from "../base/fault.ts";
import { no, ok } from "../base/result.ts";
import type { Account, DigestVerifier, ScramKeys, Store } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

type AccountRow = { readonly address: string; readonly created_at: number };
type KeysRow = {
  readonly hash: ScramKeys["hash"];
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly stored_key: Uint8Array;
  readonly server_key: Uint8Array;
};

/** Tables that keep something for an owner and go with the account. */
const ownedTables = [
  "roster_items",
  "rosters",
  "offline_messages",
  "sip_bindings",
  "sip_subscriptions",
  "privacy_rules",
  "documents",
  "calendars",
] as const;

/** Accounts, their keys and digest verifiers in SQLite. */
export function sqliteAccounts(database: DatabaseSync, turn: SqliteTurn): Store["accounts"] {
  const find = database.prepare("SELECT address, created_at FROM accounts WHERE address = ?");
  const keysOf = database.prepare(
    "SELECT hash, iterations, salt, stored_key, server_key FROM scram_keys WHERE address = ? ORDER BY position",
  );
  const insert = database.prepare("INSERT INTO accounts VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const insertKeys = database.prepare("INSERT INTO scram_keys VALUES (?, ?, ?, ?, ?, ?, ?)");
  const dropKeys = database.prepare("DELETE FROM scram_keys WHERE address = ?");
  const digestsOf = database.prepare(
    "SELECT algorithm, username, realm, ha1 FROM digest_verifiers WHERE address = ? ORDER BY position",
  );
  const insertDigest = database.prepare("INSERT INTO digest_verifiers VALUES (?, ?, ?, ?, ?, ?)");
  const dropDigests = database.prepare("DELETE FROM digest_verifiers WHERE address = ?");
  const drop = database.prepare("DELETE FROM accounts WHERE address = ?");
  const dropOwned = ownedTables.map((table) => database.prepare(`DELETE FROM ${table} WHERE owner = ?`));
  const listAll = database.prepare("SELECT address FROM accounts ORDER BY address");
  const listDomain = database.prepare("SELECT address FROM accounts WHERE domain = ? ORDER BY address");

  const putKeys = (address: string, keys: readonly ScramKeys[], digests: readonly DigestVerifier[]): void => {
    for (const [position, each] of keys.entries()) {
      insertKeys.run(address, position, each.hash, each.iterations, each.salt, each.storedKey, each.serverKey);
    }
    for (const [position, each] of digests.entries()) {
      insertDigest.run(address, position, each.algorithm, each.username, each.realm, each.ha1);
    }
  };

  return {
    find: (address) =>
      turn.read(() => {
        const row = find.get(address) as AccountRow | undefined;
        if (row === undefined) return undefined;
        const keys = (keysOf.all(address) as KeysRow[]).map(scramKeys);
        const digests = (digestsOf.all(address) as DigestVerifier[]).map(digestVerifier);
        return { address: row.address, keys, digests, createdAt: row.created_at } satisfies Account;
      }),
    add: (account) =>
      turn.write(() => {
        const { changes } = insert.run(account.address, domainOf(account.address), account.createdAt);
        if (changes === 0) return no(fault("account-exists", account.address));
        putKeys(account.address, account.keys, account.digests);
        return ok(undefined);
      }),
    setKeys: (address, keys, digests) =>
      turn.write(() => {
        if (find.get(address) === undefined) return no(fault("account-unknown", address));
        dropKeys.run(address);
        dropDigests.run(address);
        putKeys(address, keys, digests);
        return ok(undefined);
      }),
    remove: (address) =>
      turn.write(() => {
        if (drop.run(address).changes === 0) return no(fault("account-unknown", address));
        for (const each of dropOwned) each.run(address);
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

function digestVerifier({ algorithm, username, realm, ha1 }: DigestVerifier): DigestVerifier {
  return { algorithm, username, realm, ha1 };
}

function domainOf(address: string): string {
  return address.slice(address.indexOf("@") + 1);
}
