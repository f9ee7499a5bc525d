import assert from "node:assert/strict";
import { test } from "node:test";
import { provesFigure, words } from "../../proofs/figure.ts";
import * as tx from "./invite-server-tx.ts";
import { reliableLink, unreliableLink } from "./timers.ts";

const fresh: tx.State = { at: "proceeding", answered: false };
const proceeding: tx.State = { at: "proceeding", answered: true };
const completed: tx.State = { at: "completed", retryMs: 500 };
const confirmed: tx.State = { at: "confirmed" };
const accepted: tx.State = { at: "accepted" };
const terminated: tx.State = { at: "terminated" };
const further: Record<string, tx.State> = { "completed, 1 s": { at: "completed", retryMs: 1_000 } };

const events: Record<string, tx.Event> = {
  INVITE: { kind: "request" },
  ACK: { kind: "ack" },
  100: { kind: "answer", status: 100 },
  180: { kind: "answer", status: 180 },
  200: { kind: "answer", status: 200 },
  299: { kind: "answer", status: 299 },
  300: { kind: "answer", status: 300 },
  699: { kind: "answer", status: 699 },
  "timer 100": { kind: "timer", timer: "100" },
  C: { kind: "timer", timer: "C" },
  G: { kind: "timer", timer: "G" },
  H: { kind: "timer", timer: "H" },
  I: { kind: "timer", timer: "I" },
  L: { kind: "timer", timer: "L" },
  "transport error": { kind: "transport-failed" },
};

/** Drawn as one state, Proceeding; `fresh` is it before the first provisional response. */
const fromProceeding = `
    fresh      | 100             | proceeding     | send C=181000
    fresh      | 180             | proceeding     | send C=181000
    fresh      | 200             | accepted       | send L=32000
    fresh      | 299             | accepted       | send L=32000
    fresh      | timer 100       | proceeding     | trying C=181000
    fresh      | transport error | fresh          | send-failed
    proceeding | INVITE          | proceeding     | repeat
    proceeding | 100             | proceeding     | send C=181000
    proceeding | 180             | proceeding     | send C=181000
    proceeding | 200             | accepted       | send L=32000
    proceeding | 299             | accepted       | send L=32000
    proceeding | transport error | proceeding     | send-failed`;

/** A copy within 200 ms is quenched at once; an INVITE nobody answers is given up when nobody can be waiting any more. */
const besideProceeding = `
    fresh      | INVITE          | proceeding     | trying C=181000
    fresh      | C               | terminated     | fail:timeout
    proceeding | C               | terminated     | fail:timeout`;

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 6026 Figure 7, the INVITE server",
  on: (state, event) => tx.on(state, event, unreliableLink),
  states: { fresh, proceeding, completed, confirmed, accepted, terminated },
  further,
  events,
  arrows: `${fromProceeding}
    fresh      | 300             | completed      | send G=500 H=32000
    fresh      | 699             | completed      | send G=500 H=32000
    proceeding | 300             | completed      | send G=500 H=32000
    proceeding | 699             | completed      | send G=500 H=32000
    completed  | INVITE          | completed      | repeat
    completed  | G               | completed, 1 s | repeat G=1000
    completed  | H               | terminated     | fail:no-ack
    completed  | ACK             | confirmed      | I=5000
    completed  | transport error | completed      | send-failed
    confirmed  | I               | terminated     |
    accepted   | INVITE          | accepted       |
    accepted   | ACK             | accepted       | pass-up
    accepted   | 200             | accepted       | send
    accepted   | 299             | accepted       | send
    accepted   | transport error | accepted       | send-failed
    accepted   | L               | terminated     |`,
  beside: besideProceeding,
  // §17.2.1: other final responses are discarded; a timer of another state does nothing
  ignored: `
    fresh      | ACK, G, H, I, L
    proceeding | ACK, timer 100, G, H, I, L
    completed  | 100, 180, 200, 299, 300, 699, timer 100, C, I, L
    confirmed  | INVITE, ACK, 100, 180, 200, 299, 300, 699, timer 100, C, G, H, L, transport error
    accepted   | 100, 180, 300, 699, timer 100, C, G, H, I
    terminated | INVITE, ACK, 100, 180, 200, 299, 300, 699, timer 100, C, G, H, I, L, transport error`,
});

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 6026 Figure 7 on a reliable link, where G is not used and I is zero",
  on: (state, event) => tx.on(state, event, reliableLink),
  states: { fresh, proceeding, completed },
  further: { ...further, accepted, terminated },
  events,
  arrows: `${fromProceeding}
    fresh      | 300             | completed      | send H=32000
    fresh      | 699             | completed      | send H=32000
    proceeding | 300             | completed      | send H=32000
    proceeding | 699             | completed      | send H=32000
    completed  | INVITE          | completed      | repeat
    completed  | H               | terminated     | fail:no-ack
    completed  | ACK             | terminated     |
    completed  | transport error | completed      | send-failed`,
  beside: `${besideProceeding}
    completed  | G               | completed, 1 s | repeat G=1000`,
  ignored: `
    fresh      | ACK, G, H, I, L
    proceeding | ACK, timer 100, G, H, I, L
    completed  | 100, 180, 200, 299, 300, 699, timer 100, C, I, L`,
});

test("§17.2.1: a new INVITE is handed up, and has 200 ms until a 100", () => {
  const { next, effects } = tx.begin();
  assert.deepEqual([next, effects.map(words).join(" ")], [fresh, "pass-up 100=200"]);
});

test("§17.2.1: timer G doubles until it is T2", () => {
  let next: tx.State = completed;
  const waits = Array.from({ length: 5 }, () => {
    const after = tx.on(next, { kind: "timer", timer: "G" }, unreliableLink);
    next = after.next;
    return after.effects.map(words).join(" ");
  });
  assert.deepEqual(waits, ["repeat G=1000", "repeat G=2000", "repeat G=4000", "repeat G=4000", "repeat G=4000"]);
});
