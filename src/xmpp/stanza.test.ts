import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { el } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { addressed, cutHead, resultText, stanzaText, withChild } from "./stanza.ts";

test("a stanza as text: attributes in one order, escaped, absent ones left out", () => {
  assert.equal(stanzaText({ name: "presence" }), "<presence/>");
  assert.equal(
    stanzaText({ name: "message", id: "1", to: "o'neil@theirs.example", from: "alice@ours.example" }, "<body>x</body>"),
    "<message from='alice@ours.example' to='o&apos;neil@theirs.example' id='1'><body>x</body></message>",
  );
});

test("RFC 6120 §8.2.3: a result swaps the addresses and keeps the id", () => {
  const request = { name: "iq", from: "a@ours.example/x", to: "ours.example", id: "7", type: "get" };
  assert.equal(resultText(request), "<iq from='ours.example' to='a@ours.example/x' type='result' id='7'/>");
  assert.equal(
    resultText(request, el("query", ns.version, {}, el("name", ns.version, {}, "Comity"))),
    "<iq from='ours.example' to='a@ours.example/x' type='result' id='7'><query xmlns='jabber:iq:version'>" +
      "<name>Comity</name></query></iq>",
  );
});

const cuts: [stanza: string, without: string[], head: string, rest: string][] = [
  ["<presence/>", [], "<presence", "/>"],
  ["<presence />", ["to"], "<presence", "/>"],
  ["<presence to='a'/>", ["to"], "<presence", "/>"],
  ["<presence to = \"a'b\" id='1'><show>x</show></presence>", ["to"], "<presence id='1'", "><show>x</show></presence>"],
  ["<message id='1'\n  to='a>b'\tfrom='c'>x</message>", ["to", "from"], "<message id='1'", ">x</message>"],
  ["<message xmlns='jabber:server' xto='1' to='2'/>", ["to"], "<message xto='1'", "/>"],
  ["<message xmlns=\"jabber:client\" id='5' >x</message>", [], "<message id='5'", ">x</message>"],
  ["<message xmlns='urn:other'/>", [], "<message xmlns='urn:other'", "/>"],
];

test("a stanza is cut at the end of its start tag", () => {
  for (const [stanza, without, head, rest] of cuts) {
    const cut = cutHead(utf8(stanza), ...without);
    assert.deepEqual([cut.head.toString(), cut.rest.toString()], [head, rest], stanza);
  }
});

test("a receiver's copy of a stanza cut once", () => {
  const bytes = utf8("<presence from='old' to='x'><status>café</status></presence>");
  assert.equal(
    addressed(cutHead(bytes, "to"), "b@théirs.example").toString(),
    "<presence from='old' to='b@théirs.example'><status>café</status></presence>",
  );
});

test("a child is put in last", () => {
  assert.equal(
    withChild(utf8("<message><body>a&lt;b</body></message>"), "<x/>").toString(),
    "<message><body>a&lt;b</body><x/></message>",
  );
  assert.equal(withChild(utf8("<message id='a/b' />"), "<x/>").toString(), "<message id='a/b' ><x/></message>");
  assert.equal(withChild(utf8("<p:m/>"), "<x/>").toString(), "<p:m><x/></p:m>");
});
