import assert from "node:assert/strict";
import { test } from "node:test";
import { availabilities, isAvailability } from "./availability.ts";
import { stateNamed, words } from "./words.ts";

test("MAP-12: eleven states, each with its word, which names it", () => {
  assert.equal(availabilities.length, 11);
  for (const state of availabilities) {
    assert.ok(isAvailability(state));
    assert.match(words[state], /^[A-Z][a-z ]+$/);
    assert.equal(stateNamed(words[state]), state);
  }
  assert.ok(!isAvailability("Available"));
  assert.ok(!isAvailability("constructor"));
});

test("sip-wire 6.9: names of states, by whatever program, are no notes; everything else is", () => {
  // Jitsi's
  assert.equal(stateNamed("Online"), "available");
  assert.equal(stateNamed("Busy (DND)"), "dnd");
  assert.equal(stateNamed(" on THE phone "), "on-the-phone");
  for (const note of ["", "Busy bees", "away in Rome", "constructor", "Away ".repeat(1_000)]) {
    assert.equal(stateNamed(note), undefined, note);
  }
});
