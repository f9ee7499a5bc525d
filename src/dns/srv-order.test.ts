import assert from "node:assert/strict";
import { test } from "node:test";
import { orderSrv } from "./srv-order.ts";

const record = (name: string, priority: number, weight: number) => ({ name, priority, weight });

test("lower priorities come first, whatever chance says", () => {
  const records = [record("c", 20, 100), record("a", 0, 0), record("b", 10, 1)];
  for (const below of [() => 0, (limit: number) => limit - 1]) {
    assert.deepEqual(
      orderSrv(records, below).map((one) => one.name),
      ["a", "b", "c"],
    );
  }
});

test("a mark of zero draws the weightless record, any other mark a weighted one", () => {
  const records = [record("heavy", 0, 3), record("none", 0, 0)];
  assert.equal(orderSrv(records, () => 0)[0]?.name, "none");
  assert.equal(orderSrv(records, (limit) => Math.min(1, limit - 1))[0]?.name, "heavy");
});

test("first places fall as the weights stand", () => {
  const records = [record("one", 0, 1), record("three", 0, 3)];
  // Marks 0 to 4: RFC 2782 draws between 0 and the sum, both included; running sums are 1 and 4.
  const first = [0, 1, 2, 3, 4].map((mark) => orderSrv(records, (limit) => Math.min(mark, limit - 1))[0]?.name);
  assert.deepEqual(first, ["one", "one", "three", "three", "three"]);
  const limits: number[] = [];
  orderSrv(records, (limit) => {
    limits.push(limit);
    return 0;
  });
  assert.deepEqual(limits, [5, 4]);
});

test("every record comes exactly once", () => {
  const records = Array.from({ length: 9 }, (_, at) => record(`${at}`, at % 2, at % 3));
  let turn = 0;
  const order = orderSrv(records, (limit) => turn++ % limit);
  assert.deepEqual(order.map((one) => one.name).sort(), records.map((one) => one.name).sort());
});
