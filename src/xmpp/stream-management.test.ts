import assert from "node:assert/strict";
import { test } from "node:test";
import { SendWindow } from "./stream-management.ts";

/** What an ack releases, taken out. */
function released(window: SendWindow<string>, h: number): string[] {
  const taken: string[] = [];
  for (let left = window.ack(h); left > 0; left--) taken.push(window.shift() ?? "nothing");
  return taken;
}

test("XEP-0198 §4: an ack releases what it covers, oldest first", () => {
  const window = new SendWindow<string>(10);
  for (const stanza of ["a", "b", "c"]) assert.equal(window.send(stanza), true);
  assert.deepEqual(released(window, 2), ["a", "b"]);
  assert.deepEqual(released(window, 2), []);
  assert.deepEqual([window.unacked, window.sent, window.acked, window.sinceRequest], [1, 3, 2, 3]);
  assert.deepEqual(released(window, 3), ["c"]);
  assert.equal(window.shift(), undefined);
});

test("XEP-0198 §4: more than was sent is refused, less than before takes nothing back", () => {
  const window = new SendWindow<string>(10);
  window.send("a");
  window.send("b");
  assert.equal(window.ack(3), -1);
  assert.deepEqual(released(window, 1), ["a"]);
  assert.equal(window.ack(0), 0);
  assert.equal(window.acked, 1);
  assert.equal(window.unacked, 1);
});

test("XEP-0198 §4: the counts start over after 2^32 - 1", () => {
  const window = new SendWindow<string>(10);
  window.sent = 2 ** 32 - 2;
  window.acked = 2 ** 32 - 2;
  for (const stanza of ["a", "b", "c"]) window.send(stanza);
  assert.equal(window.sent, 1);
  assert.deepEqual(released(window, 0), ["a", "b"]);
  assert.equal(window.ack(2), -1);
  assert.deepEqual(released(window, 1), ["c"]);
});

test("the ring is bounded, grows over its edge and keeps the order", () => {
  const window = new SendWindow<number>(1000);
  let next = 0;
  let oldest = 0;
  for (let round = 0; round < 300; round++) {
    for (let i = 0; i < 7; i++) assert.equal(window.send(next++), true);
    for (let i = window.ack((oldest + 4) >>> 0); i > 0; i--) assert.equal(window.shift(), oldest++);
    assert.equal(window.unacked, next - oldest);
  }
  for (let i = 0; i < window.unacked; i++) assert.equal(window.at(i), oldest + i);
  assert.equal(window.at(window.unacked), undefined);
  while (window.unacked < 1000) assert.equal(window.send(next++), true);
  assert.equal(window.send(next), false);
  assert.equal(window.unacked, 1000);
});
