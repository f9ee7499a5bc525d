import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, type MappingChange, noOverrides, readChange, shownBy, written } from "./mapping-overrides.ts";

function changes(...texts: readonly string[]): readonly MappingChange[] {
  return texts.map((text) => {
    const read = readChange(text);
    return typeof read === "string" ? assert.fail(read) : read;
  });
}

test("MAP-12: an administrator's row goes before the tables' (MAP-1, MAP-2), the others stand", () => {
  const overrides = changed(noOverrides, changes("out:dnd=dnd", "in:busy=busy", "in:brb=away,Back soon"));
  const look = (direction: "in" | "out", state: "dnd" | "busy" | "brb" | "away") => {
    const { availability, text, map } = shownBy(overrides, direction, "lync", "xmpp3", state);
    return `${availability} "${text}" ${map}`;
  };
  assert.equal(look("out", "dnd"), 'dnd "" administrator');
  assert.equal(look("in", "busy"), 'busy "" administrator');
  assert.equal(look("in", "brb"), 'away "Back soon" administrator');
  assert.equal(look("in", "dnd"), 'away "Busy" MAP-1');
  assert.equal(look("out", "away"), 'away "" MAP-3');
});

test("what is written is what is read, and can be taken back row by row", () => {
  const overrides = changed(noOverrides, changes("in:busy=away,Busy, really", "out:dnd=dnd"));
  assert.deepEqual(written(overrides), ["in:busy=away,Busy, really", "out:dnd=dnd"]);
  assert.deepEqual(changed(noOverrides, changes(...written(overrides))), overrides);
  assert.deepEqual(written(changed(overrides, changes("in:busy"))), ["out:dnd=dnd"]);
});

const refused = [
  "out:dnd=bussy",
  "out:drunk=busy",
  "both:dnd=busy",
  "dnd=busy",
  "out:offline=available",
  "in:offline=away",
  `in:busy=away,${"x".repeat(101)}`,
  "in:busy=away,a\nb",
];
for (const text of refused) {
  test(`refuses ${JSON.stringify(text.slice(0, 30))} with words`, () => {
    assert.equal(typeof readChange(text), "string");
  });
}
