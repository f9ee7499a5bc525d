import assert from "node:assert/strict";
import { test } from "node:test";
import { type Check, personalThings, plain, type StoreUnderTest } from "./store-personal-things.ts";
import { account, alice, binding, bob, calendar, digest, item, keys, subscription } from "./store-samples.ts";

/** What every store must do. */
export function storeContract(kind: string, make: () => Promise<StoreUnderTest>): void {
  const check: Check = (name, body) =>
    void test(`${kind}: ${name}`, async () => {
      const given = await make();
      try {
        await body(given);
      } finally {
        await given.close();
      }
    });

  check("an account is found as it was added, and a second one of its address is refused", async (given) => {
    const { accounts } = given.store;
    const { until } = given.time;
    assert.equal(await until(accounts.find(alice)), undefined);
    assert.deepEqual(await until(accounts.add(account(alice))), { ok: true, value: undefined });
    assert.deepEqual(plain(await until(accounts.find(alice))), plain(account(alice)));
    const again = await until(accounts.add({ ...account(alice), keys: [] }));
    assert.equal(!again.ok && again.fault.code, "account-exists");
    assert.deepEqual(plain(await until(accounts.find(alice))), plain(account(alice)));
  });

  check("new keys replace the old; an unknown account has none to replace", async (given) => {
    const { accounts } = given.store;
    const { until } = given.time;
    await until(accounts.add(account(alice)));
    assert.equal((await until(accounts.setKeys(alice, [keys("SHA-1", 9)], [digest("MD5", 9)]))).ok, true);
    assert.deepEqual(plain((await until(accounts.find(alice)))?.keys), plain([keys("SHA-1", 9)]));
    assert.deepEqual(plain((await until(accounts.find(alice)))?.digests), plain([digest("MD5", 9)]));
    assert.equal((await until(accounts.setKeys(alice, [keys("SHA-1", 9)], []))).ok, true);
    assert.deepEqual((await until(accounts.find(alice)))?.digests, []);
    const unknown = await until(accounts.setKeys(bob, [], []));
    assert.equal(!unknown.ok && unknown.fault.code, "account-unknown");
  });

  check("addresses are listed in order, of one domain or of all", async (given) => {
    const { accounts } = given.store;
    const { until } = given.time;
    const all = ["zoe@ours.example", alice, "bob@other.example", "carol@ours.example"];
    for (const address of all) await until(accounts.add(account(address)));
    assert.deepEqual(await until(accounts.list()), [...all].sort());
    assert.deepEqual(await until(accounts.list("ours.example")), [alice, "carol@ours.example", "zoe@ours.example"]);
    assert.deepEqual(await until(accounts.list("nobody.example")), []);
  });

  check("with the account goes everything kept for it, and nothing of anybody else", async (given) => {
    const { accounts, rosters, offline, bindings, subscriptions, privacy, documents, calendars } = given.store;
    const { until } = given.time;
    for (const owner of [alice, bob]) {
      await until(subscriptions.put(subscription(`theirs ${owner}`, { local: owner })));
      await until(accounts.add(account(owner)));
      await until(rosters.put(owner, item("carol@theirs.example")));
      await until(offline.push(owner, Uint8Array.of(1), 1, 10));
      await until(bindings.put(owner, binding("one")));
      await until(bindings.put(owner, binding("two")));
      await until(privacy.put(owner, { otherwise: "block", entries: [] }));
      await until(documents.put(owner, { name: "rls", etag: "1", content: Uint8Array.of(1) }));
      await until(calendars.put(owner, calendar("in-a-meeting")));
    }
    assert.equal((await until(accounts.remove(alice))).ok, true);
    assert.equal(await until(accounts.find(alice)), undefined);
    assert.deepEqual((await until(rosters.load(alice))).items, []);
    assert.deepEqual(await until(offline.list(alice)), []);
    assert.equal(await until(privacy.load(alice)), undefined);
    assert.deepEqual(await until(documents.list(alice)), []);
    assert.equal((await until(rosters.load(bob))).items.length, 1);
    assert.equal(await until(offline.count(bob)), 1);
    assert.deepEqual(
      (await until(bindings.all())).map(([owner, { key }]) => `${owner} ${key}`),
      [`${bob} one`, `${bob} two`],
    );
    assert.deepEqual(
      (await until(subscriptions.all())).map(({ local }) => local),
      [bob],
    );
    assert.equal((await until(privacy.load(bob)))?.otherwise, "block");
    assert.equal((await until(documents.list(bob))).length, 1);
    assert.deepEqual(plain(await until(calendars.all())), plain([[bob, calendar("in-a-meeting")]]));
    const again = await until(accounts.remove(alice));
    assert.equal(!again.ok && again.fault.code, "account-unknown");
  });

  check("an account made anew has no keys of the old one and never repeats a roster version", async (given) => {
    const { accounts, rosters } = given.store;
    const { until } = given.time;
    await until(accounts.add(account(alice)));
    const old = await until(rosters.put(alice, item("carol@theirs.example")));
    await until(accounts.remove(alice));
    await until(accounts.add({ ...account(alice), keys: [keys("SHA-1", 5)], digests: [] }));
    assert.equal((await until(accounts.find(alice)))?.keys.length, 1);
    assert.deepEqual((await until(accounts.find(alice)))?.digests, []);
    assert.ok((await until(rosters.put(alice, item("dave@theirs.example")))) > old);
  });

  check("a roster item comes back as it was put; each change has a higher version", async (given) => {
    const { rosters } = given.store;
    const { until } = given.time;
    assert.deepEqual(await until(rosters.load(alice)), { version: 0, items: [] });
    const full = item("carol@theirs.example", {
      name: "Carol 🌍",
      groups: ["Friends", 'with "quotes", commas'],
      subscription: "both",
      ask: true,
      pendingIn: true,
      approved: true,
      request: Uint8Array.of(0, 60, 255),
    });
    const first = await until(rosters.put(alice, full));
    const second = await until(rosters.put(alice, item("bob@theirs.example", { name: "" })));
    assert.ok(first > 0 && second > first);
    const loaded = await until(rosters.load(alice));
    assert.equal(loaded.version, second);
    assert.deepEqual(plain(loaded.items), plain([item("bob@theirs.example", { name: "" }), full]));
    const third = await until(rosters.put(alice, item("carol@theirs.example", { subscription: "to" })));
    assert.ok(third > second);
    assert.deepEqual(
      plain((await until(rosters.load(alice))).items[1]),
      plain(item("carol@theirs.example", { subscription: "to" })),
    );
  });

  check("removing a contact raises the version; removing nothing does not", async (given) => {
    const { rosters } = given.store;
    const { until } = given.time;
    const put = await until(rosters.put(alice, item("carol@theirs.example")));
    const removed = await until(rosters.remove(alice, "carol@theirs.example"));
    assert.ok(removed > put);
    assert.equal(await until(rosters.remove(alice, "carol@theirs.example")), removed);
    assert.deepEqual(await until(rosters.load(alice)), { version: removed, items: [] });
    assert.equal(await until(rosters.remove(bob, "carol@theirs.example")), 0);
  });

  check("messages wait in order until they are dropped, each person's own", async (given) => {
    const { offline } = given.store;
    const { until } = given.time;
    const first = await until(offline.push(alice, Uint8Array.of(1, 0), 1000, 10));
    const other = await until(offline.push(bob, Uint8Array.of(9), 1001, 10));
    const second = await until(offline.push(alice, Uint8Array.of(2), 1002, 10));
    assert.ok(first !== undefined && second !== undefined && other !== undefined && second > first);
    assert.deepEqual(plain(await until(offline.list(alice))), [
      { id: first, stanza: [1, 0], at: 1000 },
      { id: second, stanza: [2], at: 1002 },
    ]);
    await until(offline.drop(alice, [first, other, 999_999]));
    assert.equal(await until(offline.count(alice)), 1);
    assert.equal(await until(offline.count(bob)), 1);
    await until(offline.drop(alice, []));
    await until(offline.drop(alice, [second]));
    const third = await until(offline.push(alice, Uint8Array.of(3), 1003, 10));
    assert.ok(third !== undefined && third > second, "an id is never given twice");
  });

  check("a mailbox takes so many messages and no more", async (given) => {
    const { offline } = given.store;
    const { until } = given.time;
    const pushed = await until(Promise.all([1, 2, 3].map((n) => offline.push(alice, Uint8Array.of(n), n, 2))));
    assert.deepEqual(
      pushed.map((id) => id !== undefined),
      [true, true, false],
    );
    assert.equal(await until(offline.count(alice)), 2);
    assert.equal(await until(offline.push(bob, Uint8Array.of(1), 1, 0)), undefined);
  });

  check(
    "a binding takes the place of the one with its key, each person's own; all are listed by person and key",
    async (given) => {
      const { bindings } = given.store;
      const { until } = given.time;
      assert.deepEqual(await until(bindings.all()), []);
      await until(bindings.put(bob, binding("one")));
      await until(bindings.put(alice, binding("two", { path: [], parameters: "", userAgent: "" })));
      await until(bindings.put(alice, binding("one", { cseq: 1 })));
      await until(bindings.put(alice, binding("one", { cseq: 2, contact: "sips:alice@host" })));
      assert.deepEqual(
        plain(await until(bindings.all())),
        plain([
          [alice, binding("one", { cseq: 2, contact: "sips:alice@host" })],
          [alice, binding("two", { path: [], parameters: "", userAgent: "" })],
          [bob, binding("one")],
        ]),
      );
      await until(bindings.remove(alice, "one"));
      await until(bindings.remove(alice, "one"));
      await until(bindings.remove("nobody@ours.example", "one"));
      assert.deepEqual(
        (await until(bindings.all())).map(([owner, { key }]) => `${owner} ${key}`),
        [`${alice} two`, `${bob} one`],
      );
    },
  );

  check("a subscription takes the place of the one with its key; all are listed by key", async (given) => {
    const { subscriptions } = given.store;
    const { until } = given.time;
    assert.deepEqual(await until(subscriptions.all()), []);
    await until(subscriptions.put(subscription("two")));
    await until(subscriptions.put(subscription("one", { state: "{}" })));
    await until(subscriptions.put(subscription("one", { local: bob, expiresAt: 7 })));
    assert.deepEqual(await until(subscriptions.all()), [
      subscription("one", { local: bob, expiresAt: 7 }),
      subscription("two"),
    ]);
    await until(subscriptions.remove("one"));
    await until(subscriptions.remove("one"));
    assert.deepEqual(await until(subscriptions.all()), [subscription("two")]);
  });

  personalThings(check);

  check("facts are what was last put", async (given) => {
    const { facts } = given.store;
    const { until } = given.time;
    assert.equal(await until(facts.get("secret")), undefined);
    await until(facts.put("secret", Uint8Array.of(1)));
    await until(facts.put("secret", Uint8Array.of(2, 0)));
    await until(facts.put("empty", Uint8Array.of()));
    assert.deepEqual(plain(await until(facts.get("secret"))), [2, 0]);
    assert.deepEqual(plain(await until(facts.get("empty"))), []);
  });

  check("the audit is read newest first, so many entries", async (given) => {
    const { audit } = given.store;
    const { until } = given.time;
    const entry = (at: number) => ({ at, actor: "cli:0", action: "user-add", subject: alice, detail: `n${at}` });
    for (const at of [5, 3, 4]) await until(audit.append(entry(at)));
    assert.deepEqual(await until(audit.list(2)), [entry(4), entry(3)]);
    assert.deepEqual(await until(audit.list(100)), [entry(4), entry(3), entry(5)]);
  });

  check("a read sees every write called before it, though none has been awaited", async (given) => {
    const { accounts, offline, rosters, bindings, privacy, documents } = given.store;
    const added = accounts.add(account(alice));
    const said = [
      bindings.put(alice, binding("one")),
      privacy.put(alice, { otherwise: "allow", entries: [] }),
      documents.put(alice, { name: "rls", etag: "1", content: Uint8Array.of(1) }),
    ];
    const pushed = offline.push(alice, Uint8Array.of(7), 1, 10);
    const put = rosters.put(alice, item("carol@theirs.example"));
    const seen = Promise.all([
      accounts.find(alice),
      offline.count(alice),
      rosters.load(alice),
      accounts.add(account(alice)),
      bindings.all(),
      privacy.load(alice),
      documents.remove(alice, "rls"),
      documents.get(alice, "rls"),
    ]);
    const [found, count, roster, twice, bound, rules, removed, document] = await given.time.until(seen);
    assert.equal(found?.address, alice);
    assert.equal(count, 1);
    assert.equal(roster.items.length, 1);
    assert.equal(!twice.ok && twice.fault.code, "account-exists");
    assert.deepEqual([bound.length, rules?.otherwise, removed, document], [1, "allow", true, undefined]);
    await given.time.until(Promise.all([added, pushed, put, ...said]));
  });

  check("of the writes of one turn only the impossible one fails", async (given) => {
    const { accounts, facts, privacy, rosters, subscriptions } = given.store;
    const unknownHash = {
      ...account(alice),
      keys: [keys("SHA-1", 1), { ...keys("SHA-1", 2), hash: "MD5" as "SHA-1" }],
    };
    const impossible = item("carol@theirs.example", { subscription: "sideways" as "both" });
    const unknownDigest = { ...account(bob), digests: [digest("MD5", 1), digest("SHA-1" as "MD5", 2)] };
    const outcomes = await given.time.until(
      Promise.allSettled([
        facts.put("before", Uint8Array.of(1)),
        rosters.put(alice, impossible),
        accounts.add(unknownHash),
        accounts.add(unknownDigest),
        privacy.put(alice, { otherwise: "sometimes" as "ask", entries: [] }),
        subscriptions.put(subscription("one", { state: "no JSON" })),
        facts.put("after", Uint8Array.of(2)),
      ]),
    );
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected", "rejected", "rejected", "rejected", "rejected", "fulfilled"],
    );
    assert.deepEqual(plain(await given.time.until(facts.get("before"))), [1]);
    assert.deepEqual(plain(await given.time.until(facts.get("after"))), [2]);
    assert.deepEqual((await given.time.until(rosters.load(alice))).items, []);
    assert.equal(await given.time.until(accounts.find(alice)), undefined, "nor half of it is kept");
    assert.equal(await given.time.until(accounts.find(bob)), undefined, "nor half of it is kept");
    assert.equal(await given.time.until(privacy.load(alice)), undefined);
  });

  check("what a resolved promise wrote is there after a crash", async (given) => {
    const { accounts, rosters, offline, bindings, privacy, documents, calendars, facts, audit } = given.store;
    const { until } = given.time;
    await until(accounts.add(account(alice)));
    const version = await until(rosters.put(alice, item("carol@theirs.example")));
    const id = await until(offline.push(alice, Uint8Array.of(7), 1, 10));
    await until(bindings.put(alice, binding("gone")));
    await until(bindings.put(alice, binding("one")));
    await until(bindings.remove(alice, "gone"));
    await until(privacy.put(alice, { otherwise: "block", entries: [{ who: bob, rule: "allow" }] }));
    await until(documents.put(alice, { name: "rls", etag: "1", content: Uint8Array.of(0, 1) }));
    await until(calendars.put(alice, calendar("in-a-meeting")));
    await until(facts.put("secret", Uint8Array.of(3)));
    await until(audit.append({ at: 1, actor: "system", action: "a", subject: "s", detail: "d" }));
    const left = await given.crash();
    assert.deepEqual(plain(await until(left.accounts.find(alice))), plain(account(alice)));
    assert.equal((await until(left.rosters.load(alice))).version, version);
    assert.deepEqual(
      (await until(left.offline.list(alice))).map((message) => message.id),
      [id],
    );
    assert.deepEqual(plain(await until(left.bindings.all())), plain([[alice, binding("one")]]));
    assert.deepEqual(await until(left.privacy.load(alice)), {
      otherwise: "block",
      entries: [{ who: bob, rule: "allow" }],
    });
    assert.deepEqual(plain((await until(left.documents.get(alice, "rls")))?.content), [0, 1]);
    assert.deepEqual(plain(await until(left.calendars.all())), plain([[alice, calendar("in-a-meeting")]]));
    assert.deepEqual(plain(await until(left.facts.get("secret"))), [3]);
    assert.equal((await until(left.audit.list(10))).length, 1);
    await until(left.close());
  });

  check("closing finishes what was asked for; afterwards everything is refused", async (given) => {
    const { store } = given;
    const { until } = given.time;
    const last = store.facts.put("last", Uint8Array.of(1));
    await until(store.close());
    await until(last);
    await assert.rejects(until(store.facts.get("last")), /store-unavailable/);
    await assert.rejects(until(store.facts.put("late", Uint8Array.of(1))), /store-unavailable/);
    await until(store.close());
  });
}
