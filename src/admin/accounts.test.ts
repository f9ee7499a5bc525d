import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ownStore } from "../../proofs/own-store.ts";
import { ha1Of } from "../base/digest-verifier.ts";
import type { DigestVerifier } from "../base/store.ts";
import { localBus } from "../world/bus.ts";
import { systemClock } from "../world/clock.ts";
import { threadPoolDerive } from "../world/derive.ts";
import { systemRandom } from "../world/random.ts";
import { isSalted, passwordOf } from "../xmpp/scram-keys.ts";
import { Accounts, accountSubjects } from "./accounts.ts";

function setUp(t: TestContext, digests: readonly DigestVerifier["algorithm"][] = ["MD5", "SHA-256"]) {
  const store = ownStore(t);
  const bus = localBus("test");
  const told: string[] = [];
  for (const subject of Object.values(accountSubjects)) {
    bus.subscribe(subject, (payload) => told.push(`${subject} ${Buffer.from(payload).toString("utf8")}`));
  }
  const doors = { bus, clock: systemClock(), derive: threadPoolDerive(2), random: systemRandom(), store };
  const rules = {
    isLocal: (domain: string) => domain === "ours.example",
    iterations: () => 4096,
    digests: () => digests,
  };
  return { accounts: new Accounts(doors, rules), doors, store, told };
}

test("a new account is kept under its canonical address, as SCRAM keys of both hashes", async (t) => {
  const { accounts, store, doors } = setUp(t);
  assert.deepEqual(await accounts.add("cli:0", "Alice@OURS.example", "pässwörd"), {
    ok: true,
    value: "alice@ours.example",
  });
  const account = await store.accounts.find("alice@ours.example");
  assert.deepEqual(account?.keys.map(({ hash, iterations }) => `${hash} ${iterations}`).sort(), [
    "SHA-1 4096",
    "SHA-256 4096",
  ]);
  const prepared = passwordOf("pässwörd");
  assert.ok(prepared.ok);
  for (const keys of account?.keys ?? []) {
    const salted = await doors.derive.pbkdf2(prepared.value, keys.salt, keys.iterations, keys.hash);
    assert.ok(isSalted(keys, salted));
  }
  assert.notDeepEqual(account?.keys[0]?.salt, account?.keys[1]?.salt);
});

test("the same prepared password is kept for digest, in the algorithms the rules allow", async (t) => {
  const { accounts, store } = setUp(t, ["SHA-256"]);
  // RFC 8265 §4.2.2: another space is a space.
  await accounts.add("cli:0", "Alice@ours.example", "pässwörd\u3000one");
  const digestsNow = async () => (await store.accounts.find("alice@ours.example"))?.digests;
  const expected = (password: string) =>
    ["alice", "alice@ours.example"].map((username) => ({
      algorithm: "SHA-256",
      username,
      realm: "ours.example",
      ha1: new Uint8Array(ha1Of("SHA-256", username, "ours.example", password)),
    }));
  assert.deepEqual(await digestsNow(), expected("pässwörd one"));
  await accounts.setPassword("cli:0", "ALICE@ours.example", "two");
  assert.deepEqual(await digestsNow(), expected("two"));
});

test("where no algorithm is allowed nothing is kept for digest", async (t) => {
  const { accounts, store } = setUp(t, []);
  await accounts.add("cli:0", "alice@ours.example", "one");
  assert.deepEqual((await store.accounts.find("alice@ours.example"))?.digests, []);
});

const refused: readonly (readonly [string, string, string, string])[] = [
  ["an address that is none", "alice", "pw", "jid-malformed"],
  ["a domain that is none", "alice@a b", "pw", "domain-malformed"],
  ["a foreign domain", "alice@theirs.example", "pw", "domain-not-local"],
  ["no password", "alice@ours.example", "", "password-unacceptable"],
  ["a password with a control character", "alice@ours.example", "a\u0007b", "password-unacceptable"],
  ["a password without end", "alice@ours.example", "x".repeat(2_000), "password-unacceptable"],
  ["an account that is there", "BOB@ours.example", "pw", "account-exists"],
];
for (const [what, address, password, code] of refused) {
  test(`refuses ${what}`, async (t) => {
    const { accounts } = setUp(t);
    assert.ok((await accounts.add("cli:0", "bob@ours.example", "pw")).ok);
    const added = await accounts.add("cli:0", address, password);
    assert.equal(added.ok ? "added" : added.fault.code, code);
    assert.deepEqual(await accounts.list(), { ok: true, value: ["bob@ours.example"] });
  });
}

test("another password and removal are told to all nodes, so that sessions end", async (t) => {
  const { accounts, store, told } = setUp(t);
  await accounts.add("cli:0", "bob@ours.example", "one");
  const before = await store.accounts.find("bob@ours.example");
  assert.ok((await accounts.setPassword("cli:0", "bob@ours.example", "two")).ok);
  assert.notDeepEqual((await store.accounts.find("bob@ours.example"))?.keys, before?.keys);
  assert.ok((await accounts.remove("cli:0", "bob@ours.example")).ok);
  assert.deepEqual(told, ["account.changed bob@ours.example", "account.removed bob@ours.example"]);
  for (const gone of [
    await accounts.remove("cli:0", "bob@ours.example"),
    await accounts.setPassword("cli:0", "bob@ours.example", "x"),
  ]) {
    assert.equal(gone.ok ? "" : gone.fault.code, "account-unknown");
  }
});

test("who did what stands in the audit, newest first, without passwords", async (t) => {
  const { accounts, store } = setUp(t);
  await accounts.add("cli:7", "bob@ours.example", "s3cret-word");
  await accounts.setPassword("cli:8", "bob@ours.example", "s3cret-word");
  const entries = await store.audit.list(10);
  assert.deepEqual(
    entries.map(({ actor, action, subject }) => `${actor} ${action} ${subject}`),
    ["cli:8 user.passwd bob@ours.example", "cli:7 user.add bob@ours.example"],
  );
  assert.doesNotMatch(JSON.stringify(entries), /s3cret/);
});

test("an account of a domain no longer served can still be removed", async (t) => {
  const { accounts, store } = setUp(t);
  await store.accounts.add({ address: "old@gone.example", keys: [], digests: [], createdAt: 0 });
  assert.deepEqual(await accounts.remove("cli:0", "old@gone.example"), { ok: true, value: "old@gone.example" });
});
