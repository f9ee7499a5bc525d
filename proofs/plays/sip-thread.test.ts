import assert from "node:assert/strict";
import { test } from "node:test";
import type { Twin } from "../../src/twin/twin.ts";
import { type Element, elements, textOf } from "../../src/xml/element.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";

/** What XMPP calls a thread is what SIP calls a Call-ID (RFC 7572 §5, §6; RFC 7573 §4). */

const alice = "alice@ours.example";
const uuid = "e0ffe42b-2856-4960-a6b1-2b944a092794";
const from = (thread: string, text: string, more = "") =>
  `<message type='chat' from='m1@contoso.example' to='${alice}'><body>${text}</body><thread>${thread}</thread>${more}</message>`;
const to = (thread: string, text: string) =>
  `<message to='m1@contoso.example' type='chat'><body>${text}</body><thread>${thread}</thread></message>`;
const threadIn = (message: Element) => textOf(elements(message).find(({ name }) => name === "thread"));

async function callIdOf(twin: Twin, text: string): Promise<string> {
  const found = () => twin.sessions.heard.find((each) => each.text === text);
  await until(`M1 reads ${text}`, () => found() !== undefined, twin);
  return found()?.callId ?? "";
}

test("RFC 7572 §5: messages of one thread have one Call-ID, and each is another request", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple");
  const local = await stage.present("alice");
  for (const [thread, text] of [
    [uuid, "one"],
    [uuid, "two"],
    ["lunch plans", "three"],
    ["lunch plans", "four"],
  ] as const)
    local.sends(to(thread, text));
  local.sends("<message to='m1@contoso.example' type='chat'><body>five</body></message>");
  local.sends(to("x".repeat(256), "six"));
  const ids = [];
  for (const text of ["one", "two", "three", "four", "five", "six"]) ids.push(await callIdOf(twin, text));
  assert.equal(ids[0], uuid);
  assert.equal(ids[1], uuid);
  assert.match(ids[2] ?? "", /^lunch%20plans@[0-9a-f]{12}\.thread$/);
  assert.equal(ids[3], ids[2]);
  assert.equal(new Set(ids).size, 4);
  assert.doesNotMatch(ids[5] ?? "", /xx/);
  assert.deepEqual(twin.violations, []);
});

test("sip-wire 4.2: a text by itself that is refused comes back with words, and the operator reads by whom and why", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple", { quirks: { "message-status": 603 } });
  const local = await stage.present("alice");
  local.sends(`<message to='m1@contoso.example' type='chat' id='1'><body>x</body></message>`);
  await local.receives(
    `<message type='error' from='m1@contoso.example' to='${alice}/desk' id='1'>...<error type='...'>...<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>That person ...</text></error></message>`,
  );
  const [line] = stage.log.lines.filter(({ what }) => what === "SIP partner refused");
  assert.deepEqual(
    [line?.fields.domain, line?.fields.status, line?.fields.method],
    ["contoso.example", 603, "MESSAGE"],
  );
  assert.deepEqual(twin.violations, []);
});

test("RFC 7572 §6: what they answer with its Call-ID is in its thread; what has its own begins one", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple", { quirks: { "page-mode": 1, "page-answers": 1 } });
  const m1 = person(twin, "m1");
  const local = await stage.present("alice");
  for (const thread of [uuid, "lunch plans", "<1>"]) {
    const written = thread.replace("<", "&lt;");
    local.sends(to(written, `about ${written}`));
    await callIdOf(twin, `about ${thread}`);
    twin.say(m1, alice, "yes");
    await local.receives(from(written, "yes"));
  }
  twin.quirks["page-answers"] = 0;
  const said = twin.say(m1, alice, "something else");
  const heard = await local.receives(from("...", "something else"));
  assert.equal(threadIn(heard), said.callId);
  local.sends(to(threadIn(heard), "what else?"));
  assert.equal(await callIdOf(twin, "what else?"), said.callId);
  assert.deepEqual(twin.violations, []);
});

for (const mode of ["session", "msrp"]) {
  test(`RFC 7573 §4: a conversation has its thread's name, whoever begins it, whatever becomes of its dialogs: ${mode}`, async (t) => {
    const stage = await setStage(t);
    const twin = await partnerOf(t, stage, "simple", {}, { mode });
    const [m1, m2] = [person(twin, "m1"), person(twin, "m2")];
    const local = await stage.present("alice");
    const callIds = () => twin.sessions.list.map(({ dialog }) => dialog.callId);
    local.sends(to(uuid, "one"));
    await callIdOf(twin, "one");
    assert.deepEqual(callIds(), [uuid]);
    // What comes over MSRP has an id, and wants to be reported.
    const overMsrp = (thread: string, text: string) =>
      from(thread, text, "<request xmlns='urn:xmpp:receipts'/>").replace("'><body", "' id='...'><body");
    const answered = mode === "msrp" ? overMsrp : from;
    twin.say(m1, alice, "yes");
    await local.receives(answered(uuid, "yes"));
    // A dialog after it is another one (RFC 3261 §8.1.1.4), and the same conversation.
    twin.bye(m1, alice);
    await local.receives(
      `<message type='chat' from='m1@contoso.example' to='${alice}'><gone xmlns='http://jabber.org/protocol/chatstates'/><thread>${uuid}</thread></message>`,
    );
    local.sends(to(uuid, "two"));
    await callIdOf(twin, "two");
    assert.equal(new Set(callIds()).size, 2);
    twin.say(m1, alice, "yes again");
    await local.receives(answered(uuid, "yes again"));
    // They begin.
    twin.say(m2, alice, "hello");
    const heard = await local.receives(overMsrp("...", "hello").replace("m1@", "m2@"));
    const theirs = twin.sessions.list.find(({ persona }) => persona === m2)?.dialog.callId;
    assert.equal(threadIn(heard), theirs);
    twin.bye(m2, alice);
    await local.receives(
      `<message type='chat' from='m2@contoso.example' to='${alice}'><gone xmlns='http://jabber.org/protocol/chatstates'/><thread>${theirs}</thread></message>`,
    );
    local.sends(to(threadIn(heard), "hello again").replace("m1@", "m2@"));
    await callIdOf(twin, "hello again");
    assert.equal(new Set(callIds()).size, 4);
    assert.deepEqual(twin.violations, []);
  });
}

test("sip-wire 3.5: to a Microsoft server no Call-ID is ever used again; what it answers is in the thread", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await stage.present("alice");
  local.sends(to(uuid, "one"));
  assert.notEqual(await callIdOf(twin, "one"), uuid);
  twin.say(person(twin, "m1"), alice, "yes");
  await local.receives(from(uuid, "yes"));
  assert.ok(twin.type(person(twin, "m1"), alice, "type"));
  await local.receives(
    `<message type='chat' from='m1@contoso.example' to='${alice}'><composing xmlns='http://jabber.org/protocol/chatstates'/><thread>${uuid}</thread></message>`,
  );
  assert.deepEqual(twin.violations, []);
});
