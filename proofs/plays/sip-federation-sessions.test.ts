import assert from "node:assert/strict";
import { test } from "node:test";
import type { Random } from "../../src/base/random.ts";
import { addPartner, partnerOf, person, standIn, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const [m1, alice] = ["m1@contoso.example", "alice@ours.example"];
type Twin = Awaited<ReturnType<typeof partnerOf>>;

const heard = (twin: Twin) => (twin.state.users.m1?.heard ?? []).map(({ text }) => text);
const readBy = (local: XmppPerson) => local.reads.flat().map(({ text }) => text);

/** A stand-in whose Call-IDs are all lower than ours, or all higher. */
async function ordered(t: Parameters<typeof setStage>[0], stage: Stage, theirs: "lower" | "higher"): Promise<Twin> {
  const { clock, network, random } = stage.world;
  const marked: Random = {
    id: () => (theirs === "lower" ? "!" : "~") + random.id(),
    bytes: (count) => random.bytes(count),
    below: (limit) => random.below(limit),
  };
  const doors = { clock, network, random: marked };
  const twin = await standIn(t, doors, stage.port("sip-tls"), "lync2010", { quirks: { "slow-200": 1 } });
  const routes = [{ host: "127.0.0.1", port: twin.at.port }];
  await addPartner(stage, { domain: "contoso.example", type: "lync2010", routes });
  return twin;
}

/** Both sides begin at once; answers the two sessions once both are up. */
async function glare(twin: Twin, local: XmppPerson) {
  await local.says(m1, "mine"); // its INVITE waits a second for its 200
  const said = twin.say(person(twin, "m1"), alice, "theirs");
  await until("theirs is read", () => said.status === 200, twin);
  await until("mine is read", () => heard(twin).includes("mine"), twin);
  const up = () => (twin.state.users.m1?.sessions ?? []).filter(({ state }) => state === "up");
  await until("both are up", () => up().length === 2, twin);
  const callId = (by: "us" | "them") => up().find(({ openedBy }) => openedBy === by)?.callId ?? "";
  return { up, ours: callId("them"), theirs: callId("us") };
}

const lastCallId = (twin: Twin) => twin.state.users.m1?.heard.at(-1)?.callId;

for (const order of ["lower", "higher"] as const) {
  test(`I-4: both begin at once, their Call-ID is the ${order}: both sessions stand, we speak in that with the lower, and hear in both`, async (t) => {
    const stage = await setStage(t);
    const twin = await ordered(t, stage, order);
    const local = await XmppPerson.signsIn(stage, "alice");
    const { up, ours, theirs } = await glare(twin, local);
    const [lower, higher] = order === "lower" ? [theirs, ours] : [ours, theirs];
    assert.ok(lower < higher);
    await local.says(m1, "on");
    await until("it is read", () => heard(twin).includes("on"), twin);
    assert.equal(lastCallId(twin), lower);
    // The stand-in knows no such rule: it says things in that which began last.
    const again = twin.say(person(twin, "m1"), alice, "and on");
    await until("both are heard", () => again.status === 200, twin);
    assert.equal(up().length, 2);
    // The one we speak in dies: the other goes on, without another INVITE, and nobody is shown as gone.
    const dying = twin.sessions.list.find(({ dialog }) => dialog.callId === lower);
    assert.ok(twin.speaking.bye(dying));
    await until("one is over", () => stage.node.counts.sip.conversations === 1, twin);
    await local.says(m1, "still here");
    await until("it is read", () => heard(twin).includes("still here"), twin);
    assert.equal(lastCallId(twin), higher);
    assert.equal(twin.state.users.m1?.sessions.length, 2);
    assert.equal(local.gone(m1), false);
    assert.ok(twin.bye(person(twin, "m1"), alice));
    await until("now M1 has gone", () => local.gone(m1), twin);
    assert.deepEqual(readBy(local), ["theirs", "and on"]);
    assert.deepEqual(heard(twin), ["mine", "on", "still here"]);
    assert.deepEqual(twin.violations, []);
  });
}

test("I-4, R18: the session we speak in is forgotten there: the text goes into the other, once", async (t) => {
  const stage = await setStage(t);
  const twin = await ordered(t, stage, "higher");
  const local = await XmppPerson.signsIn(stage, "alice");
  const { ours, theirs } = await glare(twin, local);
  const forgotten = twin.sessions.list.find(({ dialog }) => dialog.callId === ours);
  assert.ok(forgotten);
  twin.edge.forget(forgotten.dialog);
  await local.says(m1, "on");
  await until("it is read", () => heard(twin).includes("on"), twin);
  assert.equal(lastCallId(twin), theirs);
  assert.deepEqual(heard(twin), ["mine", "on"]);
  assert.deepEqual(readBy(local), ["theirs"]);
  assert.deepEqual(twin.violations, []);
});

test("I-4, R18: typing finds the session we speak in forgotten: the other goes on, and nobody is shown as gone", async (t) => {
  const stage = await setStage(t);
  const twin = await ordered(t, stage, "higher");
  const local = await XmppPerson.signsIn(stage, "alice");
  const { ours, theirs } = await glare(twin, local);
  const forgotten = twin.sessions.list.find(({ dialog }) => dialog.callId === ours);
  assert.ok(forgotten);
  twin.edge.forget(forgotten.dialog);
  await local.types(m1);
  await until("one is left", () => stage.node.counts.sip.conversations === 1, twin);
  await local.says(m1, "on");
  await until("it is read", () => heard(twin).includes("on"), twin);
  assert.equal(lastCallId(twin), theirs);
  assert.equal(twin.state.users.m1?.sessions.length, 2, "no other was opened");
  assert.equal(local.gone(m1), false);
  assert.deepEqual(twin.violations, []);
});

test("sip-wire 3.5: another INVITE of theirs while a session stands takes its place; the older is ended a second later, and nobody is shown as gone", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "one");
  await until("M1 reads", () => heard(twin).length === 1, twin);
  const [older] = twin.sessions.list;
  assert.ok(older);
  // M1 writes from another device, which knows nothing of the session.
  older.isFork = true;
  const said = twin.say(person(twin, "m1"), alice, "two");
  await until("it is read", () => said.status === 200, twin);
  assert.equal(older.state, "up");
  const crossing = twin.speaking.say(person(twin, "m1"), alice, "three");
  await local.says(m1, "four");
  await until("it is read", () => heard(twin).includes("four") && crossing.status === 200, twin);
  assert.notEqual(lastCallId(twin), older.dialog.callId);
  await until("the older is ended", () => older.state === "over", twin);
  assert.equal(twin.state.users.m1?.sessions.filter(({ state }) => state === "up").length, 1);
  assert.equal(local.gone(m1), false);
  assert.deepEqual(readBy(local), ["two", "three"]);
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

test("I-10, I-11: a text in every form their clients write is read as its words, once", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await XmppPerson.signsIn(stage, "alice");
  for (const form of ["plain", "html", "rtf", "multipart", "related"] as const) {
    const text = `1 < 2 & "${form}" is written {so}\\`;
    const said = twin.say(person(twin, "m1"), alice, text, form);
    await until(`${form} is taken`, () => said.status === 200, twin);
    assert.equal(readBy(local).at(-1), text, said.body);
  }
  assert.equal(readBy(local).length, 5);
  assert.deepEqual(twin.violations, []);
});

test("4.3: what a filter of theirs stops comes back as its rule, and says what to leave out", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "message-status": 606 } });
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "look at http://example.com");
  await until("it comes back", () => readBy(local).length === 1, twin);
  assert.match(readBy(local)[0] ?? "", /^\(comes back: A filter of the other side does not let this text through/);
  twin.quirks["message-status"] = 0;
  await local.says(m1, "look yourself");
  await until("the session stands", () => heard(twin).includes("look yourself"), twin);
  assert.equal(twin.sessions.list.length, 1);
});

test("3.5: 202 says that a server has it: no receipt; that it did not arrive after all is told to who wrote it", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await stage.present("alice");
  const asks = "<request xmlns='urn:xmpp:receipts'/>";
  for (const how of [1, 2, 3]) {
    twin.quirks["late-failure"] = how;
    local.sends(`<message to='${m1}' type='chat' id='m${how}'><body>x</body>${asks}</message>`);
    await local.receives(
      `<message type='error' from='${m1}' to='${alice}/desk' id='m${how}'>...<error type='wait'><remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></message>`,
    );
  }
  twin.quirks["late-failure"] = 0;
  local.sends(`<message to='${m1}' type='chat' id='m4'><body>arrives</body>${asks}</message>`);
  await local.receives(
    `<message type='chat' from='${m1}' to='${alice}/desk'><received xmlns='urn:xmpp:receipts' id='m4'/></message>`,
  );
  assert.deepEqual([heard(twin), twin.sessions.list.length], [["arrives"], 1]);
  assert.deepEqual(twin.violations, []);
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
