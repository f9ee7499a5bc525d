import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const [m1, alice] = ["m1@contoso.example", "alice@ours.example"];
type Twin = Awaited<ReturnType<typeof partnerOf>>;

const heard = (twin: Twin) => (twin.state.users.m1?.heard ?? []).map(({ text }) => text);
const readBy = (local: XmppPerson) => local.reads.flat().map(({ text }) => text);

test("I-4: both begin at once: each text arrives once, and the conversation goes on in one session", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "slow-200": 1 } });
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "mine"); // its INVITE waits a second for its 200
  const said = twin.say(person(twin, "m1"), alice, "theirs");
  await until("theirs is read", () => said.status === 200, twin);
  await until("mine is read", () => heard(twin).includes("mine"), twin);
  await local.says(m1, "on");
  const again = twin.say(person(twin, "m1"), alice, "and on");
  await until("both go on", () => heard(twin).includes("on") && again.status === 200, twin);
  assert.deepEqual(readBy(local), ["theirs", "and on"]);
  assert.deepEqual(heard(twin), ["mine", "on"]);
  assert.deepEqual(twin.violations, []);
});

test("I-4: both begin at once and ours is refused: what waits goes into theirs", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "slow-200": 1, "invite-status": 480 } });
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "mine");
  const said = twin.say(person(twin, "m1"), alice, "theirs");
  await until("theirs is read", () => said.status === 200, twin);
  await until("mine arrives, or comes back", () => heard(twin).length + readBy(local).length === 2, twin);
  assert.deepEqual(twin.violations, []);
});

test("I-4: both begin at once and theirs ends before ours is answered: what waits goes into ours", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "slow-200": 1 } });
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "mine");
  const said = twin.say(person(twin, "m1"), alice, "theirs");
  await until("theirs is read", () => said.status === 200, twin);
  assert.ok(twin.bye(person(twin, "m1"), alice));
  await until("mine is read", () => heard(twin).includes("mine"), twin);
  await local.says(m1, "on");
  await until("on is read", () => heard(twin).includes("on"), twin);
  assert.deepEqual(readBy(local), ["theirs"]);
  assert.deepEqual(twin.violations, []);
});

test("RFC 3261 §12.1.1: a 200 that makes no dialog: the text comes back, and the next one is tried anew", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "strange-contact": 1 } });
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "one");
  await until("it comes back", () => readBy(local).length === 1, twin);
  assert.match(readBy(local)[0] ?? "", /^\(comes back: [A-Z]\w+ /);
  twin.quirks["strange-contact"] = 0;
  await local.says(m1, "two");
  await until("M1 reads", () => heard(twin).includes("two"), twin);
});

test("I-5, R18: 481 to a text: another session, and the text once more, once", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "one");
  await until("M1 reads", () => heard(twin).length === 1, twin);
  twin.edge.dialogs.clear(); // their server has forgotten it, and says so
  await local.says(m1, "two");
  await until("M1 reads on", () => heard(twin).length === 2, twin);
  assert.deepEqual(heard(twin), ["one", "two"]);
  // One that is refused each time comes back after the second.
  twin.quirks["message-status"] = 481;
  await local.says(m1, "three");
  await until("it comes back", () => readBy(local).length === 1, twin);
  assert.match(readBy(local)[0] ?? "", /^\(comes back: [A-Z]\w+ /);
});

test("I-12: their idle end and a new Call-ID make no other conversation for XMPP", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "idle-bye": 1 } });
  const local = await XmppPerson.signsIn(stage, "alice");
  const first = twin.say(person(twin, "m1"), alice, "before");
  await until("it is read", () => first.status === 200, twin);
  await until("they end it", () => twin.state.users.m1?.sessions.every(({ state }) => state === "over") === true, twin);
  const next = twin.say(person(twin, "m1"), alice, "after");
  await until("it is read", () => next.status === 200, twin);
  const callIds = new Set(twin.state.users.m1?.sessions.map(({ callId }) => callId));
  assert.equal(callIds.size, 2);
  assert.deepEqual(readBy(local), ["before", "after"]);
  assert.deepEqual(twin.violations, []);
});

test("I-6: their typing is shown until they say something or stop; ours is told once, and its end", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await XmppPerson.signsIn(stage, "alice");
  const m1Person = person(twin, "m1");
  const first = twin.say(m1Person, alice, "hello");
  await until("it is read", () => first.status === 200, twin);
  assert.ok(twin.type(m1Person, alice));
  await until("typing is shown", () => local.typing(m1), twin);
  assert.ok(twin.type(m1Person, alice, "idle"));
  await until("and its end", () => !local.typing(m1), twin);
  await local.types(m1);
  await until("M1 sees typing", () => twin.state.users.m1?.typing[alice] === "type", twin);
  await local.says(m1, "done");
  await until("and no more once it is said", () => twin.state.users.m1?.typing[alice] === undefined, twin);
  assert.deepEqual(twin.violations, []);
});

test("I-6: who typed ten seconds ago and said nothing since types no more", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await XmppPerson.signsIn(stage, "alice");
  const first = twin.say(person(twin, "m1"), alice, "hello");
  await until("it is read", () => first.status === 200, twin);
  assert.ok(twin.type(person(twin, "m1"), alice));
  await until("typing is shown", () => local.typing(m1), twin);
  const began = Date.now();
  await until("and its end", () => !local.typing(m1), twin, 13);
  assert.ok(Date.now() - began > 8_000);
});

test("4.2, 4.3: their edge says why: the writer reads it, the operator what to do about it", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "edge-status": 504, diagnostics: 1002 } });
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "hello");
  await until("it comes back", () => readBy(local).length === 1, twin);
  assert.match(readBy(local)[0] ?? "", /1002/);
  const line = stage.log.lines.find(({ what }) => what === "SIP partner refused");
  assert.deepEqual(
    [line?.fields.domain, line?.fields.status, line?.fields.fault, line?.fields.diagnostics],
    ["contoso.example", 504, "answered-forbidden", 1002],
  );
  assert.match(`${line?.fields.advice}`, /federated partners/);
});

test("pairs that have fallen silent are forgotten when there are too many; open conversations never are", async (t) => {
  const stage = await setStage(t, { limits: { sipConversationsRememberedMax: 2 } });
  const twin = await partnerOf(t, stage, "lync2010", { users: ["m1", "m2", "m3", "m4"] });
  const local = await XmppPerson.signsIn(stage, "alice");
  for (const [at, name] of ["m1", "m2", "m3"].entries()) {
    await local.says(`${name}@contoso.example`, "hello");
    await until("it is read", () => twin.state.users[name]?.heard.length === 1, twin);
    assert.equal(stage.node.counts.sip.pairs, at + 1, "open ones stay");
  }
  assert.equal(stage.node.counts.sip.conversations, 3);
  assert.ok(twin.bye(person(twin, "m1"), alice));
  await until("the first is over", () => stage.node.counts.sip.conversations === 2, twin);
  await local.says("m4@contoso.example", "hello");
  await until("it is read", () => twin.state.users.m4?.heard.length === 1, twin);
  assert.equal(stage.node.counts.sip.pairs, 3, "the silent one has made room");
  await local.says(m1, "again");
  await until("a forgotten pair begins anew", () => heard(twin).length === 2, twin);
  assert.deepEqual(heard(twin), ["hello", "again"]);
});
