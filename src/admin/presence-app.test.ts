import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import { no, ok } from "../base/result.ts";
import { rules } from "../presence/rules.ts";
import { actorHeader } from "./actor.ts";
import { adminApp } from "./admin-app.ts";
import type { Desk } from "./desk.ts";

/** A desk that remembers what it was asked; what it does with it has tests of its own. */
function setUp(running = true) {
  const asked: unknown[] = [];
  const presence = {
    async explain(_: unknown, address: string, watcher: string | undefined) {
      asked.push(["explain", address, watcher]);
      return address === "nobody@a" ? no(fault("account-unknown", address)) : ok({ address });
    },
    async watchers(_: unknown, address: string) {
      asked.push(["watchers", address]);
      return ok([]);
    },
    async privacy(_: unknown, address: string) {
      asked.push(["privacy", address]);
      return ok({ address, default: "ask", entries: [] });
    },
    async setPrivacy(actor: string, _: unknown, address: string, change: object) {
      asked.push(["setPrivacy", actor, address, change]);
      return no(fault("privacy-full"));
    },
    async setCalendar(actor: string, _: unknown, address: string, word: object) {
      asked.push(["setCalendar", actor, address, word]);
      return ok(address);
    },
  };
  const node = running ? { phoneLines: () => [] } : undefined;
  const app = adminApp({ presence, node, rules: () => rules } as unknown as Desk);
  return { app, asked };
}

const send = (method: string, body: unknown) => ({
  method,
  headers: { "content-type": "application/json", [actorHeader]: "cli:0" },
  body: JSON.stringify(body),
});

test("requests reach the desk, with who asks", async () => {
  const { app, asked } = setUp();
  await app.request("/presence/a%2Bb@a");
  await app.request("/presence/a@a?as=b@b");
  await app.request("/presence/a@a/watchers");
  await app.request("/presence/a@a/calendar", send("PUT", { state: "out-of-office", until: 5, note: "n" }));
  await app.request("/presence/a@a/calendar", send("PUT", { state: "free" }));
  await app.request("/users/a@a/privacy");
  await app.request("/users/a@a/privacy", send("PATCH", { default: "allow", block: ["b@b"] }));
  assert.deepEqual(asked, [
    ["explain", "a+b@a", undefined],
    ["explain", "a@a", "b@b"],
    ["watchers", "a@a"],
    ["setCalendar", "cli:0", "a@a", { state: "out-of-office", until: 5, note: "n" }],
    ["setCalendar", "cli:0", "a@a", { state: "free", until: undefined, note: "" }],
    ["privacy", "a@a"],
    ["setPrivacy", "cli:0", "a@a", { otherwise: "allow", block: ["b@b"] }],
  ]);
});

const answers: readonly (readonly [string, string, RequestInit, number, string | undefined])[] = [
  ["somebody who is not there", "/presence/nobody@a", {}, 404, "account-unknown"],
  ["lists that are full", "/users/a@a/privacy", send("PATCH", { block: ["b@b"] }), 400, "privacy-full"],
  ["a rule that is none", "/users/a@a/privacy", send("PATCH", { default: "maybe" }), 400, "bad-request"],
  ["a list that is none", "/users/a@a/privacy", send("PATCH", { block: "b@b" }), 400, "bad-request"],
  ["too much in a change", "/users/a@a/privacy", send("PATCH", { deny: ["b@b"] }), 400, "bad-request"],
  ["a calendar's state that is none", "/presence/a@a/calendar", send("PUT", { state: "asleep" }), 400, "bad-request"],
  ["a time that is none", "/presence/a@a/calendar", send("PUT", { state: "free", until: "x" }), 400, "bad-request"],
  ["a time after all time", "/presence/a@a/calendar", send("PUT", { state: "free", until: 9e15 }), 400, "bad-request"],
  ["a calendar without a body", "/presence/a@a/calendar", { method: "PUT" }, 400, "bad-request"],
  ["the lines", "/phone/lines", {}, 200, undefined],
  ["the rules", "/presence/rules", {}, 200, undefined],
];
for (const [what, target, init, status, code] of answers) {
  test(`answers ${what} with ${status}`, async () => {
    const response = await setUp().app.request(target, init);
    assert.equal(response.status, status);
    assert.equal(((await response.json()) as { code?: string }).code, code);
  });
}

test("a node that does not run has rules, and nothing else to say", async () => {
  const { app, asked } = setUp(false);
  const stopped: readonly (readonly [string, RequestInit])[] = [
    ["/presence/a@a", {}],
    ["/presence/a@a/watchers", {}],
    ["/presence/a@a/calendar", send("PUT", { state: "free" })],
    ["/users/a@a/privacy", {}],
    ["/users/a@a/privacy", send("PATCH", {})],
    ["/phone/lines", {}],
  ];
  for (const [target, init] of stopped) {
    const response = await app.request(target, init);
    assert.equal(response.status, 503, target);
    assert.equal(((await response.json()) as { code: string }).code, "not-running");
  }
  assert.deepEqual(asked, []);
  const shown = (await (await app.request("/presence/rules")).json()) as { rules: { id: string }[] };
  assert.deepEqual(
    shown.rules.map(({ id }) => id),
    rules.map(({ id }) => id),
  );
});
