import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import { limitsWith } from "../base/limits.ts";
import { type Backoff, begin, contacted, failed, notYet, reached } from "./backoff.ts";

const limits = limitsWith({ retryFirstMs: 2_000, retryMostMs: 300_000 });
const why = fault("remote-connection-refused");

const pauses = (count: number, chance: number): number[] => {
  const all: number[] = [];
  let state: Backoff = begin;
  for (let each = 0; each < count; each++) {
    state = failed(state, why, 1_000, chance, limits);
    all.push(state.at === "waiting" ? state.untilMs - 1_000 : Number.NaN);
  }
  return all;
};

test("the pause doubles up to the most there may be", () => {
  assert.deepEqual(pauses(10, 0), [2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]);
  assert.equal(pauses(2_000, 0).at(-1), 300_000);
});

test("chance takes off up to half", () => {
  assert.deepEqual(pauses(3, 1), [1_000, 2_000, 4_000]);
  assert.deepEqual(pauses(3, 0.5), [1_500, 3_000, 6_000]);
});

test("until the pause is over the domain is not tried, and the reason is known", () => {
  const state = failed(begin, why, 1_000, 0, limits);
  assert.equal(notYet(state, 2_999), why);
  assert.equal(notYet(state, 3_000), undefined);
  assert.equal(notYet(begin, 0), undefined);
});

test("a partner that connects to us is tried at once, but not forgiven; a proved link forgives", () => {
  const twice = failed(failed(begin, why, 0, 0, limits), why, 0, 0, limits);
  const now = contacted(twice);
  assert.equal(notYet(now, 0), undefined);
  const thrice = failed(now, why, 0, 0, limits);
  assert.equal(thrice.at === "waiting" && thrice.untilMs, 8_000);
  assert.deepEqual(reached(), begin);
});
