import assert from "node:assert/strict";
import { test } from "node:test";
import {
  absorbMs,
  backedOff,
  inviteTryingMs,
  lateTryingMs,
  reliableLink,
  ringingMs,
  timeoutMs,
  timers,
  unreliableLink,
} from "./timers.ts";

test("RFC 3261 table 4: what the timers come to", () => {
  assert.deepEqual(timers, { t1: 500, t2: 4_000, t4: 5_000 });
  assert.equal(timeoutMs(timers), 32_000);
  assert.equal(absorbMs(unreliableLink), 32_000);
  assert.ok(ringingMs > 180_000);
  assert.equal(inviteTryingMs, 200);
  assert.deepEqual([unreliableLink.reliable, reliableLink.reliable], [false, true]);
});

test("§17.1.1.2: D is never under 32 s, whatever our T1 is", () => {
  assert.equal(absorbMs({ ...unreliableLink, t1: 10 }), 32_000);
  assert.equal(absorbMs({ ...unreliableLink, t1: 1_000 }), 64_000);
});

test("E and G double up to T2", () => {
  assert.deepEqual(
    [500, 1_000, 2_000, 4_000].map((ms) => backedOff(ms, timers)),
    [1_000, 2_000, 4_000, 4_000],
  );
});

test("RFC 4320 §4.1: a 100 is due when the client's E has become T2", () => {
  assert.equal(lateTryingMs(unreliableLink), 3_500);
  assert.equal(lateTryingMs({ ...unreliableLink, t1: 4_000 }), 4_000);
  assert.equal(lateTryingMs({ ...unreliableLink, t1: 2_000 }), 2_000);
  assert.equal(lateTryingMs({ ...unreliableLink, t1: 9_000 }), 9_000);
});
