import assert from "node:assert/strict";
import { test } from "node:test";
import { setStage } from "../play-stage.ts";
import type { SipTransport } from "../sip-player.ts";

const transports: readonly SipTransport[] = ["udp", "tcp", "tls"];

for (const transport of transports) {
  test(`RFC 3428 over ${transport}: from one SIP client to another, answered 200 when that one has it`, async (t) => {
    const stage = await setStage(t);
    const alice = await stage.sipPerson("alice", transport);
    const bob = await stage.sipPerson("bob", transport);
    assert.equal(await alice.tells("bob@ours.example", "héllo"), 200);
    const heard = await bob.hears("MESSAGE");
    assert.equal(heard.body.toString("utf8"), "héllo");
    assert.equal(heard.from?.uri, "sip:alice@ours.example");
    assert.equal(heard.to?.uri, "sip:bob@ours.example");
    assert.equal(heard.contentType, "text/plain");
    await bob.hearsNothing("MESSAGE");
  });
}

test("a message reaches every device of a person, SIP and XMPP, and the sender's other devices", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.sipPerson("alice", "tcp");
  const aliceToo = await stage.sipPerson("alice", "udp");
  const bobSip = await stage.sipPerson("bob", "tls");
  const bobXmpp = await stage.present("bob");
  await bobXmpp.receives("<presence from='bob@ours.example/sip' to='bob@ours.example/desk'/>");
  assert.equal(await alice.tells("bob@ours.example", "hello"), 200);
  assert.equal(await bobSip.reads(), "hello");
  await bobXmpp.receives(
    "<message type='chat' from='alice@ours.example/sip' to='bob@ours.example'><body>hello</body></message>",
  );
  assert.equal(await aliceToo.reads(), "To bob@ours.example: hello");
  bobXmpp.sends("<message to='alice@ours.example' type='chat' id='1'><body>and you</body></message>");
  assert.equal(await alice.reads(), "and you");
  assert.equal(await aliceToo.reads(), "and you");
  assert.equal(await bobSip.reads(), "To alice@ours.example: and you");
});

test("202 when it is stored; it is handed over at the next registration", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.sipPerson("alice");
  assert.equal(await alice.tells("bob@ours.example", "later"), 202);
  const bob = await stage.sipPerson("bob", "udp");
  assert.equal(await bob.reads(), "later");
  const again = await stage.sipPerson("bob", "tcp");
  await again.hearsNothing("MESSAGE");
});

test("nobody by that name: 404; nobody but oneself in From: 403; what cannot be shown: 415", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.sipPerson("alice", "udp");
  assert.equal(await alice.tells("nobody@ours.example", "hello"), 404);
  const forged = { uri: "sip:bob@ours.example", from: "From: <sip:carol@ours.example>;tag=x", body: "hello" };
  const answer = await alice.asks("MESSAGE", { ...forged, headers: ["Content-Type: text/plain"] });
  assert.equal(answer.status, 403);
  assert.equal(await alice.tells("bob@ours.example", "{}", "application/json"), 415);
});
