import assert from "node:assert/strict";
import { test } from "node:test";
import { availabilities } from "../src/presence/availability.ts";
import { writePidf } from "../src/sip/pidf-write.ts";
import { complaints, hasXmllint } from "./xmllint.ts";

const entity = "sip:bob@ours.example";
const note = "at <lunch> & \"tea\" ']]>' \u{1F600}";
const nothing = { entity, note: "" };

const documents = availabilities.flatMap((availability) =>
  [
    { ...nothing, availability },
    { ...nothing, availability, displayName: "Bob", since: 1_700_000_000_123 },
    { ...nothing, availability, note, displayName: note, since: 0, priority: 1, show: true },
    { ...nothing, availability, note, priority: 127 },
    { ...nothing, availability, priority: -1 },
    { ...nothing, availability, note, displayName: "Bob", strict: true, since: 1 },
  ].map(writePidf),
);

/** What must be found out: the schemas look at everything, PIDF's own elements and what it lets in. */
const wrong: readonly (readonly [RegExp, string, string])[] = [
  [/basic/, "<basic>open</basic>", "<basic>Open</basic>"],
  [/basic/, "<basic>open</basic>", "<basic> open</basic>"],
  [/id/, `<tuple id="t1">`, "<tuple>"],
  [/entity/, ` entity="${entity}"`, ""],
  [/contact|priority/, `priority="0.8"`, `priority="0.80001"`],
  [/person/, `<dm:person id="p1">`, "<dm:person>"],
  [/ID/, `<dm:person id="p1">`, `<dm:person id="t1">`],
  [/activities|rpid/, "<rpid:busy/>", "<rpid:bussy/>"],
  [/busy/, "<rpid:busy/>", "<rpid:busy>very</rpid:busy>"],
  [/note/, "<note>", `<timestamp>2024-01-01T00:00:00Z</timestamp><note>`],
];

test("every document written is valid by the schemas of RFC 3863, 4479, 4480 and 4482", { skip: !hasXmllint() }, () => {
  for (const [n, complaint] of complaints("presence", documents).entries()) {
    assert.equal(complaint, "", documents[n]);
  }
});

test("the schemas find fault with what is wrong", { skip: !hasXmllint() }, () => {
  const right = writePidf({ entity, availability: "busy", note: "x" });
  const spoilt = wrong.map(([, good, bad]) => {
    assert.ok(right.includes(good), good);
    return right.replace(good, bad);
  });
  for (const [n, complaint] of complaints("presence", spoilt).entries()) {
    assert.match(complaint, /fails to validate/, spoilt[n]);
    assert.match(complaint, wrong[n]?.[0] ?? /^/);
  }
});
