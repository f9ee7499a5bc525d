import assert from "node:assert/strict";
import { test } from "node:test";
import { Memo } from "./memo.ts";

function counted(most: number) {
  const asked: string[] = [];
  const memo = new Memo(most, (text) => {
    asked.push(text);
    return { text };
  });
  return { asked, memo };
}

test("what was read once is not read again", () => {
  const { asked, memo } = counted(10);
  const first = memo.get("a");
  assert.deepEqual(first, { text: "a" });
  assert.equal(memo.get("a"), first);
  assert.deepEqual(asked, ["a"]);
});

test("no more than so many are kept, and what is asked for again and again stays", () => {
  const { asked, memo } = counted(10);
  for (let turn = 0; turn < 100; turn++) {
    memo.get("often");
    memo.get(`once ${turn}`);
    assert.ok(memo.size <= 10);
  }
  assert.equal(asked.filter((text) => text === "often").length, 1);
});

test("long texts are read each time", () => {
  const { asked, memo } = counted(10);
  const text = "a".repeat(257);
  memo.get(text);
  memo.get(text);
  assert.equal(asked.length, 2);
  assert.equal(memo.size, 0);
});
