import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCSeq } from "./cseq.ts";

test("RFC 3261 §20.16: a number below 2^31, a method whose case counts", () => {
  assert.deepEqual(parseCSeq("4711 INVITE"), { number: 4711, method: "INVITE" });
  assert.deepEqual(parseCSeq("0009 \t invite"), { number: 9, method: "invite" });
  assert.deepEqual(parseCSeq("2147483647 X"), { number: 2_147_483_647, method: "X" });
  for (const text of [
    "",
    "1",
    "1 ",
    "1INVITE",
    "INVITE",
    "-1 INVITE",
    "1 A B",
    "1 A/B",
    "2147483648 X",
    `${"9".repeat(99)} X`,
  ]) {
    assert.equal(parseCSeq(text), undefined, text);
  }
});
