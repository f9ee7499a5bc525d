import assert from "node:assert/strict";
import { test } from "node:test";
import { methodIn, methodNames } from "./method-names.ts";

function read(text: string): string {
  return methodIn(Buffer.from(text, "latin1"), text, 0, text.length);
}

test("every known method comes out as itself", () => {
  for (const name of methodNames) assert.equal(read(name), name);
});

test("so does every other, and case counts (RFC 3261 §7.1)", () => {
  for (const name of [
    "message",
    "Message",
    "MESSAGES",
    "ESSAGE",
    "!interesting-Method0123456789_*+`.%indeed'~",
    "X",
    "",
  ]) {
    assert.equal(read(name), name);
  }
});

test("it is read from where it stands", () => {
  const text = "CSeq: 4711 MESSAGE\r\n";
  assert.equal(methodIn(Buffer.from(text, "latin1"), text, 11, 18), "MESSAGE");
});
