import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import { no, ok } from "../base/result.ts";
import type { Accounts } from "./accounts.ts";
import { actorHeader } from "./actor.ts";
import { adminApp } from "./admin-app.ts";
import type { Desk } from "./desk.ts";

/** Accounts that remember what they were asked; the real ones have tests of their own. */
class AskedAccounts implements Pick<Accounts, "add" | "setPassword" | "remove" | "list"> {
  readonly asked: string[] = [];
  async add(actor: string, address: string, password: string) {
    this.asked.push(`${actor} add ${address} ${password}`);
    return address === "bob@a" ? no(fault("account-exists", address)) : ok(address);
  }
  async setPassword(actor: string, address: string, password: string) {
    this.asked.push(`${actor} passwd ${address} ${password}`);
    return ok(address);
  }
  async remove(actor: string, address: string) {
    this.asked.push(`${actor} remove ${address}`);
    return no(fault("account-unknown", address));
  }
  async list(domain?: string) {
    if (domain === "broken") throw new Error("disk");
    return ok(domain === undefined ? ["a@a", "b@b"] : [`x@${domain}`]);
  }
}

function setUp() {
  const accounts = new AskedAccounts();
  const desk = {
    accounts,
    audit: { list: async () => [] },
    domains: () => ["a", "b"],
    certificates: async () => ok([]),
    emails: { domains: async () => [{ domain: "c", managed: "administrator", users: 0 }] },
    node: undefined,
  };
  // Only the methods the app calls are there.
  return { accounts, app: adminApp(desk as unknown as Desk) };
}

const json = { "content-type": "application/json", [actorHeader]: "cli:0" };
const post = (body: unknown) => ({ method: "POST", headers: json, body: JSON.stringify(body) });

test("requests reach the accounts, with who asks", async () => {
  const { accounts, app } = setUp();
  assert.equal((await app.request("/users", post({ address: "x@a", password: "p" }))).status, 201);
  await app.request("/users/x%2By@a/password", { method: "PUT", headers: json, body: '{"password":"q"}' });
  await app.request("/users/x@a", { method: "DELETE" });
  assert.deepEqual(accounts.asked, ["cli:0 add x@a p", "cli:0 passwd x+y@a q", "api:unnamed remove x@a"]);
});

const answers: readonly (readonly [string, string, RequestInit, number, string | undefined])[] = [
  ["what there is already", "/users", post({ address: "bob@a", password: "p" }), 409, "account-exists"],
  ["what is not there", "/users/x@a", { method: "DELETE" }, 404, "account-unknown"],
  ["a body that is no JSON", "/users", { method: "POST", body: "{" }, 400, "bad-request"],
  ["a body with too much in it", "/users", post({ address: "x@a", password: "p", admin: true }), 400, "bad-request"],
  ["a body with too little in it", "/users", post({ address: "x@a" }), 400, "bad-request"],
  ["a resource that is none", "/nothing", {}, 404, "bad-request"],
  ["a limit that is none", "/audit?limit=x", {}, 400, "bad-request"],
  ["a node that does not run", "/status", {}, 503, "not-running"],
  ["a reload of a node that does not run", "/reload", { method: "POST" }, 503, "not-running"],
  ["a store that broke", "/users?domain=broken", {}, 503, "store-unavailable"],
  ["all users", "/users", {}, 200, undefined],
];
for (const [what, target, init, status, code] of answers) {
  test(`answers ${what} with ${status}`, async () => {
    const response = await setUp().app.request(target, init);
    assert.equal(response.status, status);
    const body = (await response.json()) as { code?: string; words?: string };
    assert.equal(body.code, code);
    if (code !== undefined) assert.ok(body.words);
  });
}

test("a body beyond all measure is refused unread", async () => {
  const long = post({ address: "x@a", password: "p".repeat(100_000) });
  const headers = { ...long.headers, "content-length": String(long.body.length) };
  const response = await setUp().app.request("/users", { ...long, headers });
  assert.equal(response.status, 413);
});

test("domains come with how many users each has", async () => {
  const response = await setUp().app.request("/domains");
  assert.deepEqual(await response.json(), {
    domains: [
      { domain: "a", users: 1 },
      { domain: "b", users: 1 },
    ],
    email: [{ domain: "c", managed: "administrator", users: 0 }],
  });
});
