import assert from "node:assert/strict";
import { test } from "node:test";
import { provesFigure, words } from "../../proofs/figure.ts";
import * as tx from "./non-invite-client-tx.ts";
import { type Link, reliableLink, unreliableLink } from "./timers.ts";

const trying: tx.State = { at: "trying", retryMs: 500 };
const proceeding: tx.State = { at: "proceeding" };
const completed: tx.State = { at: "completed" };
const terminated: tx.State = { at: "terminated" };
const further = { "trying, 1 s": { at: "trying", retryMs: 1_000 } as const };

const events: Record<string, tx.Event> = {
  100: { kind: "response", status: 100 },
  199: { kind: "response", status: 199 },
  200: { kind: "response", status: 200 },
  300: { kind: "response", status: 300 },
  699: { kind: "response", status: 699 },
  E: { kind: "timer", timer: "E" },
  F: { kind: "timer", timer: "F" },
  K: { kind: "timer", timer: "K" },
  "transport error": { kind: "transport-failed" },
};

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 3261 Figure 6",
  on: (state, event) => tx.on(state, event, unreliableLink),
  states: { trying, proceeding, completed, terminated },
  further,
  events,
  arrows: `
    trying     | E               | trying, 1 s | send E=1000
    trying     | F               | terminated  | fail:timeout
    trying     | transport error | terminated  | fail:transport
    trying     | 100             | proceeding  | pass-up
    trying     | 199             | proceeding  | pass-up
    trying     | 200             | completed   | pass-up K=5000
    trying     | 300             | completed   | pass-up K=5000
    trying     | 699             | completed   | pass-up K=5000
    proceeding | E               | proceeding  | send E=4000
    proceeding | F               | terminated  | fail:timeout
    proceeding | transport error | terminated  | fail:transport
    proceeding | 100             | proceeding  | pass-up
    proceeding | 199             | proceeding  | pass-up
    proceeding | 200             | completed   | pass-up K=5000
    proceeding | 300             | completed   | pass-up K=5000
    proceeding | 699             | completed   | pass-up K=5000
    completed  | K               | terminated  |`,
  // §17.1.2.2: copies of the response end in Completed; a timer of another state does nothing
  ignored: `
    trying     | K
    proceeding | K
    completed  | 100, 199, 200, 300, 699, E, F, transport error
    terminated | 100, 199, 200, 300, 699, E, F, K, transport error`,
});

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 3261 Figure 6 on a reliable link, where timer K is zero",
  on: (state, event) => tx.on(state, event, reliableLink),
  states: { trying, proceeding },
  further: { ...further, terminated },
  events,
  arrows: `
    trying     | F               | terminated  | fail:timeout
    trying     | transport error | terminated  | fail:transport
    trying     | 100             | proceeding  | pass-up
    trying     | 199             | proceeding  | pass-up
    trying     | 200             | terminated  | pass-up
    trying     | 300             | terminated  | pass-up
    trying     | 699             | terminated  | pass-up
    proceeding | F               | terminated  | fail:timeout
    proceeding | transport error | terminated  | fail:transport
    proceeding | 100             | proceeding  | pass-up
    proceeding | 199             | proceeding  | pass-up
    proceeding | 200             | terminated  | pass-up
    proceeding | 300             | terminated  | pass-up
    proceeding | 699             | terminated  | pass-up`,
  // timer E is never started there
  beside: `
    trying     | E               | trying, 1 s | send E=1000
    proceeding | E               | proceeding  | send E=4000`,
  ignored: `
    trying     | K
    proceeding | K`,
});

test("§17.1.2.2: the request goes out; E only where it may get lost, F everywhere", () => {
  const begun = (link: Link) => tx.begin(link).effects.map(words).join(" ");
  assert.equal(begun(unreliableLink), "send E=500 F=32000");
  assert.equal(begun(reliableLink), "send F=32000");
  assert.deepEqual(tx.begin(unreliableLink).next, trying);
});

test("§17.1.2.2: timer E doubles until it is T2", () => {
  let { next } = tx.begin(unreliableLink);
  const waits = Array.from({ length: 5 }, () => {
    const after = tx.on(next, { kind: "timer", timer: "E" }, unreliableLink);
    next = after.next;
    return after.effects.map(words).join(" ");
  });
  assert.deepEqual(waits, ["send E=1000", "send E=2000", "send E=4000", "send E=4000", "send E=4000"]);
});
