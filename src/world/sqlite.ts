import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Store } from "../base/store.ts";
import { sqliteAccounts } from "./sqlite-accounts.ts";
import { sqliteBindings } from "./sqlite-bindings.ts";
import { sqliteCalendars } from "./sqlite-calendars.ts";
import { sqliteDocuments, sqlitePrivacy } from "./sqlite-documents.ts";
import { sqliteOffline } from "./sqlite-offline.ts";
import { sqliteAudit, sqliteFacts } from "./sqlite-records.ts";
import { sqliteRosters } from "./sqlite-rosters.ts";
import { migrate } from "./sqlite-schema.ts";
import { sqliteSubscriptions } from "./sqlite-subscriptions.ts";
import { SqliteTurn } from "./sqlite-turn.ts";

/**
 * WAL with synchronous NORMAL: a commit is in the hands of the operating system before its promise resolves, so it
 * survives `kill -9` and every other death of the process. FULL would add an fsync per commit (milliseconds on a disk) and
 * so survive a power cut or a crash of the kernel too; NORMAL may lose the last commits then, but never damages the file.
 *
 * EXCLUSIVE: the file is locked from the first touch until it is closed, by a lock the kernel drops when the process dies.
 * Two nodes cannot run on one file, nothing stale is left behind, and no shared memory or locking costs a statement.
 * Commands of the command line may open the file of a stopped node; a running one they ask instead.
 */
const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA temp_store = MEMORY;`;

/** How long another command that is just finishing on the same file is waited for. */
const lockWaitMs = 250;

/** SQLite's primary result codes for "somebody holds the lock". */
const busy = 5;
const locked = 6;

/**
 * Opens, and where needed makes (mode 0600: it holds password verifiers), the database file of a node. Fails with
 * `store-locked` when another process uses it, `store-unavailable` when it cannot be opened, is damaged or is newer than
 * this program.
 */
export function openSqlite(path: string): Result<Store> {
  let database: DatabaseSync | undefined;
  try {
    makeFile(path);
    database = new DatabaseSync(path, { timeout: lockWaitMs });
    database.exec(settings);
    migrate(database);
    return ok(storeOn(database));
  } catch (error) {
    database?.close();
    const code = (error as { errcode?: number }).errcode ?? 0;
    const why = `${path}: ${error instanceof Error ? error.message : String(error)}`;
    // The low byte is the primary code; the rest says more of the same.
    return no(fault([busy, locked].includes(code & 0xff) ? "store-locked" : "store-unavailable", why));
  }
}

/** Never opens a file that is there: closing it again would drop every lock this process holds on it (POSIX). */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function storeOn(database: DatabaseSync): Store {
  const turn = new SqliteTurn(database, (commit) => void setImmediate(commit));
  return {
    accounts: sqliteAccounts(database, turn),
    rosters: sqliteRosters(database, turn),
    offline: sqliteOffline(database, turn),
    bindings: sqliteBindings(database, turn),
    subscriptions: sqliteSubscriptions(database, turn),
    privacy: sqlitePrivacy(database, turn),
    documents: sqliteDocuments(database, turn),
    calendars: sqliteCalendars(database, turn),
    facts: sqliteFacts(database, turn),
    audit: sqliteAudit(database, turn),
    async close() {
      turn.close();
      if (database.isOpen) database.close();
    },
  };
}
