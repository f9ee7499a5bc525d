import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

type Twin = Awaited<ReturnType<typeof partnerOf>>;

const users = Array.from({ length: 40 }, (_, number) => `m${number + 1}`);
const address = (user: string) => `${user}@contoso.example`;
/** Connections that we opened. */
const ours = (twin: Twin) => twin.links.list.filter(({ direction }) => direction === "in");
const heard = (twin: Twin) => users.flatMap((user) => (twin.state.users[user]?.heard ?? []).map(({ text }) => text));

test("one connection does for who writes now and then; four, and no more, where much is under way; each dialog goes over any", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { users, peer: undefined });
  const local = await XmppPerson.signsIn(stage, "alice");
  for (const user of users.slice(0, 12)) {
    await local.says(address(user), `calm ${user}`);
    await until(`${user} reads`, () => heard(twin).includes(`calm ${user}`), twin);
  }
  assert.equal(ours(twin).length, 1);
  // Every INVITE rings for a while: at 15 a second, more are under way than one connection is to have.
  twin.quirks["slow-200"] = 3;
  for (const user of users.slice(12)) await local.says(address(user), `busy ${user}`);
  await until("there are four", () => ours(twin).length === 4, twin, 8);
  await until("all are read", () => heard(twin).length === users.length, twin, 20);
  assert.equal(ours(twin).length, 4);
  // The last may have come when nothing was left to go over it.
  const carried = ours(twin).map(({ requestsIn }) => requestsIn);
  assert.ok(carried.filter((count) => count > 0).length >= 3, carried.join(" "));
  // What was begun over one goes on over any: those that are left when all but the last opened are gone.
  const [, , , last] = ours(twin);
  for (const link of ours(twin)) if (link !== last) link.close();
  const before = last?.requestsIn ?? 0;
  for (const user of users) await local.says(address(user), `on ${user}`);
  await until("they read on", () => heard(twin).length === 2 * users.length, twin, 20);
  assert.ok((last?.requestsIn ?? 0) > before);
  assert.ok(
    users.every((user) => twin.state.users[user]?.sessions.length === 1),
    "no dialog was begun for a connection's sake",
  );
  assert.equal(new Set(heard(twin)).size, heard(twin).length, "each once");
  assert.deepEqual(twin.violations, []);
});

test("I-13: one of four connections breaks amid messages: only what is under way on it is sent once more; nothing is lost", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { users, peer: undefined });
  const local = await XmppPerson.signsIn(stage, "alice");
  twin.quirks["slow-200"] = 3;
  for (const user of users) await local.says(address(user), `1 ${user}`);
  await until("there are four", () => ours(twin).length === 4, twin, 8);
  twin.quirks["slow-200"] = 0;
  await until("all are read", () => heard(twin).length === users.length, twin, 20);
  const [unlucky = "", ...others] = users;
  const counts = new Map(ours(twin).map((link) => [link, link.requestsIn]));
  twin.quirks["silent-message"] = 1;
  await local.says(address(unlucky), `2 ${unlucky}`);
  const used = () => ours(twin).find((link) => link.requestsIn !== counts.get(link));
  await until("a text is under way", () => used() !== undefined, twin);
  const broken = used();
  const standing = ours(twin).filter((link) => link !== broken);
  twin.quirks["silent-message"] = 0;
  for (const user of others) await local.says(address(user), `2 ${user}`);
  broken?.send(Buffer.from("OPTIONS sip:ours.example SIP/2.0\r\nVia: SIP/2.0/TLS cut.of"));
  broken?.end();
  await until("all are read", () => heard(twin).length === 2 * users.length, twin, 20);
  assert.deepEqual(new Set(heard(twin)), new Set(users.flatMap((user) => [`1 ${user}`, `2 ${user}`])), "each once");
  assert.deepEqual(local.reads.flat(), [], "none came back");
  assert.ok(
    standing.every(({ gone }) => !gone),
    "the others stand",
  );
  const sessions = users.map((user) => twin.state.users[user]?.sessions.length);
  assert.deepEqual(new Set(sessions), new Set([1]), "every dialog goes on");
  assert.deepEqual(twin.violations, []);
});

test("sipPartnerConnectionsMax, --connections: as many as are allowed", async (t) => {
  const stage = await setStage(t, { limits: { sipPartnerConnectionsMax: 3, sipPartnerRequestsAtOnce: 2 } });
  const twin = await partnerOf(t, stage, "lync2010", { users, peer: undefined, quirks: { "slow-200": 1 } }, {});
  const local = await XmppPerson.signsIn(stage, "alice");
  for (const user of users) await local.says(address(user), user);
  await until("all are read", () => heard(twin).length === users.length, twin, 20);
  assert.equal(ours(twin).length, 3);
  const two = await setStage(t, { limits: { sipPartnerRequestsAtOnce: 2 } });
  const other = await partnerOf(
    t,
    two,
    "lync2010",
    { users, peer: undefined, quirks: { "slow-200": 1 } },
    { connections: 2 },
  );
  const bob = await XmppPerson.signsIn(two, "bob");
  for (const user of users) await bob.says(address(user), user);
  await until("all are read", () => heard(other).length === users.length, other, 12);
  assert.equal(ours(other).length, 2);
  assert.ok(person(other, "m1"));
});

test("connections beside the first end when they are not needed any more; the first is kept alive, and dialogs go on over it", async (t) => {
  const limits = { sipPartnerRequestsAtOnce: 2, sipKeepaliveMs: 200, sipFlowIdleMs: 1_000 };
  const stage = await setStage(t, { limits });
  const twin = await partnerOf(t, stage, "lync2010", { users, peer: undefined, quirks: { "slow-200": 1 } });
  const local = await XmppPerson.signsIn(stage, "alice");
  for (const user of users) await local.says(address(user), `busy ${user}`);
  await until("all are read", () => heard(twin).length === users.length, twin, 20);
  const [first] = ours(twin);
  assert.equal(ours(twin).length, 4);
  await until("one is left", () => ours(twin).length === 1, twin, 10);
  assert.equal(ours(twin)[0], first);
  twin.quirks["slow-200"] = 0;
  for (const user of users) await local.says(address(user), `on ${user}`);
  await until("they read on", () => heard(twin).length === 2 * users.length, twin, 20);
  assert.ok(users.every((user) => twin.state.users[user]?.sessions.length === 1));
  assert.deepEqual(local.reads.flat(), []);
  assert.deepEqual(twin.violations, []);
});
