import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

test("PAR-07: one second's worth at once, then evenly, then none", () => {
  const pace = new Pace(10, 300);
  const waits = Array.from({ length: 15 }, () => pace.turn(5_000));
  assert.deepEqual(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200, 300, undefined, undefined]);
});

test("what was not taken is not saved up beyond a second", () => {
  const pace = new Pace(10, 300);
  for (let count = 0; count < 10; count++) pace.turn(5_000);
  assert.equal(pace.turn(5_100), 0);
  assert.equal(pace.turn(5_100), 100);
  const later = Array.from({ length: 11 }, () => pace.turn(100_000));
  assert.deepEqual(later, [...new Array(10).fill(0), 100]);
});
