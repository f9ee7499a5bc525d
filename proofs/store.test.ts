import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Store } from "../src/base/store.ts";
import { simWorld } from "../src/sim/world.ts";
import { systemClock } from "../src/world/clock.ts";
import { openSqlite } from "../src/world/sqlite.ts";
import { storeContract } from "./store-contract.ts";
import { account, alice, binding } from "./store-samples.ts";
import { realTime } from "./time.ts";

function opened(path: string): Store {
  const result = openSqlite(path);
  assert.ok(result.ok, result.ok ? "" : result.fault.detail);
  return result.value;
}

async function inFolder(body: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "comity-store-"));
  try {
    await body(join(folder, "comity.db"));
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

storeContract("sqlite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "comity-store-"));
  const store = opened(join(folder, "comity.db"));
  return {
    time: realTime(systemClock()),
    store,
    crash: async () => {
      // What another process would find if this one died now: the files as they stand, never closed.
      for (const name of ["comity.db", "comity.db-wal"]) copyFileSync(join(folder, name), join(folder, `left-${name}`));
      return opened(join(folder, "left-comity.db"));
    },
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

storeContract("simulated store", async () => {
  const sim = simWorld(5);
  const options = { name: "one", addresses: ["10.0.0.1"] };
  const host = sim.host(options);
  const until = <T>(promise: Promise<T>): Promise<T> => sim.until(promise);
  return {
    time: { clock: sim.host({ name: "witness", addresses: ["10.0.0.2"] }).clock, until },
    store: host.world.store,
    crash: async () => {
      host.crash();
      return sim.host(options).world.store;
    },
    close: () => until(host.world.store.close()),
  };
});

const owner = fileURLToPath(new URL("store-owner.ts", import.meta.url));

const children = new Set<ChildProcess>();

function startOwner(path: string): ChildProcess {
  const child = fork(owner, [path], { execArgv: [] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function nextMessage(child: ChildProcess): Promise<Record<string, unknown>> {
  const gone = once(child, "exit").then(() => [{ gone: true }]);
  const [message] = (await Promise.race([once(child, "message"), gone])) as [Record<string, unknown>];
  return message;
}

test("sqlite: what was promised is there after kill -9", () =>
  inFolder(async (path) => {
    const child = startOwner(path);
    assert.deepEqual(await nextMessage(child), { open: true });
    child.send({ count: 500 });
    assert.deepEqual(await nextMessage(child), { written: 500 });
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = opened(path);
    const messages = await store.offline.list("alice@ours.example");
    assert.equal(messages.length, 500);
    assert.equal(Buffer.from(messages[499]?.stanza ?? []).toString(), "message 499");
    await store.close();
  }));

test("sqlite: a second node is refused while the first lives, and let in when it is gone", () =>
  inFolder(async (path) => {
    const store = opened(path);
    const inProcess = openSqlite(path);
    assert.equal(!inProcess.ok && inProcess.fault.code, "store-locked");
    const second = startOwner(path);
    assert.deepEqual(await nextMessage(second), { refused: "store-locked" });
    await once(second, "exit");
    await store.close();
    const third = startOwner(path);
    assert.deepEqual(await nextMessage(third), { open: true });
    const held = openSqlite(path);
    assert.equal(!held.ok && held.fault.code, "store-locked");
    third.kill("SIGKILL");
    await once(third, "exit");
    await opened(path).close();
  }));

test("sqlite: the file is made for its owner alone; an existing one keeps its mode", () =>
  inFolder(async (path) => {
    await opened(path).close();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    chmodSync(path, 0o640);
    const store = opened(path);
    assert.equal(statSync(path).mode & 0o777, 0o640);
    await store.close();
  }));

test("sqlite: what cannot be used is refused with words", () =>
  inFolder(async (path) => {
    const nowhere = openSqlite(join(path, "not-a-folder", "comity.db"));
    assert.equal(!nowhere.ok && nowhere.fault.code, "store-unavailable");
    writeFileSync(path, "this is no database, it is a letter to somebody ".repeat(100));
    const damaged = openSqlite(path);
    assert.equal(!damaged.ok && damaged.fault.code, "store-unavailable");
    rmSync(path);
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 9999");
    newer.close();
    const refused = openSqlite(path);
    assert.equal(!refused.ok && refused.fault.code, "store-unavailable");
    assert.match(refused.ok ? "" : refused.fault.detail, /version 9999/);
  }));

test("sqlite: a file of the first release is brought up to date, and keeps what is in it", () =>
  inFolder(async (path) => {
    const before = opened(path);
    await before.accounts.add(account(alice));
    await before.close();
    const old = new DatabaseSync(path);
    for (const table of [
      "digest_verifiers",
      "sip_bindings",
      "privacy_rules",
      "documents",
      "sip_subscriptions",
      "calendars",
    ]) {
      old.exec(`DROP TABLE ${table}`);
    }
    old.exec("PRAGMA user_version = 1");
    old.close();
    const store = opened(path);
    const found = await store.accounts.find(alice);
    assert.deepEqual([found?.keys.length, found?.digests], [2, []]);
    await store.bindings.put(alice, binding("one"));
    assert.equal((await store.bindings.all()).length, 1);
    await store.close();
  }));

test("sqlite: the writes of one turn are one transaction", () =>
  inFolder(async (path) => {
    const store = opened(path);
    const before = statSync(`${path}-wal`).size;
    await Promise.all(Array.from({ length: 200 }, (_, n) => store.facts.put(`name ${n % 4}`, Uint8Array.of(n))));
    // A transaction of its own would append its pages to the WAL each time: 200 of at least 4 KiB.
    assert.ok(statSync(`${path}-wal`).size - before < 20 * 4096);
    await store.close();
  }));
