import assert from "node:assert/strict";
import { test } from "node:test";
import { provesFigure, words } from "../../proofs/figure.ts";
import * as tx from "./invite-client-tx.ts";
import { type Link, reliableLink, unreliableLink } from "./timers.ts";

const calling: tx.State = { at: "calling", retryMs: 500, cancel: false };
const proceeding: tx.State = { at: "proceeding", cancel: false };
const accepted: tx.State = { at: "accepted" };
const completed: tx.State = { at: "completed" };
const terminated: tx.State = { at: "terminated" };
/** §9.1: to be cancelled as soon as it rings, and cancelled. */
const unwanted: tx.State = { at: "calling", retryMs: 500, cancel: true };
const cancelled: tx.State = { at: "proceeding", cancel: true };

const later: Record<string, tx.State> = {
  "calling, 1 s": { at: "calling", retryMs: 1_000, cancel: false },
  "unwanted, 1 s": { at: "calling", retryMs: 1_000, cancel: true },
};

const events: Record<string, tx.Event> = {
  100: { kind: "response", status: 100 },
  180: { kind: "response", status: 180 },
  200: { kind: "response", status: 200 },
  299: { kind: "response", status: 299 },
  300: { kind: "response", status: 300 },
  699: { kind: "response", status: 699 },
  A: { kind: "timer", timer: "A" },
  B: { kind: "timer", timer: "B" },
  C: { kind: "timer", timer: "C" },
  D: { kind: "timer", timer: "D" },
  M: { kind: "timer", timer: "M" },
  cancel: { kind: "cancel" },
  "transport error": { kind: "transport-failed" },
};

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 6026 Figure 5, the INVITE client",
  on: (state, event) => tx.on(state, event, unreliableLink),
  states: { calling, proceeding, accepted, completed, terminated },
  further: { ...later, unwanted, cancelled },
  events,
  arrows: `
    calling    | A               | calling, 1 s | send A=1000
    calling    | B               | terminated   | fail:timeout
    calling    | transport error | terminated   | fail:transport
    calling    | 100             | proceeding   | pass-up C=181000
    calling    | 180             | proceeding   | pass-up C=181000
    calling    | 200             | accepted     | pass-up M=32000
    calling    | 299             | accepted     | pass-up M=32000
    calling    | 300             | completed    | send-ack pass-up D=32000
    calling    | 699             | completed    | send-ack pass-up D=32000
    proceeding | 100             | proceeding   | pass-up
    proceeding | 180             | proceeding   | pass-up C=181000
    proceeding | 200             | accepted     | pass-up M=32000
    proceeding | 299             | accepted     | pass-up M=32000
    proceeding | 300             | completed    | send-ack pass-up D=32000
    proceeding | 699             | completed    | send-ack pass-up D=32000
    completed  | 300             | completed    | send-ack
    completed  | 699             | completed    | send-ack
    completed  | transport error | terminated   | send-failed
    completed  | D               | terminated   |
    accepted   | 200             | accepted     | pass-up
    accepted   | 299             | accepted     | pass-up
    accepted   | M               | terminated   |`,
  beside: `
    calling    | cancel          | unwanted     |
    proceeding | cancel          | cancelled    | send-cancel C=32000
    proceeding | C               | cancelled    | send-cancel C=32000
    proceeding | transport error | terminated   | fail:transport`,
  // a timer of another state does nothing; a CANCEL comes too late for a final response
  ignored: `
    calling    | C, D, M
    proceeding | A, B, D, M
    accepted   | 100, 180, 300, 699, A, B, C, D, cancel, transport error
    completed  | 100, 180, 200, 299, A, B, C, M, cancel
    terminated | 100, 180, 200, 299, 300, 699, A, B, C, D, M, cancel, transport error`,
});

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 3261 §9.1, an INVITE that is cancelled",
  on: (state, event) => tx.on(state, event, unreliableLink),
  states: { unwanted, cancelled },
  further: { ...later, accepted, completed, terminated },
  events,
  arrows: `
    unwanted  | 100             | cancelled     | pass-up send-cancel C=32000
    unwanted  | 180             | cancelled     | pass-up send-cancel C=32000
    unwanted  | 200             | accepted      | pass-up M=32000
    unwanted  | 299             | accepted      | pass-up M=32000
    unwanted  | 300             | completed     | send-ack pass-up D=32000
    unwanted  | 699             | completed     | send-ack pass-up D=32000
    unwanted  | A               | unwanted, 1 s | send A=1000
    unwanted  | B               | terminated    | fail:timeout
    unwanted  | transport error | terminated    | fail:transport
    cancelled | 100             | cancelled     | pass-up
    cancelled | 180             | cancelled     | pass-up
    cancelled | 200             | accepted      | pass-up M=32000
    cancelled | 299             | accepted      | pass-up M=32000
    cancelled | 300             | completed     | send-ack pass-up D=32000
    cancelled | 699             | completed     | send-ack pass-up D=32000
    cancelled | C               | terminated    | fail:timeout
    cancelled | transport error | terminated    | fail:transport`,
  ignored: `
    unwanted  | C, D, M, cancel
    cancelled | A, B, D, M, cancel`,
});

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 6026 Figure 5 on a reliable link, where timer D is zero",
  on: (state, event) => tx.on(state, event, reliableLink),
  states: { calling, proceeding },
  further: { ...later, accepted, terminated, unwanted, cancelled },
  events,
  arrows: `
    calling    | B               | terminated   | fail:timeout
    calling    | transport error | terminated   | fail:transport
    calling    | 100             | proceeding   | pass-up C=181000
    calling    | 180             | proceeding   | pass-up C=181000
    calling    | 200             | accepted     | pass-up M=32000
    calling    | 299             | accepted     | pass-up M=32000
    calling    | 300             | terminated   | send-ack pass-up
    calling    | 699             | terminated   | send-ack pass-up
    proceeding | 100             | proceeding   | pass-up
    proceeding | 180             | proceeding   | pass-up C=181000
    proceeding | 200             | accepted     | pass-up M=32000
    proceeding | 299             | accepted     | pass-up M=32000
    proceeding | 300             | terminated   | send-ack pass-up
    proceeding | 699             | terminated   | send-ack pass-up`,
  // timer A is never started there
  beside: `
    calling    | A               | calling, 1 s | send A=1000
    calling    | cancel          | unwanted     |
    proceeding | cancel          | cancelled    | send-cancel C=32000
    proceeding | C               | cancelled    | send-cancel C=32000
    proceeding | transport error | terminated   | fail:transport`,
  ignored: `
    calling    | C, D, M
    proceeding | A, B, D, M`,
});

test("§17.1.1.2: the INVITE goes out; A only where it may get lost, B everywhere", () => {
  const begun = (link: Link) => tx.begin(link).effects.map(words).join(" ");
  assert.equal(begun(unreliableLink), "send A=500 B=32000");
  assert.equal(begun(reliableLink), "send B=32000");
  assert.deepEqual(tx.begin(unreliableLink).next, calling);
});

test("§17.1.1.2: timer A doubles without a bound", () => {
  let { next } = tx.begin(unreliableLink);
  const waits = Array.from({ length: 5 }, () => {
    const after = tx.on(next, { kind: "timer", timer: "A" }, unreliableLink);
    next = after.next;
    return after.effects.map(words).join(" ");
  });
  assert.deepEqual(waits, ["send A=1000", "send A=2000", "send A=4000", "send A=8000", "send A=16000"]);
});
