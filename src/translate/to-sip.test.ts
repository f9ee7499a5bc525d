import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import { cpimHeader, readCpim, readCpimAddress } from "../sip/cpim.ts";
import { readImdn, readImdnRequest } from "../sip/imdn.ts";
import { readIsComposing } from "../sip/is-composing.ts";
import type { Element } from "../xml/element.ts";
import { read } from "../xml/reader.ts";
import { ns } from "../xmpp/ns.ts";
import { type SipReader, type ToSipContent, toSip, wordsOf } from "./to-sip.ts";

const limits = limitsWith();
const now = Date.UTC(2026, 10, 26, 18, 30);

function stanza(inner: string, attributes = ""): Element {
  const text = `<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit/balcony' ${attributes}>${inner}</message>`;
  return read(utf8(text), { contentNs: ns.client, prefixes: {} });
}

function contents(inner: string, attributes = "", reader: Partial<SipReader> = {}): readonly ToSipContent[] {
  return toSip(stanza(inner, attributes), { now, ...reader });
}

function only(inner: string, attributes = "", reader: Partial<SipReader> = {}): ToSipContent {
  const [content, more] = contents(inner, attributes, reader);
  assert.ok(content !== undefined && more === undefined, inner);
  return content;
}

const textOf = (content: ToSipContent) => Buffer.from(content.body).toString();

test("RFC 7572 §5: the example", () => {
  const content = only("<body>Art thou not Romeo, and a Montague?</body>");
  assert.equal(content.kind, "text");
  assert.equal(content.contentType, "text/plain;charset=UTF-8");
  assert.equal(textOf(content), "Art thou not Romeo, and a Montague?");
  assert.equal(content.headers, "");
});

test("subject, language, and which of several bodies", () => {
  const rows: readonly [attributes: string, inner: string, text: string, headers: string][] = [
    ["", "<subject>Hi</subject><body>a</body>", "a", "Subject: Hi\r\n"],
    ["", "<subject>a&#xD;&#xA;From: &lt;sip:x&gt;</subject><body>a</body>", "a", "Subject: a From: <sip:x>\r\n"],
    ["xml:lang='de-AT'", "<body>a</body>", "a", "Content-Language: de-AT\r\n"],
    ["xml:lang='de'", "<body xml:lang='en'>a</body><body xml:lang='de'>b</body>", "b", "Content-Language: de\r\n"],
    ["", "<body xml:lang='en'>a</body><body xml:lang='de'>b</body>", "a", "Content-Language: en\r\n"],
    ["", "<body xml:lang='en'>a</body><body>b</body>", "b", ""],
    ["xml:lang='de'", "<body xml:lang='en'>a</body><body>b</body>", "b", "Content-Language: de\r\n"],
    ["xml:lang='x&#xA;y'", "<body>a</body>", "a", ""],
    ["", "<body>line\ntwo &lt;&amp; ü 😀</body>", "line\ntwo <& ü 😀", ""],
  ];
  for (const [attributes, inner, text, headers] of rows) {
    const content = only(inner, attributes);
    assert.deepEqual([textOf(content), content.headers], [text, headers], inner);
  }
});

test("XEP-0203, RFC 3261 §20.17: what comes late says from when it is, by the last who kept it", () => {
  const delay = (stamp: string) => `<delay xmlns='urn:xmpp:delay' stamp='${stamp}'/>`;
  const rows: readonly (readonly [inner: string, headers: string])[] = [
    [delay("2026-11-26T18:00:00Z"), "Date: Thu, 26 Nov 2026 18:00:00 GMT\r\n"],
    [delay("1970-01-01T00:00:00Z") + delay("2026-11-26T18:00:00.5+01:00"), "Date: Thu, 26 Nov 2026 17:00:00 GMT\r\n"],
    [delay("yesterday"), ""],
    ["<delay xmlns='urn:xmpp:delay'/>", ""],
  ];
  for (const [inner, headers] of rows) assert.equal(only(`<body>a</body>${inner}`).headers, headers, inner);
  const asks = "<body>a</body><request xmlns='urn:xmpp:receipts'/>";
  const late = only(asks + delay("2026-11-26T18:00:00Z"), "id='m1'", { cpim: true });
  const cpim = readCpim(late.body, limits);
  assert.equal(cpim.ok && cpimHeader(cpim.value, "DateTime"), "2026-11-26T18:00:00.000Z");
});

test("XHTML-IM is left aside, an address alone is said", () => {
  const xhtml =
    "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><b>a</b></body></html>";
  assert.equal(textOf(only(`<body>plain</body>${xhtml}`)), "plain");
  assert.deepEqual(contents(xhtml), []);
  const shared = "<x xmlns='jabber:x:oob'><url>https://x.example/a.jpg</url></x>";
  assert.equal(textOf(only(shared)), "https://x.example/a.jpg");
  assert.equal(textOf(only(`<body>look</body>${shared}`)), "look");
});

test("nothing to show: no body, an empty one (Y-9), an error", () => {
  for (const inner of [
    "",
    "<body/>",
    "<subject>a</subject>",
    "<thread>a</thread>",
    "<x xmlns='urn:x'><body>a</body></x>",
  ]) {
    assert.deepEqual(contents(inner), [], inner);
  }
  assert.deepEqual(contents("<body>a</body>", "type='error'"), []);
});

test("sip-wire 7.4: chat states; a message with words says no more", () => {
  const rows: readonly [state: string, composing: string | undefined][] = [
    ["composing", "active"],
    ["active", "idle"],
    ["inactive", "idle"],
    ["paused", "idle"],
    ["gone", undefined],
    ["toString", undefined],
  ];
  for (const [state, composing] of rows) {
    const element = `<${state} xmlns='http://jabber.org/protocol/chatstates'/>`;
    const [content] = contents(element, "type='chat'");
    const found = content === undefined ? undefined : readIsComposing(content.body, limits);
    assert.equal(found?.ok === true ? found.value.state : undefined, composing, state);
    if (content !== undefined)
      assert.deepEqual([content.kind, content.contentType], ["state", "application/im-iscomposing+xml"]);
    assert.equal(only(`${element}<body>a</body>`).kind, "text");
    assert.deepEqual(contents(element, "", { composing: false }), []);
  }
});

test("a receipt is asked for only of devices that take CPIM, and only with an id to tell it by", () => {
  const request = "<request xmlns='urn:xmpp:receipts'/>";
  const markable = "<markable xmlns='urn:xmpp:chat-markers:0'/>";
  assert.equal(only(`<body>a</body>${request}`, "id='1'").contentType, "text/plain;charset=UTF-8");
  assert.equal(only(`<body>a</body>${request}`, "", { cpim: true }).contentType, "text/plain;charset=UTF-8");
  assert.equal(only("<body>a</body>", "id='1'", { cpim: true }).contentType, "text/plain;charset=UTF-8");
  const content = only(`<subject>s</subject><body>ü</body>${request}${markable}`, "id='1 x' xml:lang='de'", {
    cpim: true,
  });
  assert.equal(content.contentType, "message/cpim");
  const message = readCpim(content.body, limits);
  assert.ok(message.ok);
  assert.deepEqual(readImdnRequest(message.value), {
    id: "1%20x",
    request: { delivered: true, failed: true, displayed: true },
  });
  assert.equal(readCpimAddress(cpimHeader(message.value, "From") ?? "").uri, "sip:romeo@montague.lit");
  assert.equal(readCpimAddress(cpimHeader(message.value, "To") ?? "").uri, "sip:juliet@capulet.lit");
  assert.equal(cpimHeader(message.value, "DateTime"), "2026-11-26T18:30:00.000Z");
  assert.equal(cpimHeader(message.value, "Subject"), "s");
  assert.equal(message.value.contentType, "text/plain;charset=UTF-8");
  assert.deepEqual(message.value.mime.at(-1), ["content-language", "de"]);
  assert.equal(message.value.body.toString(), "ü");
});

test("receipts and markers become notifications, under the id the SIP device gave", () => {
  const rows: readonly [inner: string, kind: string, status: string][] = [
    ["<received xmlns='urn:xmpp:receipts' id='a%41'/>", "delivery-notification", "delivered"],
    ["<received xmlns='urn:xmpp:chat-markers:0' id='a%41'/>", "delivery-notification", "delivered"],
    ["<displayed xmlns='urn:xmpp:chat-markers:0' id='a%41'/>", "display-notification", "displayed"],
    ["<acknowledged xmlns='urn:xmpp:chat-markers:0' id='a%41'/>", "display-notification", "displayed"],
  ];
  for (const [inner, kind, status] of rows) {
    const alone = only(inner);
    assert.deepEqual([alone.kind, alone.contentType], ["receipt", "message/imdn+xml"]);
    assert.equal(alone.headers, "Content-Disposition: notification\r\n");
    const wrapped = only(inner, "id='r1'", { cpim: true });
    assert.deepEqual([wrapped.kind, wrapped.contentType, wrapped.headers], ["receipt", "message/cpim", ""]);
    const message = readCpim(wrapped.body, limits);
    assert.ok(message.ok && message.value.contentType === "message/imdn+xml");
    // RFC 5438 §7.1.1: no notification of a notification.
    assert.deepEqual(readImdnRequest(message.value), {
      id: "r1",
      request: { delivered: false, failed: false, displayed: false },
    });
    for (const body of [alone.body, message.value.body]) {
      assert.deepEqual(readImdn(body, limits), {
        ok: true,
        value: {
          messageId: "a%41",
          dateTime: "2026-11-26T18:30:00.000Z",
          recipientUri: "sip:romeo@montague.lit",
          kind,
          status,
        },
      });
    }
    assert.deepEqual(contents(inner, "", { imdn: false }), []);
  }
  assert.deepEqual(contents("<received xmlns='urn:xmpp:receipts'/>"), []);
  assert.deepEqual(contents("<received xmlns='urn:xmpp:receipts' id=' '/>"), []);
  assert.deepEqual(contents("<displayed xmlns='urn:xmpp:receipts' id='a'/>"), []);
});

test("what is said stands first", () => {
  const both = contents("<received xmlns='urn:xmpp:receipts' id='a'/><body>b</body>");
  assert.deepEqual(
    both.map(({ kind }) => kind),
    ["text", "receipt"],
  );
});

test("the words of a message, and of an error", () => {
  assert.equal(wordsOf(stanza("<body>a</body>")), "a");
  assert.equal(wordsOf(stanza("<active xmlns='http://jabber.org/protocol/chatstates'/>")), undefined);
  const error = "<body>a</body><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
  const text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Nobody.</text>";
  assert.equal(wordsOf(stanza(`${error}${text}</error>`, "type='error'")), "Nobody.");
  assert.equal(wordsOf(stanza(`${error}</error>`, "type='error'")), undefined);
});
