import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bandsOf,
  changed,
  type MappingChange,
  type MappingOverrides,
  noOverrides,
  readChange,
  seenBy,
  toldOf,
  written,
} from "./mapping-overrides.ts";
import { clients } from "./mapping-table.ts";
import { ofNumber } from "./microsoft-availability.ts";

function changes(...texts: readonly string[]): readonly MappingChange[] {
  return texts.map((text) => {
    const read = readChange(text);
    return typeof read === "string" ? assert.fail(read) : read;
  });
}

const shown = ({ availability, text, map }: ReturnType<typeof seenBy>) => `${availability} "${text}" ${map}`;

test("MAP-12: an administrator's row goes before the tables' (MAP-1, MAP-2), the others stand", () => {
  const overrides = changed(noOverrides, changes("out:dnd=dnd", "in:busy=busy", "in:brb=away,Back soon"));
  const told = (state: "dnd" | "away") => shown(toldOf(overrides, "lync", { by: "xmpp3", state }));
  const seen = (state: "dnd" | "busy" | "brb") => shown(seenBy(overrides, "lync", "xmpp3", state));
  assert.equal(told("dnd"), 'dnd "" administrator');
  assert.equal(seen("busy"), 'busy "" administrator');
  assert.equal(seen("brb"), 'away "Back soon" administrator');
  assert.equal(seen("dnd"), 'away "Busy" MAP-1');
  assert.equal(told("away"), 'away "" MAP-3');
});

test("MAP-1, MAP-12: a row for one class of client goes before the one for every class, and is for no other", () => {
  const overrides = changed(noOverrides, changes("in:busy=xa", "in/cupc:busy=dnd,Do not call", "out/jabber:away=busy"));
  assert.deepEqual(
    clients.map((client) => shown(seenBy(overrides, "lync", client, "busy"))),
    ['xa "" administrator', 'dnd "Do not call" administrator', 'xa "" administrator'],
  );
  assert.deepEqual(
    clients.map((by) => shown(toldOf(overrides, "lync", { by, state: "away" }))),
    ['away "" MAP-3', 'away "" MAP-2', 'busy "" administrator'],
  );
});

test("MAP-11: what a telephone or a calendar says has rows of its own, by its own word, and else the clients'", () => {
  const overrides = changed(
    noOverrides,
    changes("out/phone:on-the-phone=busy,In a call", "out/calendar:out-of-office=offline", "out:in-a-meeting=away"),
  );
  const told = (said: Parameters<typeof toldOf>[2]) => shown(toldOf(overrides, "lync", said));
  assert.equal(told({ by: "phone", state: "on-the-phone" }), 'busy "In a call" administrator');
  assert.equal(told({ by: "cupc", state: "on-the-phone" }), 'busy "On the phone" MAP-2');
  // it is shown as "away" (presence.outOfOffice), and is a calendar's "out of office" all the same
  assert.equal(told({ by: "calendar", state: "away", own: "out-of-office" }), 'offline "" administrator');
  assert.equal(told({ by: "calendar", state: "in-a-meeting" }), 'away "" administrator');
  assert.equal(told({ by: "xmpp3", state: "out-of-office" }), 'away "Out of office" MAP-3');
});

test("MAP-10: bands changed, and begun elsewhere; the others stand", () => {
  const overrides = changed(noOverrides, changes("number:6000=dnd", "number:3000=xa", "number:7500=away,idle"));
  const means = (number: number) => {
    const found = ofNumber(number, true, bandsOf(overrides));
    return found === undefined ? "-" : `${found.availability}${found.idle ? ", idle" : ""}`;
  };
  const numbers = [2999, 3500, 4500, 6500, 7500, 9500, 18500];
  assert.deepEqual(numbers.map(means), ["-", "xa", "idle, idle", "dnd", "away, idle", "dnd", "offline"]);
  assert.equal(ofNumber(6500, true, bandsOf(changed(overrides, changes("number:6000"))))?.availability, "busy");
});

test("what is written is what is read, and can be taken back row by row", () => {
  const texts = [
    "in:busy=away,Busy, really",
    "in/cupc:busy=busy",
    "out:dnd=dnd",
    "out/jabber:away=busy",
    "out/phone:on-the-phone=busy",
    "number:4500=idle",
    "number:7500=away,idle",
  ];
  const overrides = changed(noOverrides, changes(...texts.toReversed()));
  assert.deepEqual(written(overrides), texts);
  assert.deepEqual(changed(noOverrides, changes(...written(overrides))), overrides);
  const back = changes(...texts.map((text) => text.slice(0, text.indexOf("="))));
  assert.deepEqual(written(changed(overrides, back.slice(0, 1))), texts.slice(1));
  assert.deepEqual(changed(overrides, back), noOverrides);
});

/** As partners were kept before rows could be for one class: for every class. */
test("what was written without a class holds for every class", () => {
  const overrides: MappingOverrides = changed(noOverrides, changes("in:busy=away,Busy", "out:dnd=dnd"));
  for (const client of clients) assert.equal(seenBy(overrides, "lync", client, "busy").text, "Busy");
  for (const by of clients) assert.equal(toldOf(overrides, "lync", { by, state: "dnd" }).availability, "dnd");
});

const refused: readonly (readonly [text: string, words: RegExp])[] = [
  ["out:dnd=bussy", /^bussy is none of available, /],
  ["out:drunk=busy", /^drunk is none of available, /],
  ["both:dnd=busy", /is none of in\[\/CLASS\]:STATE/],
  ["dnd=busy", /is none of in\[\/CLASS\]:STATE/],
  ["out:offline=available", /offline, always/],
  ["in:offline=away", /offline, always/],
  ["in/cupc:offline=away", /offline, always/],
  [`in:busy=away,${"x".repeat(101)}`, /at most 100 characters/],
  ["in:busy=away,a\nb", /is none of in/],
  ["in/pidgin:busy=away", /^pidgin is none of xmpp3, cupc, jabber \(in\)/],
  ["in/phone:on-the-phone=busy", /^phone is none of xmpp3, cupc, jabber \(in\)/],
  ["out/phone:dnd=busy", /a phone says none but on-the-phone/],
  ["out/calendar:busy=away", /a calendar says none but in-a-meeting, out-of-office/],
  ["number:many=busy", /many is no number/],
  ["number:100000=busy", /is no number/],
  ["number:18000=available", /numbers mean offline, always/],
  ["number:20000=busy", /numbers mean offline, always/],
  ["number:6000=busy,loud", /only "idle" may stand/],
  ["number/cupc:6000=busy", /the same to every class/],
];
for (const [text, words] of refused) {
  test(`refuses ${JSON.stringify(text.slice(0, 30))} with words`, () => {
    const read = readChange(text);
    assert.ok(typeof read === "string");
    assert.match(read, words);
  });
}
