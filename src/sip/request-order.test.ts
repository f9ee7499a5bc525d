import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestOrder } from "./request-order.ts";

test("what comes in order is taken at once", () => {
  const order = new RequestOrder<string>(1);
  assert.deepEqual(order.came(2, "b"), ["b"]);
  assert.deepEqual(order.came(3, "c"), ["c"]);
  assert.equal(order.holds, false);
});

test("what was overtaken is waited for, and all is taken in order", () => {
  const order = new RequestOrder<string>(1);
  assert.deepEqual(order.came(4, "d"), []);
  assert.deepEqual(order.came(3, "c"), []);
  assert.equal(order.holds, true);
  assert.deepEqual(order.came(2, "b"), ["b", "c", "d"]);
  assert.equal(order.holds, false);
  assert.deepEqual(order.came(5, "e"), ["e"]);
});

test("a number that was taken, or is held, is not taken again (RFC 3261 §12.2.2)", () => {
  const order = new RequestOrder<string>(7);
  assert.equal(order.came(7, "again"), undefined);
  assert.equal(order.came(0, "long ago"), undefined);
  assert.deepEqual(order.came(9, "i"), []);
  assert.equal(order.came(9, "again"), undefined);
  assert.deepEqual(order.came(8, "h"), ["h", "i"]);
  assert.equal(order.came(8, "again"), undefined);
  assert.equal(order.came(9, "again"), undefined);
});

test("a gap that is given up may still be filled, once", () => {
  const order = new RequestOrder<string>(1);
  assert.deepEqual(order.came(3, "c"), []);
  assert.deepEqual(order.came(5, "e"), []);
  assert.deepEqual(order.giveUp(), ["c", "e"]);
  assert.deepEqual(order.giveUp(), []);
  assert.deepEqual(order.came(4, "d"), ["d"]);
  assert.equal(order.came(4, "again"), undefined);
  assert.deepEqual(order.came(2, "b"), ["b"]);
  assert.deepEqual(order.came(6, "f"), ["f"]);
});

test("where nobody knows what comes first, what was before the first may still come", () => {
  const order = new RequestOrder<string>(undefined);
  assert.deepEqual(order.came(10, "j"), ["j"]);
  assert.deepEqual(order.came(9, "i"), ["i"]);
  assert.equal(order.came(10, "again"), undefined);
  assert.deepEqual(order.came(11, "k"), ["k"]);
});

test("leaps cost nothing and are forgotten: at most 64 are waited for or remembered", () => {
  const order = new RequestOrder<number>(1);
  assert.deepEqual(order.came(2_000_000_000, 1), [1]);
  assert.deepEqual(order.came(1_999_999_999, 2), [2], "one of the last 64 may still come");
  assert.equal(order.came(1_000, 3), undefined);
  for (let number = 2_000_000_002; number < 2_000_000_065; number++) assert.deepEqual(order.came(number, number), []);
  assert.equal(order.came(2_000_000_065, 0)?.length, 64);
});

test("any order within reach comes out sorted, each once", () => {
  for (let seed = 1; seed <= 200; seed++) {
    let chance = seed;
    const below = (limit: number) => {
      chance = (chance * 1_103_515_245 + 12_345) % 2 ** 31;
      return chance % limit;
    };
    const numbers = Array.from({ length: 40 }, (_, at) => at + 2);
    for (let at = numbers.length - 1; at > 0; at--) {
      const other = below(at + 1);
      [numbers[at], numbers[other]] = [numbers[other] as number, numbers[at] as number];
    }
    const order = new RequestOrder<number>(1);
    const taken = numbers.flatMap((number) => order.came(number, number) ?? []);
    assert.deepEqual(
      taken,
      numbers.toSorted((a, b) => a - b),
    );
  }
});
