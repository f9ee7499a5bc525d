import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { readPresence } from "./presence-document.ts";
import type { PresenceDocument } from "./presence-fields.ts";

const limits = limitsWith();

function read(text: string, type = "application/pidf+xml"): PresenceDocument {
  const result = readPresence(type, Buffer.from(text), limits);
  assert.ok(result.ok, result.ok ? "" : `${result.fault.code}: ${result.fault.detail}: ${text}`);
  return result.value;
}

const pidf = `xmlns="urn:ietf:params:xml:ns:pidf"`;

/** A document around one tuple's status, with what else there is in the tuple and beside it. */
function document(status: string, inTuple = "", beside = ""): string {
  return `<presence ${pidf} entity="sip:bob@ours.example"><tuple id="a"><status>${status}</status>${inTuple}</tuple>${beside}</presence>`;
}

const open = "<basic>open</basic>";
const closed = "<basic>closed</basic>";

/** What is written, and the state it means. */
const states: readonly (readonly [string, string | undefined])[] = [
  // RFC 3863: basic
  [document(open), "available"],
  [document(closed), "offline"],
  [document("<basic> open\n</basic>"), "available"],
  [document("<basic>OPEN</basic>"), "available"],
  [document("<basic>unknown</basic>"), "offline"],
  [document("<basic>?</basic>"), "offline"],
  [document(""), undefined],
  [`<presence ${pidf} entity="sip:bob@ours.example"/>`, undefined],
  // LCS, OCS, SIPE: activities as text, in status
  ...["urn:ietf:params:xml:ns:pidf:status:rpid-status", "urn:ietf:params:xml:ns:pidf:status:rpid"].flatMap((ns) => [
    [
      document(`${open}<ep:activities xmlns:ep="${ns}"><ep:activity>busy</ep:activity></ep:activities>`),
      "busy",
    ] as const,
    [
      document(`${open}<es:activities xmlns:es="${ns}"><es:activity>away</es:activity></es:activities>`),
      "away",
    ] as const,
    [document(`${open}<es:activities xmlns:es="${ns}"><es:on-the-phone/></es:activities>`), "on-the-phone"] as const,
    [document(`${open}<es:activities xmlns:es="${ns}"> busy </es:activities>`), "busy"] as const,
  ]),
  // RFC 4480 by way of the data model
  [
    document(
      open,
      "",
      `<p xmlns="urn:ietf:params:xml:ns:pidf:data-model"/><dm:person xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" id="p"><rpid:activities xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"><rpid:meeting/></rpid:activities></dm:person>`,
    ),
    "in-a-meeting",
  ],
  // Asterisk: a person in PIDF's own namespace, status inside
  [
    document(
      open,
      "",
      `<pp:person xmlns:pp="urn:ietf:params:xml:ns:pidf:person"><status><ep:activities xmlns:ep="urn:ietf:params:xml:ns:pidf:rpid:rpid-person"><ep:away/></ep:activities></status></pp:person>`,
    ),
    "away",
  ],
  // an activity of the tuple
  [
    document(open, `<t:activities xmlns:t="urn:ietf:params:xml:ns:pidf:rpid:rpid-tuple"><t:vacation/></t:activities>`),
    "out-of-office",
  ],
  // Microsoft's tokens
  [document(`${open}<activities><activity>in-a-conference</activity></activities>`), "in-a-meeting"],
  [document(`${open}<activities><activity>urgent-interruptions-only</activity></activities>`), "dnd"],
  // several: the one that tells most
  [document(`${open}<activities><busy/><on-the-phone/></activities>`), "on-the-phone"],
  [
    document(
      `${open}<activities><activity>busy</activity></activities>`,
      "",
      "<person><activities><meeting/></activities></person>",
    ),
    "in-a-meeting",
  ],
  [document(`${open}<activities><away/><idle/></activities>`), "idle"],
  [document(`${open}<activities><playing/><working/></activities>`), "available"],
  [document(`${open}<activities><__proto__/><constructor/></activities>`), "available"],
  // RFC 4480
  [document(open, "", "<person><user-input idle-threshold='600'>idle</user-input></person>"), "idle"],
  [document(open, "", "<person><user-input>active</user-input></person>"), "available"],
  // RFC 8048: <show/>
  [document(`${open}<show xmlns="jabber:client">xa</show>`), "xa"],
  [document(`${open}<show xmlns="jabber:client">dnd</show>`), "dnd"],
  [document(`${open}<show xmlns="jabber:client">chat</show>`), "available"],
  [
    document(`${open}<show xmlns="jabber:client">dnd</show>`, "", "<person><activities><busy/></activities></person>"),
    "dnd",
  ],
  // Jitsi, Kamailio pua_xmpp: the state as a note, where nothing else tells it
  [document(open, "<note>Busy (DND)</note>"), "dnd"],
  [document(open, "<note>On the phone</note>"), "on-the-phone"],
  [document(open, "<note>Online</note>"), "available"],
  [document(open, "<note>Offline</note>"), "available"],
  [document(open, "<note>Away</note>", "<person><activities><busy/></activities></person>"), "busy"],
  // closed is closed, whatever is done
  [document(closed, "", "<person><activities><busy/></activities></person>"), "offline"],
  // no tuple: the person
  [`<presence ${pidf}><person><activities><away/></activities></person></presence>`, "away"],
];

test("sip-wire 2.4: the state, in every dialect", () => {
  for (const [text, availability] of states) assert.equal(read(text).availability, availability, text);
});

test("RFC 4480 §3.2: every activity is known, or says nothing", () => {
  const listed =
    "appointment away breakfast busy dinner holiday in-transit looking-for-work lunch meal meeting on-the-phone other performance permanent-absence playing presentation shopping sleeping spectator steering travel tv unknown vacation working worship";
  const available = listed.split(" ").filter((name) => {
    const { availability } = read(document(open, "", `<person><activities><${name}/></activities></person>`));
    assert.notEqual(availability, "offline");
    return availability === "available";
  });
  assert.deepEqual(available, ["looking-for-work", "other", "playing", "unknown", "working"]);
});

test("R13: the entity, with any scheme or none", () => {
  for (const entity of [
    "sip:bob@ours.example",
    "sips:bob@ours.example",
    "pres:bob@ours.example",
    "bob@ours.example",
    " PRES:bob@ours.example;x=1 ",
    "sip:bob@ours.example?subject=x",
  ]) {
    assert.equal(read(`<presence ${pidf} entity="${entity}"/>`).entity, "bob@ours.example");
  }
  assert.equal(read(`<presence ${pidf}/>`).entity, "");
});

test("note, name, priority and time", () => {
  const found = read(
    document(
      open,
      `<contact priority="0.5">sip:bob@ours.example</contact><note xml:lang="en">at lunch</note><timestamp>2024-02-03T04:05:06Z</timestamp>`,
      `<ci:display-name xmlns:ci="urn:ietf:params:xml:ns:pidf:cipid"> Bob &amp; Co </ci:display-name>`,
    ),
  );
  const { note, displayName, priority, timestamp, tuples } = found;
  assert.deepEqual({ note, displayName, priority }, { note: "at lunch", displayName: "Bob & Co", priority: 64 });
  assert.equal(timestamp, Date.UTC(2024, 1, 3, 4, 5, 6));
  assert.deepEqual(tuples, [
    {
      id: "a",
      open: true,
      activity: undefined,
      note: "at lunch",
      contact: "sip:bob@ours.example",
      priority: 64,
      timestamp,
    },
  ]);
});

test("a note is looked for in the tuple, its activities, the person and the whole", () => {
  const cases: readonly (readonly [string, string])[] = [
    [document(open, "<note>tuple</note>", "<note>whole</note>"), "tuple"],
    [document(open, "<note>Online</note>", "<note>whole</note>"), "whole"],
    [document(open, "<note/>", "<person><note>person</note></person><note>whole</note>"), "person"],
    [document(open, "", "<person><activities><note>activities</note><busy/></activities></person>"), "activities"],
    [document(open, "<note>Busy</note>"), ""],
    [document(closed, "<note>gone home</note>"), "gone home"],
  ];
  for (const [text, note] of cases) assert.equal(read(text).note, note, text);
});

test("RFC 8048: priorities of 0 to 1 become 0 to 127", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["0.007", 1],
    ["0.015", 2],
    ["0.992", 126],
    ["1", 127],
    ["1.000", 127],
    ["1.5", 127],
    ["-1", 0],
    ["", 0],
    ["1e9", 0],
    ["high", 0],
  ];
  for (const [written, priority] of cases) {
    assert.equal(read(document(open, `<contact priority="${written}">x</contact>`)).priority, priority, written);
  }
});

test("times that are none are left out", () => {
  for (const time of ["", "yesterday", "2024-13-45T99:99:99Z", "2024-01-01", "9".repeat(50)]) {
    assert.equal(read(document(open, `<timestamp>${time}</timestamp>`)).timestamp, undefined, time);
  }
});

test("of several tuples the open one of the highest priority speaks, then the one without activity, then the first", () => {
  const tuple = (id: string, basic: string, priority: string, activity = ""): string =>
    `<tuple id="${id}"><status><basic>${basic}</basic>${activity === "" ? "" : `<activities><${activity}/></activities>`}</status><contact priority="${priority}">x</contact><note>${id}</note></tuple>`;
  const cases: readonly (readonly [readonly string[], string, string])[] = [
    [[tuple("a", "closed", "1"), tuple("b", "open", "0", "away")], "away", "b"],
    [[tuple("a", "open", "0.2", "busy"), tuple("b", "open", "0.8", "away")], "away", "b"],
    [[tuple("a", "open", "0.8", "away"), tuple("b", "open", "0.8")], "available", "b"],
    [[tuple("a", "open", "0.8", "away"), tuple("b", "open", "0.8", "busy")], "away", "a"],
    [[tuple("a", "open", "0.8"), tuple("b", "open", "0.808", "busy")], "busy", "b"],
    [[tuple("a", "closed", "0"), tuple("b", "closed", "0")], "offline", "a"],
  ];
  for (const [tuples, availability, note] of cases) {
    const found = read(`<presence ${pidf}>${tuples.join("")}</presence>`);
    assert.deepEqual([found.availability, found.note, found.tuples.length], [availability, note, tuples.length]);
  }
});

test("MAP-11: a call manager's word on a line", () => {
  const rpid = (activity: string): string => `<person><activities><${activity}/></activities></person>`;
  const cases: readonly (readonly [string, string | undefined])[] = [
    [document(closed, "", rpid("on-the-phone")), "off-hook"],
    [document(closed, "", rpid("busy")), "off-hook"],
    [document(open), "on-hook"],
    [document(open, "", rpid("away")), "on-hook"],
    [document(open, "", rpid("on-the-phone")), "off-hook"],
    [document(closed), undefined],
    [document(closed, "", rpid("away")), undefined],
    [`<presence ${pidf}/>`, undefined],
  ];
  for (const [text, phone] of cases) assert.equal(read(text).phone, phone, text);
});

test("closed with an activity: the state is offline, and the activity is told beside it", () => {
  const found = read(document(closed, "", "<person><activities><away/></activities></person>"));
  assert.deepEqual([found.availability, found.activity], ["offline", "away"]);
});

test("the root says which dialect it is, whatever type is written over it", () => {
  const xpidf = `<presence><presentity uri="sip:bob@ours.example;method=SUBSCRIBE"/><atom id="1"><address uri="sip:b"><status status="open"/></address></atom></presence>`;
  const msrtc = `<presentity uri="bob@ours.example"><availability aggregate="300"/><activity aggregate="600"/></presentity>`;
  for (const type of [
    "application/pidf+xml",
    "application/xpidf+xml",
    "text/xml+msrtc.pidf",
    "Text/XML; charset=utf-8",
    "",
  ]) {
    assert.equal(read(xpidf, type).availability, "available");
    assert.equal(read(msrtc, type).availability, "busy");
    assert.equal(read(document(open), type).availability, "available");
  }
});

test("an empty body says nothing, whatever its type", () => {
  for (const type of ["application/pidf+xml", "", "text/plain"]) {
    const { availability, tuples, phone } = read("", type);
    assert.deepEqual([availability, tuples, phone], [undefined, [], undefined]);
  }
});

function refusal(text: string | Uint8Array, type = "application/pidf+xml"): string {
  const result = readPresence(type, typeof text === "string" ? Buffer.from(text) : text, limits);
  return result.ok ? "read" : `${result.fault.code}: ${result.fault.detail}`;
}

test("what is no presence document is refused", () => {
  const cases: readonly (readonly [string | Uint8Array, string])[] = [
    ["hello", "xml-not-well-formed"],
    [`<presence ${pidf}>`, "xml-not-well-formed"],
    [`<!DOCTYPE presence SYSTEM "xpidf.dtd"><presence/>`, "xml-restricted"],
    [`<!DOCTYPE p [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><presence>&c;</presence>`, "xml-restricted"],
    ["<x:presence/>", "xml-bad-prefix"],
    ["<html/>", "the root element is none of presence"],
    [Buffer.from([0xff, 0xfe, 0x3c, 0x00]), "xml-bad-utf8"],
  ];
  for (const [text, why] of cases) {
    const found = refusal(text);
    assert.ok(found.startsWith(`presence-document: ${why}`), found);
  }
  assert.equal(refusal(document(open), "application/sdp"), "sip-media-type: application/sdp");
});

test("bombs are refused by the limit they pass", () => {
  const tuple = `<tuple id="a"><status><basic>open</basic></status></tuple>`;
  const around = (inside: string): string => `<presence ${pidf}>${inside}</presence>`;
  const most = limits.presenceChildrenMax;
  assert.match(refusal(around(" ".repeat(limits.presenceDocumentBytesMax))), /xml-document-too-big/);
  assert.match(refusal(around("<a>".repeat(40) + "</a>".repeat(40))), /xml-too-deep/);
  assert.match(refusal(around("<x:y>".repeat(10_000))), /xml-bad-prefix/);
  assert.match(refusal(around(tuple.repeat(most + 1))), /presenceChildrenMax/);
  assert.match(refusal(around(`<tuple id="a">${"<note>n</note>".repeat(most + 1)}</tuple>`)), /presenceChildrenMax/);
  assert.match(refusal(around("<note>n</note>".repeat(most + 1))), /presenceChildrenMax/);
  assert.equal(read(around(tuple.repeat(most))).tuples.length, most);
});

test("a long note is cut, between characters", () => {
  const { note, tuples } = read(document(open, `<note>${"é€😀".repeat(1_000)}</note>`));
  assert.ok(Buffer.byteLength(note) <= limits.presenceNoteBytesMax);
  assert.ok(Buffer.byteLength(note) > limits.presenceNoteBytesMax - 4);
  assert.ok(note.isWellFormed());
  assert.equal(tuples[0]?.note, note);
  assert.equal(Buffer.byteLength(read(document(open, `<note>${"é".repeat(600)}</note>`)).note), 1_024);
});
