import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesWords, durationWords, table } from "./terminal.ts";

for (const [ms, words] of [
  [-5, "0 s"],
  [999, "0 s"],
  [61_000, "1 min 1 s"],
  [3_600_000, "1 h"],
  [90_061_000, "1 d 1 h"],
  [86_405_000, "1 d 5 s"],
] as const) {
  test(`${ms} ms are ${words}`, () => assert.equal(durationWords(ms), words));
}

for (const [bytes, words] of [
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1_572_864, "1.5 MiB"],
  [2 ** 45, "32768.0 GiB"],
] as const) {
  test(`${bytes} bytes are ${words}`, () => assert.equal(bytesWords(bytes), words));
}

test("columns are as wide as what stands in them", () => {
  const lines = table(
    ["A", "BB"],
    [
      ["long one", "x"],
      ["", "y"],
    ],
  ).split("\n");
  assert.deepEqual(lines.slice(1), ["long one  x", "          y"]);
});
