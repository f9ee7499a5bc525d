import assert from "node:assert/strict";
import { test } from "node:test";
import type { Twin } from "../../src/twin/twin.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";

const bodies = (twin: Twin) => twin.sessions.heard.map(({ text }) => text);
const said = (twin: Twin) => JSON.stringify(twin.state.users);
const chat = (text: string, from = "m1@contoso.example") =>
  `<message type='chat' from='${from}' to='alice@ours.example' id='...'>${text}</message>`;
const asking = "<request xmlns='urn:xmpp:receipts'/>";

for (const [setup, name] of [
  [3, "who offers leaves it open"],
  [1, "the other side connects to us"],
  [2, "we connect to the other side"],
  [0, "RFC 4975 §5.4 alone: who offers connects"],
] as const) {
  test(`RFC 7573 §4, §5: a conversation over MSRP and TLS, opened by either side; ${name}`, async (t) => {
    const stage = await setStage(t);
    const twin = await partnerOf(t, stage, "simple", { quirks: { "msrp-setup": setup } }, { mode: "msrp" });
    const [m1, m2] = [person(twin, "m1"), person(twin, "m2")];
    const alice = await stage.present("alice");
    // we open
    alice.sends(`<message to='m1@contoso.example' type='chat' id='1'><body>héllo</body>${asking}</message>`);
    await until("M1 reads", () => bodies(twin).includes("héllo"), twin);
    await alice.receives(
      "<message type='chat' from='m1@contoso.example' to='alice@ours.example/desk'><received xmlns='urn:xmpp:receipts' id='1'/></message>",
    );
    // they answer in it; what they hear of that is a report
    const answer = twin.say(m1, "alice@ours.example", "hi there");
    const heard = await alice.receives(chat(`<body>hi there</body>${asking}`));
    await until("M1 is answered", () => answer.status === 200, twin);
    assert.equal(answer.reported, undefined);
    alice.sends(
      `<message to='m1@contoso.example' type='chat'><received xmlns='urn:xmpp:receipts' id='${heard.attrs.id}'/></message>`,
    );
    await until("M1 is reported to", () => answer.reported === 200, twin);
    // typing both ways
    assert.ok(twin.type(m1, "alice@ours.example"));
    await alice.receives(chat("<composing xmlns='http://jabber.org/protocol/chatstates'/>"));
    alice.sends(
      "<message to='m1@contoso.example' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    );
    await until("M1 sees her type", () => said(twin).includes('"alice@ours.example":"type"'), twin);
    // they open
    twin.say(m2, "alice@ours.example", "good morning");
    await alice.receives(chat(`<body>good morning</body><thread>...</thread>${asking}`, "m2@contoso.example"));
    alice.sends("<message to='m2@contoso.example' type='chat' id='2'><body>and to you</body></message>");
    await until("M2 reads", () => bodies(twin).includes("and to you"), twin);
    assert.equal(
      twin.sessions.list.filter(({ whom, state }) => whom === "alice@ours.example" && state === "up").length,
      2,
    );
    assert.deepEqual(twin.violations, []);
  });
}

test("a long text goes in chunks both ways, and is one text at the end (RFC 4975 §5.1)", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple", { quirks: { "msrp-chunk": 700 } }, { mode: "msrp" });
  const alice = await stage.present("alice");
  const long = "Ünïcödé ".repeat(3_000).trim();
  alice.sends(`<message to='m1@contoso.example' type='chat' id='1'><body>${long}</body></message>`);
  await until("M1 reads", () => bodies(twin).includes(long), twin);
  twin.say(person(twin, "m1"), "alice@ours.example", long);
  await alice.receives(chat(`<body>${long}</body>${asking}`));
  assert.deepEqual(twin.violations, []);
});

test("RFC 4975 §8.6: who takes nothing but message/cpim has texts, typing and receipts inside it", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple", { quirks: { "msrp-cpim": 1 } }, { mode: "msrp" });
  const alice = await stage.present("alice");
  alice.sends(`<message to='m1@contoso.example' type='chat' id='1'><body>héllo\n\nthere</body>${asking}</message>`);
  await until("M1 reads", () => bodies(twin).includes("héllo\n\nthere"), twin);
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example/desk'><received xmlns='urn:xmpp:receipts' id='1'/></message>",
  );
  twin.say(person(twin, "m1"), "alice@ours.example", "wrapped");
  await alice.receives(chat(`<body>wrapped</body>${asking}`));
  alice.sends(
    "<message to='m1@contoso.example' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
  );
  await until("M1 sees her type", () => said(twin).includes('"alice@ours.example":"type"'), twin);
  assert.deepEqual(twin.violations, []);
});

test("RFC 7573 §6: who leaves ends the session, on either side; the next text opens another", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple", {}, { mode: "msrp" });
  const m1 = person(twin, "m1");
  const alice = await stage.present("alice");
  const up = () => twin.sessions.list.filter(({ state }) => state === "up").length;
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>one</body><thread>t1</thread></message>");
  await until("M1 reads", () => bodies(twin).includes("one"), twin);
  twin.bye(m1, "alice@ours.example");
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><gone xmlns='http://jabber.org/protocol/chatstates'/><thread>t1</thread></message>",
  );
  alice.sends("<message to='m1@contoso.example' type='chat' id='2'><body>two</body></message>");
  await until("M1 reads again", () => bodies(twin).includes("two"), twin);
  // I-12: another dialog, the same conversation
  twin.say(m1, "alice@ours.example", "three");
  await alice.receives(chat(`<body>three</body><thread>t1</thread>${asking}`));
  alice.sends(
    "<message to='m1@contoso.example' type='chat'><gone xmlns='http://jabber.org/protocol/chatstates'/></message>",
  );
  await until("the session ends", () => up() === 0, twin);
  assert.deepEqual(twin.violations, []);
});

test("nobody says anything for long: the session ends, and the next text opens another (sip-wire 3.5)", async (t) => {
  const stage = await setStage(t, { limits: { sipConversationIdleMs: 400 } });
  const twin = await partnerOf(t, stage, "simple", {}, { mode: "msrp" });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>one</body></message>");
  await until("M1 reads", () => bodies(twin).includes("one"), twin);
  await until("the session ends", () => twin.sessions.list[0]?.state === "over", twin);
  await alice.receivesNothing();
  alice.sends("<message to='m1@contoso.example' type='chat' id='2'><body>two</body></message>");
  await until("M1 reads again", () => bodies(twin).includes("two"), twin);
  assert.equal(twin.sessions.list.length, 2);
  assert.deepEqual(twin.violations, []);
});

test("a partner of mode page gets texts by themselves, until it opens a session of its own", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple");
  const m1 = person(twin, "m1");
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>by itself</body></message>");
  await until("M1 reads", () => bodies(twin).includes("by itself"), twin);
  assert.equal(twin.sessions.list.length, 0);
  twin.say(m1, "alice@ours.example", "in a session");
  await alice.receives(chat(`<body>in a session</body><thread>...</thread>${asking}`));
  alice.sends("<message to='m1@contoso.example' type='chat' id='2'><body>in it too</body></message>");
  await until("M1 reads", () => bodies(twin).includes("in it too"), twin);
  assert.equal(twin.sessions.list.length, 1);
  twin.bye(m1, "alice@ours.example");
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><gone xmlns='http://jabber.org/protocol/chatstates'/><thread>...</thread></message>",
  );
  alice.sends("<message to='m1@contoso.example' type='chat' id='3'><body>by itself again</body></message>");
  await until("M1 reads", () => bodies(twin).includes("by itself again"), twin);
  twin.quirks["page-mode"] = 1;
  twin.say(m1, "alice@ours.example", "so do I");
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>so do I</body><thread>...</thread></message>",
  );
  assert.deepEqual(twin.violations, []);
});

test("a partner of mode session has its texts inside the dialog (sip null), typing among them", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple", {}, { mode: "session" });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>in the dialog</body></message>");
  await until("M1 reads", () => bodies(twin).includes("in the dialog"), twin);
  assert.equal(twin.sessions.list[0]?.msrp, undefined);
  const state = (name: string) => `<${name} xmlns='http://jabber.org/protocol/chatstates'/>`;
  assert.ok(twin.type(person(twin, "m1"), "alice@ours.example"));
  await alice.receives(chat(state("composing"), "m1@contoso.example").replace(" id='...'", ""));
  alice.sends(`<message to='m1@contoso.example' type='chat'>${state("composing")}</message>`);
  await until("M1 sees her type", () => said(twin).includes('"alice@ours.example":"type"'), twin);
  assert.deepEqual(twin.violations, []);
});

test("without TLS in SIP there is none in MSRP either (direct federation)", async (t) => {
  const msrp = { host: "127.0.0.1", port: undefined };
  const stage = await setStage(t, { sip: { advertise: "ours.example", msrp } });
  const twin = await partnerOf(
    t,
    stage,
    "simple",
    { transport: "tcp", peer: { address: "127.0.0.1", port: stage.port("sip-tcp"), host: "ours.example" } },
    { mode: "msrp", addresses: ["127.0.0.1"] },
  );
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>in the clear</body></message>");
  await until("M1 reads", () => bodies(twin).includes("in the clear"), twin);
  twin.say(person(twin, "m1"), "alice@ours.example", "so be it");
  await alice.receives(chat(`<body>so be it</body>${asking}`));
  assert.deepEqual(twin.violations, []);
});

test("a person here on a SIP client talks with somebody on MSRP", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple", {}, { mode: "msrp" });
  const alice = await stage.sipPerson("alice");
  assert.equal(await alice.tells("m1@contoso.example", "hello from a phone"), 200);
  await until("M1 reads", () => bodies(twin).includes("hello from a phone"), twin);
  twin.say(person(twin, "m1"), "alice@ours.example", "hi phone");
  assert.equal(await alice.reads(), "hi phone");
  assert.deepEqual(twin.violations, []);
});
