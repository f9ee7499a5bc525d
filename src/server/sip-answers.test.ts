import assert from "node:assert/strict";
import { test } from "node:test";
import { type SentAnswer, SipAnswers } from "./sip-answers.ts";

function answersOf(most = 50_000) {
  const clock = { ms: 0 };
  return {
    clock,
    answers: new SipAnswers(
      () => clock.ms,
      32_000,
      () => most,
      0x2545f491,
    ),
  };
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function text(answer: SentAnswer | undefined): string | number {
  return answer instanceof Uint8Array ? Buffer.from(answer).toString("latin1") : (answer ?? "none");
}

test("what was answered is found by its key, however many there are", () => {
  const { answers } = answersOf(200_000);
  for (let number = 0; number < 20_000; number++)
    answers.keep(`MESSAGE a:5060 z9hG4bK${number}`, bytes(`answer ${number}`));
  assert.equal(answers.size, 20_000);
  for (let number = 0; number < 20_000; number++) {
    const found = answers.find(`MESSAGE a:5060 z9hG4bK${number}`);
    assert.equal(text(found), `answer ${number}`);
  }
  assert.equal(answers.find("MESSAGE a:5060 z9hG4bK20000"), undefined);
});

test("keys are compared whole, and may be anything", () => {
  const { answers } = answersOf();
  const keys = ["", "a", "ä", "\u4e00", "\u004e", "a".repeat(3_000), "\n\n\n"];
  for (const key of keys) answers.keep(key, bytes(`answer to ${keys.indexOf(key)}`));
  for (const key of keys) {
    assert.equal(text(answers.find(key)), `answer to ${keys.indexOf(key)}`);
  }
});

test("silence is an answer too", () => {
  const { answers } = answersOf();
  answers.keep("a", new Uint8Array(0));
  assert.equal(text(answers.find("a")), "");
});

test("where the status says all of it, that alone is kept", () => {
  const { answers } = answersOf();
  answers.keep("a", 200);
  answers.keep("b", bytes("b's"));
  answers.keep("c", 202);
  assert.deepEqual(
    ["a", "b", "c"].map((key) => text(answers.find(key))),
    [200, "b's", 202],
  );
});

test("memory that is used again holds nothing of before", () => {
  const { answers } = answersOf(2_000);
  for (let number = 0; number < 10_000; number++) {
    answers.keep(`key ${number}`, number % 2 === 0 ? number % 700 : bytes(`answer ${number}`.repeat(50)));
    const found = answers.find(`key ${number}`);
    assert.equal(text(found), number % 2 === 0 ? number % 700 : `answer ${number}`.repeat(50));
    assert.equal(answers.find(`key ${number - 2_000}`), undefined);
  }
});

test("what was found stays what it is, whatever is kept afterwards", () => {
  const { answers } = answersOf(10);
  answers.keep("a", bytes("a's"));
  const found = answers.find("a");
  for (let number = 0; number < 100; number++) answers.keep(`key ${number}`, bytes("xxx"));
  assert.equal(text(found), "a's");
});

test("an answer is remembered for as long as its request may come again (RFC 3261 §17.2.2), and not for ever", () => {
  const { clock, answers } = answersOf();
  answers.keep("a", bytes("1"));
  clock.ms = 31_999;
  answers.keep("b", bytes("2"));
  clock.ms = 63_998;
  answers.keep("c", bytes("3"));
  assert.ok(answers.find("b") !== undefined);
  clock.ms = 96_000;
  answers.keep("d", bytes("4"));
  assert.equal(answers.find("a"), undefined);
  assert.ok(answers.find("c") !== undefined && answers.find("d") !== undefined);
});

test("after a long silence all of them are forgotten", () => {
  const { clock, answers } = answersOf();
  answers.keep("a", bytes("1"));
  clock.ms = 64_000;
  answers.keep("b", bytes("2"));
  assert.equal(answers.size, 1);
});

test("no more than so many are kept: the oldest are given up", () => {
  const { answers } = answersOf(100);
  for (let number = 0; number < 1_000; number++) {
    answers.keep(`key ${number}`, bytes("x"));
    assert.ok(answers.size <= 100);
  }
  assert.ok(answers.find("key 999") !== undefined && answers.find("key 950") !== undefined);
});

test("answers as large as datagrams may be", () => {
  const { answers } = answersOf();
  for (let number = 0; number < 20; number++) answers.keep(`key ${number}`, Buffer.alloc(65_000, number));
  for (let number = 0; number < 20; number++) {
    const found = answers.find(`key ${number}`);
    assert.ok(found instanceof Uint8Array);
    assert.deepEqual([found.length, found[0], found.at(-1)], [65_000, number, number]);
  }
});
