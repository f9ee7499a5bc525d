import assert from "node:assert/strict";
import { test } from "node:test";
import { availabilities } from "./availability.ts";
import { ofActivity, ofNumber, published } from "./microsoft-availability.ts";

test("MAP-10: the bands", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "available"],
    [3000, "available"],
    [3500, "available"],
    [4499, "available"],
    [4500, "idle, idle"],
    [5000, "idle, idle"],
    [5999, "idle, idle"],
    [6000, "busy"],
    [6500, "busy"],
    [7499, "busy"],
    [7500, "busy, idle"],
    [8999, "busy, idle"],
    [9000, "dnd"],
    [9500, "dnd"],
    [11999, "dnd"],
    [12000, "brb"],
    [14999, "brb"],
    [15000, "away"],
    [17999, "away"],
    [18000, "offline"],
    [18500, "offline"],
    [99999, "offline"],
  ];
  for (const [number, expected] of cases) {
    const found = ofNumber(number);
    assert.equal(`${found?.availability}${found?.idle === true ? ", idle" : ""}`, expected, String(number));
  }
});

test("numbers that say nothing", () => {
  for (const number of [-1, Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(ofNumber(number), undefined);
  assert.equal(ofNumber(2999, true), undefined);
  assert.equal(ofNumber(3000, true)?.availability, "available");
});

test("MAP-10: what Office Communicator 2007 publishes, and all of it read again", () => {
  const numbers = [...new Set(availabilities.map((state) => published[state].number))].sort((a, b) => a - b);
  assert.deepEqual(numbers, [3500, 5000, 6500, 9500, 12500, 15500, 18500]);
  for (const state of availabilities) {
    const { number, activity } = published[state];
    const read = ofActivity(activity) ?? ofNumber(number)?.availability;
    assert.equal(read, state === "xa" ? "away" : state);
  }
});

test("activities that say more than the number", () => {
  assert.equal(ofActivity("In-A-Conference"), "in-a-meeting");
  assert.equal(ofActivity("in-presentation"), "dnd");
  assert.equal(ofActivity("urgent-interruptions-only"), "dnd");
  assert.equal(ofActivity(""), undefined);
  assert.equal(ofActivity("constructor"), undefined);
});
