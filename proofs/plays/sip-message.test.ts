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
  const later = await bob.hears("MESSAGE");
  assert.equal(later.body.toString("utf8"), "later");
  assert.equal(later.from?.uri, "sip:alice@ours.example");
  assert.match(later.header("date") ?? "", / GMT$/);
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
  const refused = await alice.asks("MESSAGE", {
    uri: "sip:bob@ours.example",
    headers: ["Content-Type: application/json"],
    body: "{}",
    contact: false,
  });
  assert.equal(refused.status, 415);
  assert.match(refused.header("accept") ?? "", /text\/plain/);
  assert.match(refused.header("accept-encoding") ?? "", /deflate/);
});

test("XEP-0184: the 200 of a SIP device is the receipt an XMPP sender asked for", async (t) => {
  const stage = await setStage(t);
  await stage.sipPerson("bob", "udp");
  const alice = await stage.present("alice");
  const asks = "<request xmlns='urn:xmpp:receipts'/>";
  alice.sends(`<message to='bob@ours.example' type='chat' id='m1'><body>there?</body>${asks}</message>`);
  await alice.receives(
    "<message type='chat' from='bob@ours.example/sip' to='alice@ours.example/desk'><received xmlns='urn:xmpp:receipts' id='m1'/></message>",
  );
});

test("RFC 3261 §8.2.2.2: a request that comes by two ways is done once, and the second copy is told so", async (t) => {
  const stage = await setStage(t);
  const receiver = await stage.sipPerson("bob", "tcp");
  receiver.answer = 0;
  const [sender, proxied] = [await stage.sipPerson("alice", "tcp"), await stage.sipClient("alice", "tcp")];
  const same = {
    uri: "sip:bob@ours.example",
    from: "From: <sip:alice@ours.example>;tag=same",
    callId: "same",
    cseq: 77,
    headers: ["Content-Type: text/plain"],
    body: "once",
    contact: false,
  };
  sender.says(sender.request("MESSAGE", same));
  const first = await receiver.hears("MESSAGE");
  await proxied.asks("REGISTER", { to: "To: <sip:alice@ours.example>", headers: ["Expires: 600"] });
  proxied.says(proxied.request("MESSAGE", same));
  assert.equal((await proxied.answered("MESSAGE")).status, 482);
  receiver.answers(first, 200);
  assert.equal((await sender.answered("MESSAGE")).status, 200);
  await receiver.hearsNothing("MESSAGE");
  assert.equal(stage.metrics.value("comity_sip_rejected_total", "sip-merged"), 1);
  // What has been answered is done: a client that begins its numbers anew is served again.
  receiver.answer = 200;
  proxied.says(proxied.request("MESSAGE", same));
  assert.equal((await proxied.answered("MESSAGE")).status, 200);
});

test("RFC 5627: a GRUU leads to one device; a URI with nonsense in gr harms nobody", async (t) => {
  const stage = await setStage(t);
  const bob = await stage.sipClient("bob", "tcp");
  const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';
  const answer = await bob.asks("REGISTER", {
    to: `To: <${bob.aor}>`,
    contact: false,
    headers: [`Contact: <sip:bob@127.0.0.1:${bob.port};transport=tcp>;${instance}`, "Supported: gruu", "Expires: 600"],
  });
  const gruu = /pub-gruu="sip:([^"]+)"/.exec(answer.header("contact") ?? "")?.[1] ?? "";
  const other = await stage.sipPerson("bob", "udp");
  const alice = await stage.sipPerson("alice", "udp");
  assert.equal(await alice.tells(gruu, "to one"), 200);
  assert.equal(await bob.reads(), "to one");
  // §3.1.2: a temporary one leads there as well, and does not say whose it is.
  const temporary = /temp-gruu="sip:([^"]+)"/.exec(answer.header("contact") ?? "")?.[1] ?? "";
  assert.match(temporary, /;gr$/);
  assert.doesNotMatch(temporary, /bob|aabbccddeeff/i);
  assert.equal(await alice.tells(temporary, "to one, by a name for the moment"), 200);
  assert.equal(await bob.reads(), "to one, by a name for the moment");
  await other.hearsNothing("MESSAGE");
  assert.equal(await alice.tells("bob@ours.example;gr=%00%01", "nobody"), 484);
});
