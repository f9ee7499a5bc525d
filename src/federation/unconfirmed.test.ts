import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { unconfirmed } from "./unconfirmed.ts";

test("an acknowledgement confirms the oldest; what is left returns in order", () => {
  const ring = unconfirmed<string>(limitsWith());
  for (const item of ["a", "b", "c"]) assert.equal(ring.sent(item), true);
  assert.deepEqual(ring.acknowledged(2), { ok: true, value: 2 });
  assert.deepEqual(ring.acknowledged(2), { ok: true, value: 0 });
  ring.sent("d");
  assert.deepEqual(ring.lost(), ["c", "d"]);
  assert.deepEqual(ring.lost(), []);
});

test("more acknowledged than sent is the peer's mistake", () => {
  const ring = unconfirmed<string>(limitsWith());
  ring.sent("a");
  assert.equal(ring.acknowledged(2).ok, false);
  assert.equal(ring.count, 1);
});

test("the count wraps", () => {
  const ring = unconfirmed<number>(limitsWith({ unackedStanzasMax: 3 }));
  ring.sent(0);
  assert.equal(ring.acknowledged(2 ** 32 - 1).ok, false);
  assert.equal(ring.acknowledged(1).ok, true);
  ring.sent(1);
  assert.equal(ring.acknowledged(0).ok, false, "going back one is 2^32 - 1 forward");
});

test("there is a limit, and without stream management a drain confirms", () => {
  const ring = unconfirmed<string>(limitsWith({ unackedStanzasMax: 1 }));
  assert.equal(ring.sent("a"), true);
  assert.equal(ring.sent("b"), false);
  ring.drained();
  assert.equal(ring.sent("b"), true);
});
