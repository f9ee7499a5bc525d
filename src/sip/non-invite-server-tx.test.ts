import assert from "node:assert/strict";
import { test } from "node:test";
import { provesFigure, words } from "../../proofs/figure.ts";
import * as tx from "./non-invite-server-tx.ts";
import { reliableLink, unreliableLink } from "./timers.ts";

const trying: tx.State = { at: "trying" };
const proceeding: tx.State = { at: "proceeding" };
const completed: tx.State = { at: "completed", answered: true };
const terminated: tx.State = { at: "terminated" };
/** RFC 4320 §4.2: it is too late for an answer, or it would have been a 408. */
const silent: tx.State = { at: "completed", answered: false };

const events: Record<string, tx.Event> = {
  request: { kind: "request" },
  100: { kind: "answer", status: 100 },
  180: { kind: "answer", status: 180 },
  200: { kind: "answer", status: 200 },
  408: { kind: "answer", status: 408 },
  699: { kind: "answer", status: 699 },
  "timer 100": { kind: "timer", timer: "100" },
  F: { kind: "timer", timer: "F" },
  J: { kind: "timer", timer: "J" },
  "transport error": { kind: "transport-failed" },
};

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 3261 Figure 8 under RFC 4320",
  on: (state, event) => tx.on(state, event, unreliableLink),
  states: { trying, proceeding, completed, silent, terminated },
  events,
  arrows: `
    trying     | 200             | completed  | send J=32000
    trying     | 699             | completed  | send J=32000
    proceeding | request         | proceeding | repeat
    proceeding | 100             | proceeding | send
    proceeding | 200             | completed  | send J=32000
    proceeding | 699             | completed  | send J=32000
    completed  | request         | completed  | repeat
    completed  | J               | terminated |`,
  // RFC 4320 §4.1: the one provisional answer is a 100, after 3.5 s. §4.2: no 408, and none after the client's timer F.
  // A response that could not be sent ends nothing: the request will come again, and must be known then.
  beside: `
    trying     | timer 100       | proceeding | trying F=28500
    trying     | F               | silent     | fail:timeout J=32000
    trying     | 408             | silent     | J=32000
    proceeding | timer 100       | proceeding | F=28500
    proceeding | F               | silent     | fail:timeout J=32000
    proceeding | 408             | silent     | J=32000
    proceeding | transport error | proceeding | send-failed
    completed  | transport error | completed  | send-failed
    silent     | J               | terminated |
    silent     | transport error | silent     | send-failed`,
  ignored: `
    trying     | request, 100, 180, J, transport error
    proceeding | 180, J
    completed  | 100, 180, 200, 408, 699, timer 100, F
    silent     | request, 100, 180, 200, 408, 699, timer 100, F
    terminated | request, 100, 180, 200, 408, 699, timer 100, F, J, transport error`,
});

provesFigure<tx.State, tx.Event, tx.Effect>({
  title: "RFC 3261 Figure 8 on a reliable link, where timer J is zero",
  on: (state, event) => tx.on(state, event, reliableLink),
  states: { trying, proceeding },
  further: { terminated },
  events,
  arrows: `
    trying     | 100             | proceeding | send
    trying     | 200             | terminated | send
    trying     | 699             | terminated | send
    proceeding | request         | proceeding | repeat
    proceeding | 100             | proceeding | send
    proceeding | 200             | terminated | send
    proceeding | 699             | terminated | send
    proceeding | transport error | terminated | fail:transport`,
  beside: `
    trying     | timer 100       | proceeding | trying F=28500
    trying     | F               | terminated | fail:timeout
    trying     | 408             | terminated |
    proceeding | timer 100       | proceeding | F=28500
    proceeding | F               | terminated | fail:timeout
    proceeding | 408             | terminated |`,
  ignored: `
    trying     | request, 180, J, transport error
    proceeding | 180, J`,
});

test("§17.2.2: a new request is handed up, and has 3.5 s until a 100", () => {
  const { next, effects } = tx.begin(unreliableLink);
  assert.deepEqual([next, effects.map(words).join(" ")], [trying, "pass-up 100=3500"]);
});
