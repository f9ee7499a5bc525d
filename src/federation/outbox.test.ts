import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { outbox } from "./outbox.ts";

test("each pair's items leave in the order they came", () => {
  const box = outbox<number>(limitsWith());
  box.put("a.example", 1, 10);
  box.put("b.example", 2, 10);
  box.put("a.example", 3, 10);
  assert.deepEqual(box.locals(), ["a.example", "b.example"]);
  assert.deepEqual(box.take("a.example"), [1, 3]);
  assert.deepEqual([box.bytes, box.count], [10, 1]);
  assert.deepEqual(box.take("a.example"), []);
  assert.deepEqual(box.takeAll(), [2]);
  assert.deepEqual([box.bytes, box.count, box.locals()], [0, 0, []]);
});

test("everything returns in the order it came", () => {
  const box = outbox<number>(limitsWith());
  box.put("b.example", 1, 1);
  box.put("a.example", 2, 1);
  box.put("b.example", 3, 1);
  assert.deepEqual(box.takeAll(), [1, 2, 3]);
});

test("both limits hold, and what leaves makes room", () => {
  const bytes = outbox<string>(limitsWith({ linkQueueBytesMax: 100 }));
  assert.equal(bytes.put("a", "first", 100), undefined);
  assert.equal(bytes.put("a", "second", 1)?.code, "remote-queue-full");
  assert.deepEqual(bytes.take("a"), ["first"]);
  assert.equal(bytes.put("a", "third", 100), undefined);

  const stanzas = outbox<string>(limitsWith({ linkQueueStanzasMax: 1 }));
  assert.equal(stanzas.put("a", "first", 1), undefined);
  assert.equal(stanzas.put("b", "second", 1)?.code, "remote-queue-full");
});
