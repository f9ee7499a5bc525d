import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { type Availability, availabilities } from "../presence/availability.ts";
import type { Element } from "../xml/element.ts";
import { read } from "../xml/reader.ts";
import { ns } from "../xmpp/ns.ts";
import { presencePriority } from "../xmpp/presence-priority.ts";
import { overlaid, presenceInner, presenceOf, presenceType } from "./presence.ts";

function stanza(text: string): Element {
  return read(utf8(text), { contentNs: ns.client, prefixes: {} });
}

test("RFC 8048 Table 1: what an XMPP presence says", () => {
  const rows: readonly [inner: string, availability: Availability, note: string, priority: number][] = [
    ["", "available", "", 0],
    ["<show>chat</show>", "available", "", 0],
    ["<show>away</show><status>lunch</status>", "away", "lunch", 0],
    ["<show>xa</show>", "xa", "", 0],
    ["<show>dnd</show><priority>-1</priority>", "dnd", "", -1],
    ["<show> dnd </show><status>On the phone</status>", "on-the-phone", "", 0],
    ["<show>nonsense</show><priority>0.8</priority>", "available", "", 0],
    ["<status xml:lang='de'>da</status><status>here</status>", "available", "here", 0],
    ["<status xml:lang='de'>da</status><status xml:lang='en'>here</status>", "available", "da", 0],
    ["<status>a\r\nb&#x9;</status>", "available", "a\nb", 0],
    ["<status xmlns='urn:other'>no</status>", "available", "", 0],
  ];
  for (const [inner, availability, note, priority] of rows) {
    assert.deepEqual(presenceOf(stanza(`<presence>${inner}</presence>`)), { availability, note, priority }, inner);
  }
  assert.deepEqual(presenceOf(stanza("<presence type='unavailable'><status>bye</status></presence>")), {
    availability: "offline",
    note: "bye",
    priority: 0,
  });
});

test("a note is cut at a character", () => {
  const presence = stanza(`<presence><status>${"ü".repeat(600)}</status></presence>`);
  assert.equal(presenceOf(presence).note, "ü".repeat(512));
  assert.equal(presenceOf(presence, 3).note, "ü");
});

test("K-3: busy is shown as dnd; Y-3: xa stays xa", () => {
  assert.match(presenceInner("busy", "", 0), /^<show>dnd<\/show>/);
  assert.match(presenceInner("xa", "", 0), /^<show>xa<\/show>/);
});

test("RFC 8048 Table 2: each state and its note, there and back", () => {
  for (const availability of availabilities) {
    for (const note of ["", "back <soon> & fine"]) {
      const type = presenceType(availability);
      assert.equal(type, availability === "offline" ? "unavailable" : undefined);
      const inner = presenceInner(availability, note, 5);
      const text = `<presence${type === undefined ? "" : ` type='${type}'`}>${inner}</presence>`;
      const expected = { availability, note, priority: availability === "offline" ? 0 : 5 };
      assert.deepEqual(presenceOf(stanza(text)), expected, text);
    }
  }
});

test("K-4: a priority is an integer in XMPP", () => {
  const rows: readonly [priority: number, written: string][] = [
    [0, ""],
    [102, "<priority>102</priority>"],
    [0.8, "<priority>1</priority>"],
    [-1, "<priority>-1</priority>"],
    [1000, "<priority>127</priority>"],
    [-1000, "<priority>-128</priority>"],
  ];
  for (const [priority, written] of rows) {
    assert.equal(presenceInner("available", "", priority), written);
    assert.ok(presencePriority(stanza(`<presence>${written}</presence>`)).ok);
  }
});

test("MAP-11: a telephone call goes before a device's own word, and nothing else of it changes", () => {
  const own =
    "<presence from='a@ours.example/x' id='1'><show>away</show><x xmlns='vcard-temp:x:update'><photo/></x><status>lunch</status>" +
    "<priority>5</priority></presence>";
  assert.equal(
    overlaid(utf8(own), "on-the-phone", "").toString(),
    "<presence from='a@ours.example/x' id='1'><show>dnd</show><status>On the phone</status>" +
      "<x xmlns='vcard-temp:x:update'><photo/></x><priority>5</priority></presence>",
  );
  assert.equal(overlaid(utf8("<presence/>"), "available", "").toString(), "<presence/>");
});
