import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import { read } from "../xml/reader.ts";
import { ns } from "../xmpp/ns.ts";
import { callIdOf, threadOf, threadOfCallId } from "./thread.ts";

const limits = limitsWith();
const pair = { ours: "juliet@capulet.lit", theirs: "romeo@montague.lit" };
/** RFC 3261 §25.1: callid. */
const form = /^[A-Za-z0-9\-.!%*_+`'~()<>:\\"/[\]?{}]+(?:@[A-Za-z0-9\-.!%*_+`'~()<>:\\"/[\]?{}]+)?$/;

const asTheyAre = [
  "711609sa", // RFC 7573 §4
  "29377446-0CBB-4296-8958-590D79094C50",
  "a84b4c76e66710@pc33.atlanta.com", // RFC 3261 §20.8
  "f81d4fae-7dec-11d0-a765-00a0c91e6bf6@[2001:db8::1]",
  "1@h",
];
for (const one of asTheyAre) {
  test(`the same in both protocols: ${one}`, () => {
    assert.equal(callIdOf(one, pair, limits), one);
    assert.equal(threadOfCallId(one, pair, limits), one);
  });
}

const escaped = ["1", "t1", "lunch plans", "Mittag\u{1f35c}essen heute", "a@b@c", "100%25 sure", "<&'\">", "@", "%"];
for (const thread of escaped) {
  test(`RFC 3261 §8.1.1.4: no Call-ID by itself, so escaped, and of those two alone: ${thread}`, () => {
    const callId = callIdOf(thread, pair, limits) ?? "";
    assert.match(callId, form);
    assert.equal(threadOfCallId(callId, pair, limits), thread);
    assert.equal(callIdOf(thread, pair, limits), callId, "the same every time");
    const others = { ours: "nurse@capulet.lit", theirs: pair.theirs };
    assert.notEqual(callIdOf(thread, others, limits), callId);
    // To others it is a Call-ID like any, and stays one.
    assert.equal(threadOfCallId(callId, others, limits), callId);
    assert.equal(callIdOf(callId, others, limits), callId);
  });
}

test("a thread that looks like what is made here is no other thread's Call-ID", () => {
  const made = callIdOf("t1", pair, limits) ?? "";
  const again = callIdOf(made, pair, limits) ?? "";
  assert.notEqual(again, made);
  assert.equal(threadOfCallId(again, pair, limits), made);
  // What is broken in it is left as it is.
  const broken = made.replace("t1", "%E0%A4%A");
  assert.equal(threadOfCallId(broken, pair, limits), broken);
});

test("what is too long on either side is not carried over", () => {
  const most = limits.threadCharactersMax;
  assert.equal(callIdOf("x".repeat(most), pair, limits), "x".repeat(most));
  assert.equal(callIdOf("ü".repeat(most / 4), pair, limits), undefined); // six characters each
  assert.equal(threadOfCallId("x".repeat(most + 1), pair, limits), undefined);
  const message = (thread: string) => {
    const text = `<message to='romeo@montague.lit'><body>b</body><thread>${thread}</thread></message>`;
    return threadOf(read(utf8(text), { contentNs: ns.client, prefixes: {} }), limits);
  };
  assert.equal(message("x".repeat(most)), "x".repeat(most));
  assert.equal(message("x".repeat(most + 1)), undefined);
  assert.equal(message(" \n"), undefined);
  assert.equal(message(" t1 "), "t1");
});

test("a Call-ID that XML cannot carry is no thread", () => {
  assert.equal(threadOfCallId("a\u0007b@c", pair, limits), undefined);
  const hidden = (callIdOf("t1", pair, limits) ?? "").replace("t1", "a%07b");
  assert.equal(threadOfCallId(hidden, pair, limits), undefined);
});
