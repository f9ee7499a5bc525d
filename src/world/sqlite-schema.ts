import type { DatabaseSync } from "node:sqlite";

/**
 * The database's shape as a list of steps: step n brings version n-1 to version n. A step that has been released is never
 * changed; a new one is added. The version stands in the file itself (PRAGMA user_version).
 */
const steps: readonly string[] = [
  `CREATE TABLE accounts (
     address TEXT PRIMARY KEY,
     domain TEXT NOT NULL,
     created_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX accounts_by_domain ON accounts (domain, address);

   CREATE TABLE scram_keys (
     address TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
     position INTEGER NOT NULL,
     hash TEXT NOT NULL CHECK (hash IN ('SHA-1', 'SHA-256')),
     iterations INTEGER NOT NULL,
     salt BLOB NOT NULL,
     stored_key BLOB NOT NULL,
     server_key BLOB NOT NULL,
     PRIMARY KEY (address, position)
   ) STRICT, WITHOUT ROWID;

   -- Rosters and messages hang on addresses, not on accounts: people of an LDAP directory have no row in accounts.
   CREATE TABLE rosters (
     owner TEXT PRIMARY KEY,
     version INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   -- One counter for all rosters: an account made anew under an old address never meets a version a device may remember.
   CREATE TABLE roster_counter (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     version INTEGER NOT NULL
   ) STRICT;
   INSERT INTO roster_counter VALUES (1, 0);

   CREATE TABLE roster_items (
     owner TEXT NOT NULL,
     contact TEXT NOT NULL,
     name TEXT,
     groups TEXT NOT NULL CHECK (json_valid(groups)),
     subscription TEXT NOT NULL CHECK (subscription IN ('none', 'to', 'from', 'both')),
     ask INTEGER NOT NULL,
     pending_in INTEGER NOT NULL,
     approved INTEGER NOT NULL,
     request BLOB,
     PRIMARY KEY (owner, contact)
   ) STRICT, WITHOUT ROWID;

   -- AUTOINCREMENT: an id is never given twice, so a late drop cannot hit a newer message.
   CREATE TABLE offline_messages (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     owner TEXT NOT NULL,
     stanza BLOB NOT NULL,
     at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX offline_messages_by_owner ON offline_messages (owner, id);

   CREATE TABLE facts (
     name TEXT PRIMARY KEY,
     value BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE audit (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL,
     actor TEXT NOT NULL,
     action TEXT NOT NULL,
     subject TEXT NOT NULL,
     detail TEXT NOT NULL
   ) STRICT;`,

  // SIP: what digest is checked against, who is registered where, whom people let see them.
  `CREATE TABLE digest_verifiers (
     address TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
     position INTEGER NOT NULL,
     algorithm TEXT NOT NULL CHECK (algorithm IN ('MD5', 'SHA-256')),
     username TEXT NOT NULL,
     realm TEXT NOT NULL,
     ha1 BLOB NOT NULL,
     PRIMARY KEY (address, position)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE sip_bindings (
     owner TEXT NOT NULL,
     key TEXT NOT NULL,
     contact TEXT NOT NULL,
     parameters TEXT NOT NULL,
     path TEXT NOT NULL CHECK (json_valid(path)),
     via TEXT NOT NULL,
     call_id TEXT NOT NULL,
     cseq INTEGER NOT NULL,
     user_agent TEXT NOT NULL,
     registered_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     PRIMARY KEY (owner, key)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE privacy_rules (
     owner TEXT PRIMARY KEY,
     otherwise TEXT NOT NULL CHECK (otherwise IN ('ask', 'allow', 'block')),
     entries TEXT NOT NULL CHECK (json_valid(entries))
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE documents (
     owner TEXT NOT NULL,
     name TEXT NOT NULL,
     etag TEXT NOT NULL,
     content BLOB NOT NULL,
     PRIMARY KEY (owner, name)
   ) STRICT;`,

  // Federation over SIP: the subscriptions that outlive a restart, either way.
  `CREATE TABLE sip_subscriptions (
     key TEXT PRIMARY KEY,
     owner TEXT NOT NULL,
     contact TEXT NOT NULL,
     state TEXT NOT NULL CHECK (json_valid(state)),
     expires_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sip_subscriptions_by_owner ON sip_subscriptions (owner);`,
  `CREATE TABLE calendars (
     owner TEXT PRIMARY KEY,
     state TEXT NOT NULL,
     note TEXT NOT NULL,
     since INTEGER NOT NULL,
     until INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** The version this program writes. */
export const schemaVersion = steps.length;

/**
 * Brings a database to the version of this program, each step in one transaction. Throws when the file is newer: an older
 * program must not guess what a newer one wrote.
 */
export function migrate(database: DatabaseSync): void {
  const row = database.prepare("PRAGMA user_version").get();
  const found = Number(row?.user_version ?? 0);
  if (found > steps.length) {
    throw new Error(`the database has version ${found}, this program knows up to ${steps.length}`);
  }
  for (const [index, sql] of steps.entries()) {
    if (index < found) continue;
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
