import assert from "node:assert/strict";
import { test } from "node:test";
import { pointsOf } from "./precis-rules.ts";
import { pointsFromPunycode, punycodeOf } from "./punycode.ts";

/** From RFC 3492 §7.1 (A, B, C, E, G, L, M, S) and two words of everyday. */
const samples: readonly (readonly [text: string, punycode: string])[] = [
  ["ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"],
  ["他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"],
  ["他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb"],
  ["למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"],
  ["なぜみんな日本語を話してくれないのか", "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa"],
  ["3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"],
  ["安室奈美恵-with-super-monkeys", "-with-super-monkeys-pc58ag80a8qai00g7n9n"],
  ["-> $1.00 <-", "-> $1.00 <--"],
  ["bücher", "bcher-kva"],
  ["😀", "e28h"],
];

test("the samples of RFC 3492 §7.1 go both ways", () => {
  for (const [text, punycode] of samples) {
    assert.equal(punycodeOf(pointsOf(text)), punycode);
    assert.deepEqual(pointsFromPunycode(punycode), pointsOf(text));
  }
});

test("what is no punycode is seen", () => {
  for (const text of ["bcher-kv!", "b-9", "99999999", "a-zzzzzzzzzzzzzzzz"]) {
    assert.equal(pointsFromPunycode(text), undefined, text);
  }
});
