import assert from "node:assert/strict";
import { test } from "node:test";
import { type Outcome, type Run, runInvite, runNonInvite } from "./sip-transaction-pairs.ts";

/**
 * The transaction machines of RFC 3261 §17 in pairs, over networks drawn from a seed: both sides end, in a bounded number
 * of steps; the client's transaction user hears of one outcome; the server's has the request once; and more, as
 * sip-transaction-pairs.ts says it.
 */

const seeds = Number(process.env.COMITY_SEEDS ?? 10_000);

/** The first seed that goes wrong, with its whole story. */
function firstWrong(run: (seed: number, how: Run) => Outcome, how: Run, count: number): readonly string[] {
  for (let seed = 1; seed <= count; seed++) {
    if (run(seed, how).wrong.length > 0) {
      const { wrong, story } = run(seed, { ...how, told: true });
      return [`seed ${seed}`, ...wrong, ...story];
    }
  }
  return [];
}

for (const [name, run] of [
  ["INVITE", runInvite],
  ["non-INVITE", runNonInvite],
] as const) {
  for (const reliable of [false, true]) {
    test(`${name} on ${reliable ? "a reliable" : "an unreliable"} link, ${seeds} seeds`, () =>
      assert.deepEqual(firstWrong(run, { reliable }, seeds), []));
  }
}

/** Which timers each link needs: without any one of them something above goes wrong. */
const needed: readonly (readonly [typeof runInvite, reliable: boolean, timers: string])[] = [
  [runInvite, false, "client A, client B, client C, client D, client M"],
  [runInvite, false, "server 100, server C, server G, server H, server I, server L"],
  [runInvite, true, "client B, client C, client M, server 100, server C, server H, server L"],
  [runNonInvite, false, "client E, client F, client K, server 100, server F, server J"],
  [runNonInvite, true, "client F, server 100, server F"],
];

for (const [run, reliable, timers] of needed) {
  for (const without of timers.split(", ")) {
    test(`${run.name} sees that timer ${without} is missing on ${reliable ? "a reliable" : "an unreliable"} link`, () =>
      assert.notDeepEqual(firstWrong(run, { reliable, without }, 2_000), []));
  }
}
