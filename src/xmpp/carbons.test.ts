import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { type Element, el } from "../xml/element.ts";
import { read } from "../xml/reader.ts";
import { write } from "../xml/writer.ts";
import { carbonCopy, carbonsWanted, readCarbons } from "./carbons.ts";
import { ns } from "./ns.ts";

test("XEP-0280 §4, §5: enable and disable", () => {
  assert.equal(readCarbons(el("enable", ns.carbons)), "enable");
  assert.equal(readCarbons(el("disable", ns.carbons)), "disable");
  assert.equal(readCarbons(el("private", ns.carbons)), undefined);
  assert.equal(readCarbons(el("enable", ns.sm)), undefined);
});

const body = el("body", ns.client, {}, "hi");
const rows: [what: string, type: string | undefined, inside: Element[], wanted: boolean][] = [
  ["chat with body", "chat", [body], true],
  ["chat state alone", "chat", [el("composing", ns.chatStates)], true],
  ["chat of any content", "chat", [el("x", "urn:own")], true],
  ["normal with body", undefined, [body], true],
  ["an unknown type counts as normal", "odd", [body], true],
  ["normal without body", undefined, [el("x", "urn:own")], false],
  ["somebody else's body", "normal", [el("body", "http://www.w3.org/1999/xhtml")], false],
  ["a receipt", undefined, [el("received", ns.receipts)], true],
  ["a marker", undefined, [el("displayed", ns.chatMarkers)], true],
  ["an invitation to a room", undefined, [el("x", ns.directInvite)], true],
  ["an invitation through a room", undefined, [el("x", ns.mucUser, {}, el("invite", ns.mucUser))], true],
  ["a private message in a room", "chat", [body, el("x", ns.mucUser)], false],
  ["groupchat", "groupchat", [body], false],
  ["headline", "headline", [body], false],
  ["error", "error", [body], false],
  ["private", "chat", [body, el("private", ns.carbons)], false],
  ["no-copy", "chat", [body, el("no-copy", ns.hints)], false],
  ["another hint", "chat", [body, el("no-store", ns.hints)], true],
  ["a copy", "chat", [el("received", ns.carbons)], false],
];

test("XEP-0280 §6.1: messages that are copied", () => {
  for (const [what, type, inside, wanted] of rows) {
    const element = el("message", ns.client, { type }, ...inside);
    assert.equal(carbonsWanted({ bytes: utf8(write(element)), type, element }), wanted, what);
  }
});

test("a plain chat message is not read for this; one that may hide an exception is", () => {
  const unread = (text: string) => ({
    bytes: utf8(text),
    type: "chat",
    get element(): Element {
      return read(this.bytes, around);
    },
  });
  const plain = "<message type='chat'><body>hi &amp; bye</body></message>";
  const guarded = Object.defineProperty(unread(plain), "element", { get: () => assert.fail("read") });
  assert.equal(carbonsWanted(guarded), true);
  assert.equal(carbonsWanted(unread("<message><body>&#x1F600;</body></message>")), true);
  assert.equal(
    carbonsWanted(unread("<message><x xmlns='urn:xmpp:hint&#115;'/><no-copy xmlns='urn:xmpp:hint&#115;'/></message>")),
    false,
  );
});

const around = { contentNs: ns.client, prefixes: {} };
const romeo = { bare: "romeo@montague.example", full: "romeo@montague.example/ho'me" };

test("XEP-0280 §6.2: the wrapped message keeps its type, its bytes and its own namespace", () => {
  const original =
    "<message from='j@capulet.example/b' to='romeo@montague.example/g' type='chat'><body>café</body></message>";
  const copy = carbonCopy("received", { bytes: utf8(original), type: "chat" }, romeo).toString();
  assert.equal(
    copy,
    "<message from='romeo@montague.example' type='chat' to='romeo@montague.example/ho&apos;me'>" +
      "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" +
      "<message from='j@capulet.example/b' to='romeo@montague.example/g' type='chat' xmlns='jabber:client'>" +
      "<body>café</body></message></forwarded></received></message>",
  );
  const inside = el("received", ns.carbons, {}, el("forwarded", ns.forward, {}, read(utf8(original), around)));
  const { from, to } = { from: romeo.bare, to: romeo.full };
  assert.deepEqual(read(utf8(copy), around), el("message", ns.client, { from, type: "chat", to }, inside));
});

test("XEP-0280 §7.2: sent, and a message that already declares a namespace, and an empty one", () => {
  for (const [declared, type] of [
    ["jabber:client", "chat"],
    ["jabber:server", undefined],
  ] as const) {
    const copy = carbonCopy("sent", { bytes: utf8(`<message xmlns="${declared}" id='1'/>`), type }, romeo).toString();
    assert.match(copy, /<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>/);
    assert.match(copy, /<message id='1' xmlns='jabber:client'\/><\/forwarded><\/sent><\/message>$/);
    assert.equal(copy.includes("type="), type !== undefined);
  }
});
