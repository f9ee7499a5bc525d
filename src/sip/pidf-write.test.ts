import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { type Availability, availabilities } from "../presence/availability.ts";
import { readDocument } from "../xml/document.ts";
import { child, type Element, elements, textOf } from "../xml/element.ts";
import { type PidfParts, pidfWord, writePidf } from "./pidf-write.ts";
import { readPresence } from "./presence-document.ts";

const entity = "sip:bob@ours.example";

function written(availability: Availability, more: Partial<PidfParts> = {}): string {
  return writePidf({ entity, availability, note: "", ...more });
}

function treeOf(text: string): Element {
  const result = readDocument(Buffer.from(text), { bytesMax: 65_536, depthMax: 16, attributesMax: 64 });
  assert.ok(result.ok, text);
  return result.value;
}

test("R14: the document of sip-wire 2.4", () => {
  assert.equal(
    writePidf({ entity, availability: "away", note: "at lunch", displayName: "Bob", since: Date.UTC(2024, 1, 3) }),
    `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
  xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:ep="urn:ietf:params:xml:ns:pidf:status:rpid-status"
  xmlns:ci="urn:ietf:params:xml:ns:pidf:cipid" entity="sip:bob@ours.example">
<tuple id="t1"><status><basic>open</basic><ep:activities><ep:activity>away</ep:activity></ep:activities></status>
<contact priority="0.8">sip:bob@ours.example</contact><note>at lunch</note><timestamp>2024-02-03T00:00:00.000Z</timestamp></tuple>
<dm:person id="p1"><rpid:activities><rpid:away/></rpid:activities><dm:note>at lunch</dm:note></dm:person>
<ci:display-name>Bob</ci:display-name></presence>
`,
  );
});

test("strict: nothing that RFC 3863's own time did not know", () => {
  assert.equal(
    written("busy", { note: "x", displayName: "Bob", strict: true }),
    `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:ep="urn:ietf:params:xml:ns:pidf:status:rpid-status" entity="sip:bob@ours.example">
<tuple id="t1"><status><basic>open</basic><ep:activities><ep:activity>busy</ep:activity></ep:activities></status>
<contact priority="0.8">sip:bob@ours.example</contact><note>x</note></tuple>
</presence>
`,
  );
});

/** A child of that local name, whatever its namespace, as tolerant readers look. */
function any(of: Element | undefined, name: string): Element | undefined {
  return of === undefined ? undefined : elements(of).find((each) => each.name === name);
}

type Reader = (text: string) => string;

/** SIPE: the first tuple's basic, then the old activity, of which it knows two. */
const sipe: Reader = (text) => {
  const status = any(any(treeOf(text), "tuple"), "status");
  const basic = any(status, "basic");
  if (basic === undefined) return "ignored";
  if (!textOf(basic).includes("open")) return "offline";
  const activity = textOf(any(any(status, "activities"), "activity"));
  return activity === "busy" || activity === "away" ? activity : "available";
};

/** libpurple's SIMPLE: the first tuple's basic and its note. Without basic it never answers. */
const libpurple: Reader = (text) => {
  const tuple = any(treeOf(text), "tuple");
  const basic = any(any(tuple, "status"), "basic");
  return basic === undefined ? "ignored" : textOf(basic).includes("open") ? "available" : "offline";
};

/** baresip: letters. */
const baresip: Reader = (text) => {
  if (/<rpid:away[ \t]*\/>/.test(text)) return "closed";
  if (/<rpid:busy[ \t]*\/>/.test(text) || /<rpid:on-the-phone[ \t]*\/>/.test(text)) return "busy";
  return /<basic[ \t]*>([^<]+)<\/basic[ \t]*>/.exec(text)?.[1]?.toLowerCase() === "open" ? "open" : "unknown";
};

const pidf = "urn:ietf:params:xml:ns:pidf";
const dm = "urn:ietf:params:xml:ns:pidf:data-model";
const rpid = "urn:ietf:params:xml:ns:pidf:rpid";

/** Linphone: namespaces and words exactly, or the whole is refused with 488. */
const linphone: Reader = (text) => {
  const root = treeOf(text);
  const tuples =
    root.name === "presence" && root.ns === pidf
      ? elements(root).filter((each) => each.name === "tuple" && each.ns === pidf)
      : [];
  const basics = tuples.map((tuple) => textOf(child(child(tuple, "status", pidf) ?? tuple, "basic", pidf)));
  if (basics.some((basic) => basic !== "open" && basic !== "closed")) return "488";
  const persons = elements(root).filter((each) => each.name === "person" && each.ns === dm);
  const activities = persons.flatMap((person) =>
    elements(child(person, "activities", rpid) ?? { ...person, children: [] }),
  );
  if (basics.includes("open")) return activities.length === 0 ? "online" : "busy";
  return activities.length === 0 ? "offline" : "do not disturb";
};

/** Jitsi: the person's activities before all; then a note that is a state's name; then basic. */
const jitsi: Reader = (text) => {
  const root = treeOf(text);
  const person = any(root, "person");
  const known: Readonly<Record<string, string>> = { away: "Away", busy: "Busy (DND)", "on-the-phone": "On the phone" };
  for (const each of elements(any(person, "activities") ?? { ...root, children: [] })) {
    const state = known[each.name];
    if (state !== undefined) return state;
  }
  const tuple = any(root, "tuple");
  const note = textOf(any(tuple, "note")).toLowerCase();
  const names = ["Online", "Away", "On the phone", "In a meeting", "Busy (DND)", "Offline"];
  const named = names.find((name) => name.toLowerCase() === note);
  return named ?? (textOf(any(any(tuple, "status"), "basic")).toLowerCase() === "open" ? "Online" : "Offline");
};

/** PJSIP: basic, and the first activity of the person, if its name ends in "busy" or "away". */
const pjsip: Reader = (text) => {
  const root = treeOf(text);
  const basic = textOf(any(any(any(root, "tuple"), "status"), "basic")) === "open" ? "open" : "closed";
  const first = elements(any(any(root, "person"), "activities") ?? { ...root, children: [] })[0]?.name ?? "";
  return `${basic}${first.endsWith("busy") ? ", busy" : first.endsWith("away") ? ", away" : ""}`;
};

/** What each reader makes of each state. */
const seen: Readonly<Record<Availability, readonly [string, string, string, string, string, string]>> = {
  available: ["available", "available", "open", "online", "Online", "open"],
  idle: ["away", "available", "closed", "busy", "Away", "open, away"],
  away: ["away", "available", "closed", "busy", "Away", "open, away"],
  xa: ["away", "available", "closed", "busy", "Away", "open, away"],
  busy: ["busy", "available", "busy", "busy", "Busy (DND)", "open, busy"],
  "on-the-phone": ["busy", "available", "busy", "busy", "Busy (DND)", "open, busy"],
  "in-a-meeting": ["busy", "available", "busy", "busy", "Busy (DND)", "open, busy"],
  dnd: ["busy", "available", "busy", "busy", "Busy (DND)", "open, busy"],
  brb: ["away", "available", "closed", "busy", "Away", "open, away"],
  "out-of-office": ["away", "available", "closed", "busy", "Away", "open, away"],
  offline: ["offline", "offline", "unknown", "offline", "Offline", "closed"],
};

test("R14: six readers understand every state, with a note and without", () => {
  const readers = { sipe, libpurple, baresip, linphone, jitsi, pjsip };
  for (const availability of availabilities) {
    for (const more of [{}, { note: "back soon" }, { note: "Online" }, { show: true, displayName: "Bob", since: 1 }]) {
      const text = written(availability, more);
      for (const [n, [name, reader]] of Object.entries(readers).entries()) {
        assert.equal(reader(text), seen[availability][n], `${name}: ${text}`);
      }
    }
  }
});

test("strict documents say the same to those who look in the old places", () => {
  for (const availability of availabilities) {
    const text = written(availability, { strict: true, note: "back soon" });
    for (const [n, reader] of [sipe, libpurple].entries()) assert.equal(reader(text), seen[availability][n]);
  }
});

test("R22, 6.2: there is always a basic, and it has no white space", () => {
  for (const availability of availabilities) {
    assert.match(written(availability), availability === "offline" ? /<basic>closed<\/basic>/ : /<basic>open<\/basic>/);
  }
});

test("a person is written only where there is something to say of them", () => {
  assert.doesNotMatch(written("available"), /dm:person/);
  assert.doesNotMatch(written("offline"), /dm:person/);
  assert.match(written("available", { note: "x" }), /<dm:person id="p1"><dm:note>x<\/dm:note><\/dm:person>/);
});

test("what is written is read again, as far as RPID has words for it", () => {
  const less: Readonly<Record<string, Availability>> = {
    idle: "away",
    xa: "away",
    dnd: "busy",
    brb: "away",
    "out-of-office": "away",
  };
  const withShow: Readonly<Record<string, Availability>> = { idle: "away", brb: "away", "out-of-office": "away" };
  for (const availability of availabilities) {
    for (const show of [false, true]) {
      const text = written(availability, {
        note: "a <b> & c",
        displayName: `"B"`,
        since: 1_700_000_000_123,
        priority: 64,
        show,
      });
      const result = readPresence("application/pidf+xml", Buffer.from(text), limitsWith());
      assert.ok(result.ok);
      const { availability: read, note, displayName, timestamp, priority, entity: who } = result.value;
      assert.equal(read, (show ? withShow : less)[availability] ?? availability, text);
      assert.deepEqual(
        { note, displayName, timestamp, priority, who },
        { note: "a <b> & c", displayName: `"B"`, timestamp: 1_700_000_000_123, priority: 64, who: "bob@ours.example" },
      );
    }
  }
});

test("6.9: the name of a state is not written as a note", () => {
  for (const note of ["Busy", "online", " Away ", "\u0000Busy\u0000", "", "  "])
    assert.doesNotMatch(written("available", { note }), /note/);
  assert.match(written("available", { note: "Busy bees" }), /<note>Busy bees<\/note>/);
});

test("RFC 8048: priorities as its examples have them; negative ones are not written", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0"],
    [1, "0.007"],
    [2, "0.015"],
    [126, "0.992"],
    [127, "1"],
    [500, "1"],
  ];
  for (const [priority, text] of cases) {
    assert.match(written("available", { priority }), new RegExp(`<contact priority="${text}">`));
  }
  assert.match(written("available", { priority: -1 }), /<contact>/);
  const all = Array.from(
    { length: 128 },
    (_, priority) => /priority="([^"]+)"/.exec(written("available", { priority }))?.[1],
  );
  assert.equal(new Set(all).size, 128);
});

test("whatever a note, a name or an address holds, the document is well-formed", () => {
  const nasty = "]]><!--\u0000\u0008\u000b\uffff\ud800<&>\"'\u{1F600}";
  const text = written("busy", { note: nasty, displayName: nasty, entity: `sip:${nasty}@x` });
  const root = treeOf(text);
  assert.equal(root.attrs.entity, "sip:]]><!--<&>\"'😀@x");
  assert.equal(textOf(any(root, "display-name")), "]]><!--<&>\"'😀");
});

test("times that no date can hold are left out", () => {
  for (const since of [Number.NaN, Number.POSITIVE_INFINITY, 9e15, -8.64e15, 8.64e15]) {
    assert.doesNotMatch(written("available", { since }), /timestamp/);
  }
});

test("what a state is in a document, in a word: the same that is written", () => {
  for (const state of availabilities) {
    const text = written(state);
    const names = [...text.matchAll(/<rpid:(?!activities)([\w-]+)\/>/g)].map(([, name]) => name);
    assert.deepEqual(pidfWord(state), { basic: /<basic>(\w+)</.exec(text)?.[1], activities: names });
  }
});
