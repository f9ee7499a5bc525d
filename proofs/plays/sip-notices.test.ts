import assert from "node:assert/strict";
import { test } from "node:test";
import { setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";

/** What goes beside texts between SIP and XMPP: who is writing (RFC 3994), and what became of a message (RFC 5438). */

const [alice, bob] = ["alice@ours.example", "bob@ours.example"];
const composingType = "application/im-iscomposing+xml";
const states = "http://jabber.org/protocol/chatstates";

const isComposing = (state: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>${state}</state>` +
  `<contenttype>text/plain</contenttype><refresh>60</refresh></isComposing>`;

/** A text as Linphone sends it: in message/cpim, with what its sender wants to hear of it. */
const cpim = (id: string, text: string, from = bob, to = alice) =>
  [
    `From: <sip:${from}>`,
    `To: <sip:${to}>`,
    "DateTime: 2026-11-27T04:00:00Z",
    "NS: imdn <urn:ietf:params:imdn>",
    `imdn.Message-ID: ${id}`,
    "imdn.Disposition-Notification: positive-delivery, negative-delivery, display",
    "",
    "Content-Type: text/plain; charset=UTF-8",
    "",
    text,
  ].join("\r\n");

/** The next notification a device gets: of which message, and what it says. */
async function notified(player: SipPlayer): Promise<string> {
  const message = await player.hears("MESSAGE");
  const body = message.body.toString("utf8");
  assert.match(body, /urn:ietf:params:xml:ns:imdn/, body);
  const id = /<message-id>([^<]+)<\/message-id>/.exec(body)?.[1];
  return `${id} ${/<status>\s*<(\w+)\s*\/>/.exec(body)?.[1]}`;
}

test("RFC 3994, XEP-0085: who writes on a SIP client is seen to on XMPP, and the other way round, until they stop", async (t) => {
  const stage = await setStage(t);
  const desk = await stage.present("alice");
  const phone = await stage.sipPerson("bob", "tcp");
  for (const [state, shown] of [
    ["active", "composing"],
    ["idle", "active"],
  ] as const) {
    assert.equal(await phone.tells(alice, isComposing(state), composingType), 200);
    await desk.receives(`<message type='chat' from='${bob}/sip' to='${alice}'><${shown} xmlns='${states}'/></message>`);
  }
  for (const [state, shown] of [
    ["composing", "active"],
    ["paused", "idle"],
  ] as const) {
    desk.sends(`<message type='chat' to='${bob}'><${state} xmlns='${states}'/></message>`);
    const message = await phone.hears("MESSAGE");
    assert.equal(message.header("content-type"), composingType);
    assert.match(message.body.toString("utf8"), new RegExp(`<state>${shown}</state>`));
  }
  // Between SIP clients it goes as it came.
  const other = await stage.sipPerson("carol", "udp");
  assert.equal(await other.tells(bob, isComposing("active"), composingType), 200);
  assert.equal((await phone.hears("MESSAGE")).body.toString("utf8"), isComposing("active"));
});

test("RFC 5438, XEP-0184, XEP-0333: a SIP client that asks is told that an XMPP client has a text, and that it was read", async (t) => {
  const stage = await setStage(t);
  const desk = await stage.present("alice");
  const phone = await stage.sipPerson("bob", "tcp");
  assert.equal(await phone.tells(alice, cpim("abc-1", "have you got it?"), "message/cpim"), 200);
  await desk.receives(
    `<message type='chat' id='abc-1' from='${bob}/sip' to='${alice}'><body>have you got it?</body>` +
      "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>",
  );
  desk.sends(`<message type='chat' to='${bob}'><received xmlns='urn:xmpp:receipts' id='abc-1'/></message>`);
  assert.equal(await notified(phone), "abc-1 delivered");
  desk.sends(`<message type='chat' to='${bob}'><displayed xmlns='urn:xmpp:chat-markers:0' id='abc-1'/></message>`);
  assert.equal(await notified(phone), "abc-1 displayed");
});

test("RFC 3862, RFC 5438: between SIP clients message/cpim and its notifications go byte for byte, to each device", async (t) => {
  const stage = await setStage(t);
  const [one, two] = [await stage.sipPerson("alice", "tcp"), await stage.sipPerson("alice", "udp")];
  const phone = await stage.sipPerson("bob", "tls");
  const sent = cpim("xyz-9", "to both of your devices");
  assert.equal(await phone.tells(alice, sent, "message/cpim"), 200);
  for (const device of [one, two]) {
    const message = await device.hears("MESSAGE");
    assert.equal(message.header("content-type"), "message/cpim");
    assert.equal(message.body.toString("utf8"), sent);
  }
  const notice =
    '<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>xyz-9</message-id>' +
    "<datetime>2026-11-27T04:00:00Z</datetime><display-notification><status><displayed/></status></display-notification></imdn>";
  const back = `From: <sip:${alice}>\r\nTo: <sip:${bob}>\r\n\r\nContent-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n${notice}`;
  assert.equal(await one.tells(bob, back, "message/cpim"), 200);
  assert.equal((await phone.hears("MESSAGE")).body.toString("utf8"), back);
});

test("RFC 5438, XEP-0333: a SIP client that writes message/cpim is asked to tell when a text was read; another gets plain text", async (t) => {
  const stage = await setStage(t);
  const desk = await stage.present("alice");
  const [phone, plain] = [await stage.sipPerson("bob", "tcp"), await stage.sipPerson("bob", "udp")];
  assert.equal(await phone.tells(alice, cpim("first", "hello"), "message/cpim"), 200);
  await desk.hears();
  await plain.hears("MESSAGE"); // what Bob said on his other device
  desk.sends(
    `<message type='chat' id='m8' to='${bob}'><body>read this</body>` +
      "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>",
  );
  const asked = await phone.hears("MESSAGE");
  const body = asked.body.toString("utf8");
  assert.equal(asked.header("content-type"), "message/cpim");
  assert.match(body, /^imdn\.Message-ID: m8\r$/m);
  // Its 200 has said that it is there.
  assert.match(body, /^imdn\.Disposition-Notification: display\r$/m);
  assert.match(body, /\r\n\r\nread this$/);
  assert.equal(await plain.reads(), "read this");
  await desk.receives(
    `<message type='chat' from='${bob}/sip' to='${alice}/desk'><received xmlns='urn:xmpp:receipts' id='m8'/></message>`,
  );
  const notice =
    '<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>m8</message-id>' +
    "<datetime>2026-11-27T04:00:00Z</datetime><display-notification><status><displayed/></status></display-notification></imdn>";
  assert.equal(await phone.tells(alice, notice, "message/imdn+xml"), 200);
  await desk.receives(
    `<message type='chat' from='${bob}/sip' to='${alice}'><displayed xmlns='urn:xmpp:chat-markers:0' id='m8'/></message>`,
  );
  // Nobody asked: nothing is asked for.
  desk.sends(`<message type='chat' id='m9' to='${bob}'><body>no matter</body></message>`);
  assert.equal(await phone.reads(), "no matter");
});

test("RFC 5438: what a SIP client says of an XMPP client's text is its receipt", async (t) => {
  const stage = await setStage(t);
  const desk = await stage.present("alice");
  const phone = await stage.sipPerson("bob", "tcp");
  const notice = (status: string, kind: string) =>
    `<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>m7</message-id>` +
    `<datetime>2026-11-27T04:00:00Z</datetime><${kind}><status><${status}/></status></${kind}></imdn>`;
  assert.equal(await phone.tells(alice, notice("delivered", "delivery-notification"), "message/imdn+xml"), 200);
  await desk.receives(
    `<message type='chat' from='${bob}/sip' to='${alice}'><received xmlns='urn:xmpp:receipts' id='m7'/></message>`,
  );
  assert.equal(await phone.tells(alice, notice("displayed", "display-notification"), "message/imdn+xml"), 200);
  await desk.receives(
    `<message type='chat' from='${bob}/sip' to='${alice}'><displayed xmlns='urn:xmpp:chat-markers:0' id='m7'/></message>`,
  );
});
