import assert from "node:assert/strict";
import { test } from "node:test";
import { headerNames, idOfBytes, idOfName, written } from "./header-names.ts";

const idOf = (name: string): number => {
  const bytes = Buffer.from(`x${name}:`, "latin1");
  return idOfBytes(bytes, 1, bytes.length - 1);
};

test("each name is known by its number in any case", () => {
  for (const [name, form] of Object.entries(headerNames)) {
    const id = idOfName(name);
    assert.ok(id > 0, name);
    for (const one of [name, form, name.toUpperCase()]) assert.equal(idOf(one), id, one);
    assert.equal(form.toLowerCase(), name);
    assert.equal(written[id], `${form}: `);
  }
});

/** RFC 3261 §7.3.3, RFC 3515, 3841, 3892, 4028, 4474, 6665. */
const compact: readonly (readonly [string, keyof typeof headerNames])[] = [
  ["a", "accept-contact"],
  ["b", "referred-by"],
  ["c", "content-type"],
  ["d", "request-disposition"],
  ["e", "content-encoding"],
  ["f", "from"],
  ["i", "call-id"],
  ["j", "reject-contact"],
  ["k", "supported"],
  ["l", "content-length"],
  ["m", "contact"],
  ["n", "identity-info"],
  ["o", "event"],
  ["r", "refer-to"],
  ["s", "subject"],
  ["t", "to"],
  ["u", "allow-events"],
  ["v", "via"],
  ["x", "session-expires"],
  ["y", "identity"],
];

test("compact forms", () => {
  for (const [letter, name] of compact) {
    assert.equal(idOf(letter), idOfName(name), letter);
    assert.equal(idOf(letter.toUpperCase()), idOfName(name), letter);
  }
  for (const letter of "ghpqwz19-%") assert.equal(idOf(letter), 0, letter);
});

test("other names have none", () => {
  for (const name of [
    "",
    "vi",
    "viaa",
    "Vi\u0081",
    "6rom",
    "call\rid",
    "call_id",
    "ms-diagnostics",
    "c%6fntact",
    "x".repeat(99),
  ]) {
    assert.equal(idOf(name), 0, name);
  }
  assert.equal(idOfName("ms-diagnostics"), 0);
});

test("the headers whose repetition is watched have numbers below 32", () => {
  for (const name of ["from", "to", "call-id", "cseq", "max-forwards", "content-type", "expires", "event"]) {
    assert.ok(idOfName(name) < 32, name);
  }
});
