import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { judgeAuthenticate, sign } from "../src/twin/ntlm.ts";
import { md4, rc4 } from "../src/twin/ntlm-ciphers.ts";
import { lineOf, linesOf } from "../src/twin/wire-message.ts";
import { TwinClient } from "./twin-client.ts";
import { describes, type Got, inDialog, presence, Rehearsal } from "./twin-partner.ts";

// The front end of a stand-in: who gets in, who does not, and what goes through it. pidgin-sipe itself is in interop/.

const hex = (text: string) => Buffer.from(text, "hex");

async function begin(t: TestContext) {
  const it = await Rehearsal.begin(t, { users: ["alice", "carol"], clients: { tcpPort: 0, password: "pencil" } });
  const port = it.twin.frontEnd?.at.tcp?.port ?? 0;
  const client = (address = "alice@contoso.example") => TwinClient.connect(t, port, address);
  return { it, client };
}

test("MD4 and RC4 by their published vectors", () => {
  assert.equal(md4(Buffer.from("")).toString("hex"), "31d6cfe0d16ae931b73c59d7e0c089c0");
  assert.equal(md4(Buffer.from("message digest")).toString("hex"), "d9130a8164549fe818874806e1c7014b");
  assert.equal(md4(Buffer.from("1234567890".repeat(8))).toString("hex"), "e33b4ddc9c38f2199c3e7b164fcc0536");
  assert.equal(rc4(Buffer.from("Key"), Buffer.from("Plaintext")).toString("hex"), "bbf316e8d940af0ad3");
});

test("NTLM: the example of MS-NLMP §4.2.4 is believed, with its keys, and nothing that differs from it", () => {
  const message = hex(
    "4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000100010005c00000010001000d8000000358288e20501280a0000000f44006f006d00610069006e00550073006500720043004f004d005000550054004500520086c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aabc927bebef6a1c01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000c5dad2544fc9799094ce1ce90bc9d03e",
  );
  const challenge = hex("0123456789abcdef");
  const proved = judgeAuthenticate(message, challenge, "Password");
  assert.equal(proved?.user, "User");
  assert.equal(Buffer.from(proved?.keys.clientSign ?? []).toString("hex"), "4788dc861b4782f35d43fd98fe1a2d39");
  assert.equal(Buffer.from(proved?.keys.clientSeal ?? []).toString("hex"), "59f600973cc4960a25480a7c196e4c58");
  assert.equal(judgeAuthenticate(message, challenge, "password"), undefined);
  assert.equal(judgeAuthenticate(message, hex("0123456789abcdee"), "Password"), undefined);
  const changed = Buffer.from(message);
  changed.writeUInt8(changed.readUInt8(0x90) ^ 1, 0x90);
  assert.equal(judgeAuthenticate(changed, challenge, "Password"), undefined);
  for (let cut = 0; cut < message.length; cut++) {
    assert.equal(judgeAuthenticate(message.subarray(0, cut), challenge, "Password"), undefined, `cut at ${cut}`);
  }
  assert.match(sign("text", Buffer.alloc(16), Buffer.alloc(16)), /^01000000[0-9a-f]{16}64000000$/);
});

test("who knows the password gets in, with a GRUU and what the server can do; nobody else does", async (t) => {
  const { it, client } = await begin(t);
  const wrong = await client();
  assert.equal((await wrong.signIn("pencils")).status, 401);
  assert.equal(it.twin.frontEnd?.clientOf(it.alice), undefined);
  const stranger = await client("mallory@contoso.example");
  assert.equal((await stranger.register()).status, 404);
  const first = await client();
  const taken = await first.signIn("pencil");
  assert.equal(taken.status, 200);
  assert.match(lineOf(taken, "contact"), /;gruu="sip:alice@contoso\.example;opaque=user:epid:[\w-]+AA;gruu"$/);
  assert.deepEqual(linesOf(taken, "supported"), ["adhoclist", "msrtc-event-categories"]);
  assert.match(lineOf(taken, "authentication-info"), /rspauth="01000000[0-9a-f]{16}64000000"/);
  const second = await client();
  assert.equal((await second.signIn("pencil")).status, 200);
  await first.until("the older one is gone", () => first.closed);
  assert.equal(it.alice.state, "available");
  second.close();
  await it.until("she is offline", () => it.alice.state === "offline");
});

test("what is not signed, was changed after it, or is in another's name goes nowhere", async (t) => {
  const { it, client } = await begin(t);
  const line = await client();
  assert.equal((await line.ask("INVITE", {})).status, 403);
  await line.signIn("pencil");
  const change = (value: string) => value.replace("sip:bob@", "sip:ben@");
  assert.equal((await line.ask("INVITE", { change })).status, 403);
  assert.equal((await line.ask("INVITE", { from: "sip:carol@contoso.example" })).status, 403);
  assert.equal((await line.ask("INVITE", { to: "sip:bob@elsewhere.example" })).status, 404);
  assert.deepEqual(
    it.got.filter(({ start }) => start.startsWith("INVITE")),
    [],
  );
});

test("a client's INVITE leaves by the edge with its Vias and signed routes, and the answer comes back without them", async (t) => {
  const { it, client } = await begin(t);
  const line = await client();
  await line.signIn("pencil");
  it.onRequest = (got) => it.answer(got, 200, got.start.startsWith("INVITE") ? describes : {});
  const taken = await line.ask("INVITE", { headers: ["Contact: <sip:alice@contoso.example;gruu>", "Subject: tea"] });
  assert.equal(taken.status, 200);
  assert.deepEqual(linesOf(taken, "via"), ["SIP/2.0/tcp 127.0.0.1:5060"]);
  const invite = await it.hears("INVITE");
  assert.equal(invite.all("via").length, 3);
  assert.match(invite.all("via")[2] ?? "", /^SIP\/2\.0\/tcp 127\.0\.0\.1:5060;ms-received-port=\d+;ms-received-cid=/);
  assert.equal(invite.all("record-route").length, 2);
  assert.equal(invite.one("subject"), "tea");
  assert.equal(invite.one("authorization"), "");
  assert.equal(invite.one("max-forwards"), "69");
  assert.equal(it.twin.violations.length, 0);
});

test("an INVITE for somebody whose client is signed in goes to it; a route that has changed does not (R3)", async (t) => {
  const { it, client } = await begin(t);
  const line = await client();
  await line.signIn("pencil");
  const edge = await it.connect();
  const invited = await it.ask(edge, "INVITE", describes);
  assert.match(invited.start, / 200 /);
  const heard = line.got.find(({ method }) => method === "INVITE");
  assert.match(heard?.uri ?? "", /^sip:alice@contoso\.example;opaque=user:epid:/);
  assert.equal(invited.one("authorization"), "");
  const way = inDialog(invited);
  const text = { contentType: "text/plain", body: "hello" };
  const callId = invited.one("call-id");
  assert.match((await it.ask(edge, "MESSAGE", { ...way, ...text }, callId)).start, / 200 /);
  assert.equal(line.got.find(({ method }) => method === "MESSAGE")?.body.toString(), "hello");
  const routes = (way.routes ?? []).map((route) => route.replace("ms-route-sig=", "ms-route-sig=x"));
  assert.match((await it.ask(edge, "MESSAGE", { ...way, ...text, routes }, callId)).start, / 481 /);
  assert.deepEqual(it.broken, ["R3"]);
  // What a client leaves unanswered when it goes is refused.
  line.onRequest = () => line.close();
  assert.match((await it.ask(edge, "MESSAGE", { ...way, ...text }, callId)).start, / 480 /);
  assert.match((await it.ask(edge, "INVITE", describes)).start, / 480 /);
});

test("presence is what the client publishes; a version that is not the next is told of, and blocking blocks", async (t) => {
  const { it, client } = await begin(t);
  const line = await client();
  await line.signIn("pencil");
  it.onRequest = (got) => it.answer(got, 200);
  const self = "sip:alice@contoso.example";
  const subscribed = (event: string) => line.ask("SUBSCRIBE", { to: self, headers: [`Event: ${event}`] });
  assert.match((await subscribed("vnd-microsoft-roaming-self")).body.toString(), /<containers /);
  assert.match((await subscribed("vnd-microsoft-roaming-contacts")).body.toString(), /^<contactList deltaNum="1">/);
  assert.equal(lineOf(await subscribed("vnd-microsoft-provisioning-v2"), "expires"), "0");
  assert.equal((await subscribed("conference")).status, 489);
  await it.ask(await it.connect(), "SUBSCRIBE", presence);
  await line.until("she is told of her watcher", () => line.got.some(({ method }) => method === "BENOTIFY"));
  const serve = (type: string, body: string) =>
    line.ask("SERVICE", { to: self, headers: [`Content-Type: application/${type}+xml`], body });
  const publish = (version: number, availability: number) =>
    serve(
      "msrtc-category-publish",
      `<publish xmlns="urn:p"><publications uri="${self}"><publication categoryName="state" instance="7" container="2" version="${version}" expireType="static"><state xmlns="urn:s" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="userState"><availability>${availability}</availability></state></publication></publications></publish>`,
    );
  assert.match((await publish(0, 6_500)).body.toString(), /container="2" version="1"/);
  assert.equal(it.alice.state, "busy");
  const stale = await publish(0, 3_500);
  assert.equal(stale.status, 409);
  assert.match(stale.body.toString(), /<Faultcode>Client\.BadCall\.WrongDelta<.*curVersion="1"/);
  assert.equal((await publish(1, 15_500)).status, 200);
  const shown = await it.hears("NOTIFY", 3);
  assert.match(shown.body, /<ep:activity>away</);
  assert.equal((await serve("x-unheard-of", "<a/>")).status, 415);
  assert.equal((await serve("msrtc-category-publish", "<a")).status, 400);
  const member = '<member action="add" type="user" value="bob@ours.example"/>';
  const blocked = `<setContainerMembers xmlns="urn:c"><container id="32000" version="0">${member}</container></setContainerMembers>`;
  assert.equal((await serve("msrtc-setcontainermembers", blocked)).status, 200);
  const told = () => line.got.some(({ body }) => body.includes('<member type="user" value="bob@ours.example"/>'));
  await line.until("she is told of it", told);
  assert.match((await it.hears("NOTIFY", 4)).body, /<basic>closed</);
});

test("contacts are kept, and a list of them is answered with the advice to subscribe to each", async (t) => {
  const { it, client } = await begin(t);
  const line = await client();
  await line.signIn("pencil");
  const self = "sip:alice@contoso.example";
  const call = (name: string, inner: string) =>
    line.ask("SERVICE", {
      to: self,
      headers: ["Content-Type: application/SOAP+xml"],
      body: `<s:Envelope xmlns:s="urn:s" xmlns:m="urn:m"><s:Body><m:${name}>${inner}</m:${name}></s:Body></s:Envelope>`,
    });
  assert.match((await call("addGroup", "<m:name>Work &amp; play</m:name>")).body.toString(), /<m:groupID>2</);
  await call(
    "setContact",
    "<m:displayName>Bob</m:displayName><m:groups>2</m:groups><m:URI>sip:Bob@ours.example</m:URI>",
  );
  await call("setContact", "<m:groups>1</m:groups><m:URI>sip:ben@ours.example</m:URI>");
  await call("deleteContact", "<m:URI>sip:ben@ours.example</m:URI>");
  assert.equal((await call("unheardOf", "")).status, 501);
  line.close();
  await it.until("she is offline", () => it.alice.state === "offline");
  const again = await client();
  await again.signIn("pencil");
  const list = await again.ask("SUBSCRIBE", { to: self, headers: ["Event: vnd-microsoft-roaming-contacts"] });
  assert.match(list.body.toString(), /<group id="2" name="Work &amp; play"/);
  assert.deepEqual(list.body.toString().match(/uri="[^"]*"/g), ['uri="bob@ours.example"']);
  const asked = await again.ask("SUBSCRIBE", {
    to: self,
    headers: ["Event: presence", "Content-Type: application/msrtc-adrl-categorylist+xml"],
    body: '<batchSub xmlns="urn:b"><action><adhocList><resource uri="sip:bob@ours.example"/></adhocList></action></batchSub>',
  });
  assert.match(asked.body.toString(), /<resource uri="sip:bob@ours\.example"><instance id="0" state="resubscribe"\/>/);
});

test("the other side that is not there: the client is told", async (t) => {
  const { it, client } = await begin(t);
  const line = await client();
  await line.signIn("pencil");
  it.onRequest = (got: Got) => got.line.socket.destroy();
  assert.equal((await line.ask("INVITE", describesFor())).status, 504);
});

function describesFor() {
  return { headers: [`Content-Type: ${describes.contentType}`], body: describes.body };
}
