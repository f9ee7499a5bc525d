import assert from "node:assert/strict";
import { test } from "node:test";
import { firstOfList, splitList } from "./list-values.ts";

const lists: readonly (readonly [text: string, ...values: string[]])[] = [
  ["", ""],
  ["a", "a"],
  ["a,b", "a", "b"],
  [" a , b\t,c", "a", "b", "c"],
  ['"Bell, A." <sip:a@b>, <sip:c,d@e>;x="1,2"', '"Bell, A." <sip:a@b>', '<sip:c,d@e>;x="1,2"'],
  ['"a\\",b" <x:y>,c', '"a\\",b" <x:y>', "c"],
  ["a,,b,", "a", "", "b", ""],
  ['a, "b, c', "a", '"b, c'],
  ["a, <b, c", "a", "<b, c"],
  ["\ufeffa,\u00a0b", "\ufeffa", "\u00a0b"],
];

test("RFC 3261 §7.3.1: commas separate, but not in quotes or <>", () => {
  for (const [text, ...values] of lists) {
    assert.deepEqual(splitList(text), values, text);
    assert.equal(firstOfList(text), text.includes(",") ? values[0] : text, text);
  }
});
