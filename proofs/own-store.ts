import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Store } from "../src/base/store.ts";
import { openSqlite } from "../src/world/sqlite.ts";

/** A test's own SQLite store, in a folder that is gone when the test is over. */
export function ownStore(t: TestContext): Store {
  const folder = mkdtempSync(join(tmpdir(), "comity-store-"));
  const opened = openSqlite(join(folder, "a.db"));
  assert.ok(opened.ok);
  const store = opened.value;
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}
