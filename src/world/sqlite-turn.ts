import type { DatabaseSync } from "node:sqlite";

type Waiting = { settle(): void; reject(error: Error): void };

/**
 * Group commit. The first write of a turn of the event loop opens a transaction; everything until the end of the turn runs
 * in it, at once and in the order of the calls; then one COMMIT makes all of it last, and only then do the promises
 * resolve. Reads see what was written before them, and what they saw is not told before it lasts either. Each write stands
 * behind a savepoint: one that fails takes back itself alone.
 */
export class SqliteTurn {
  readonly #database: DatabaseSync;
  readonly #commitLater: (commit: () => void) => void;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #savepoint;
  readonly #release;
  readonly #undo;
  #waiting: Waiting[] = [];
  #open = true;

  constructor(database: DatabaseSync, commitLater: (commit: () => void) => void) {
    this.#database = database;
    this.#commitLater = commitLater;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
    this.#savepoint = database.prepare("SAVEPOINT one");
    this.#release = database.prepare("RELEASE one");
    this.#undo = database.prepare("ROLLBACK TO one");
  }

  /** Runs `work`, which may write; the promise resolves with its answer once it survives `kill -9`. */
  write<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      try {
        this.#mustBeOpen();
        if (!this.#database.isTransaction) {
          this.#begin.run();
          if (this.#waiting.length === 0) this.#commitLater(() => this.commit());
        }
        const value = this.#alone(work);
        this.#waiting.push({ settle: () => resolve(value), reject });
      } catch (error) {
        reject(unavailable(error));
      }
    });
  }

  /** Runs `work`, which only reads. */
  read<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      try {
        this.#mustBeOpen();
        const value = work();
        if (this.#waiting.length === 0) resolve(value);
        else this.#waiting.push({ settle: () => resolve(value), reject });
      } catch (error) {
        reject(unavailable(error));
      }
    });
  }

  /** Commits what this turn wrote. */
  commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (!this.#open) return;
    try {
      if (this.#database.isTransaction) this.#commit.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#rollback.run();
      for (const each of waiting) each.reject(unavailable(error));
      return;
    }
    for (const each of waiting) each.settle();
  }

  close(): void {
    this.commit();
    this.#open = false;
  }

  #alone<T>(work: () => T): T {
    this.#savepoint.run();
    try {
      const value = work();
      this.#release.run();
      return value;
    } catch (error) {
      if (this.#database.isTransaction) {
        this.#undo.run();
        this.#release.run();
      } else {
        // SQLite itself gave up the whole transaction (disk full, read error): nobody's write of this turn lasts.
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const each of waiting) each.reject(unavailable(error));
      }
      throw error;
    }
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error("the store is closed");
  }
}

function unavailable(error: unknown): Error {
  return new Error(`store-unavailable: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
