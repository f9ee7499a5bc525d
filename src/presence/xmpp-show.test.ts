import assert from "node:assert/strict";
import { test } from "node:test";
import { availabilities } from "./availability.ts";
import { fromXmpp, toXmpp } from "./xmpp-show.ts";

/** sip-wire 2.4, the last column, with the word that goes into <status/>. */
const columns: readonly (readonly [string, string, string])[] = [
  ["available", "", ""],
  ["idle", "away", "Idle"],
  ["away", "away", ""],
  ["xa", "xa", ""],
  ["busy", "dnd", "Busy"],
  ["on-the-phone", "dnd", "On the phone"],
  ["in-a-meeting", "dnd", "In a meeting"],
  ["dnd", "dnd", ""],
  ["brb", "away", "Be right back"],
  ["out-of-office", "xa", "Out of office"],
];

test("each state has its <show/>, and its word where <show/> is not enough", () => {
  assert.deepEqual(
    columns.map(([state]) => state),
    availabilities.filter((state) => state !== "offline"),
  );
  for (const [state, show, status] of columns) {
    assert.deepEqual(toXmpp(state as "away", ""), { available: true, show, status }, state);
  }
  assert.deepEqual(toXmpp("offline", "gone home"), { available: false, show: "", status: "gone home" });
});

test("what was written is read again, note and all", () => {
  for (const availability of availabilities) {
    for (const note of ["", "back at three", "see: calendar", ": ", "é"]) {
      const { available, show, status } = toXmpp(availability, note);
      assert.deepEqual(fromXmpp(available, show, status), { availability, note }, status);
    }
  }
});

test("a note that says the word itself is not made to say it twice", () => {
  assert.equal(toXmpp("on-the-phone", "On the phone with Bob").status, "On the phone with Bob");
});

test("MAP-1: a table's text takes the place of the state's own word", () => {
  assert.equal(toXmpp("away", "", "Busy").status, "Busy");
  assert.equal(toXmpp("away", "in the lab", "Busy").status, "Busy: in the lab");
  assert.equal(toXmpp("idle", "", "On the phone").status, "On the phone");
  assert.equal(toXmpp("offline", "", "Busy").status, "");
});

test("what others send is read", () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["", "", "available", ""],
    ["chat", "", "available", ""],
    ["chat", "come in", "available", "come in"],
    ["lurking", "x", "available", "x"],
    ["constructor", "", "available", ""],
    ["away", "Busy", "busy", ""], // MAP-1
    ["", "In a meeting", "in-a-meeting", ""], // MAP-5
    ["away", "In a meeting", "in-a-meeting", ""], // MAP-6
    ["away", "idle", "idle", ""], // MAP-8
    ["dnd", "ON THE PHONE", "on-the-phone", ""],
    ["", "On the phone: with Bob", "on-the-phone", "with Bob"],
    // beside another <show/> the word is somebody's note
    ["", "Busy", "available", "Busy"],
    ["", "Idle", "available", "Idle"],
    ["dnd", "Idle", "dnd", "Idle"],
    ["", "Out of office", "available", "Out of office"],
    ["away", "Busy bees", "away", "Busy bees"],
    ["away", "Nothing: at all", "away", "Nothing: at all"],
  ];
  for (const [show, status, availability, note] of cases) {
    assert.deepEqual(fromXmpp(true, show, status), { availability, note }, `${show} ${status}`);
  }
  assert.deepEqual(fromXmpp(false, "dnd", "bye"), { availability: "offline", note: "bye" });
});
