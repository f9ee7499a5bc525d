import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";

test("what a partner says in a session reaches a SIP device as messages by themselves, in words", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const alice = await stage.sipPerson("alice", "tls");
  const m1 = person(twin, "m1");
  const texts = ["first", "5 < 6 & more", "grüße"];
  const said = [
    twin.say(m1, "alice@ours.example", texts[0] ?? ""),
    twin.say(m1, "alice@ours.example", texts[1] ?? "", "html"),
    twin.say(m1, "alice@ours.example", texts[2] ?? "", "rtf"),
  ];
  const callIds = new Set<string>();
  for (const text of texts) {
    const heard = await alice.hears("MESSAGE");
    assert.equal(heard.body.toString("utf8"), text);
    assert.equal(heard.header("content-type"), "text/plain;charset=UTF-8");
    assert.equal(heard.toTag, "", "the device has no dialog");
    assert.equal(heard.from?.uri, "sip:m1@contoso.example");
    assert.doesNotMatch(heard.header("from") ?? "", /epid/);
    callIds.add(heard.callId);
  }
  assert.equal(callIds.size, texts.length, "each is a message of its own");
  await until("M1 knows", () => said.every(({ status }) => status === 200), twin);
  assert.deepEqual(twin.violations, []);
});

test("what a partner writes in a hurry over four connections arrives whole and in order, on SIP and on XMPP", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const sip = await stage.sipPerson("alice", "tls");
  const xmpp = await stage.present("bob");
  const m1 = person(twin, "m1");
  for (let round = 0; round < 5; round++) {
    const texts = Array.from({ length: 12 }, (_, at) => `${round}.${at}`);
    const said = texts.flatMap((text) => ["alice", "bob"].map((user) => twin.say(m1, `${user}@ours.example`, text)));
    for (const text of texts) {
      assert.equal(await sip.reads(), text);
      await xmpp.receives(
        `<message from='m1@contoso.example' to='bob@ours.example' type='chat'><body>${text}</body><thread>...</thread></message>`,
      );
    }
    await until("M1 knows", () => said.every(({ status }) => status === 200), twin);
  }
  assert.deepEqual(twin.violations, []);
});
