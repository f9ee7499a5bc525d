import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { idOf, messageIdOf } from "./message-id.ts";

test("ids that are tokens stay as they are, others are escaped", () => {
  const rows: readonly [id: string, messageId: string][] = [
    ["5b6c0c3e-86f2-4c9e-9b0b-b9f2c0a4c1a2", "5b6c0c3e-86f2-4c9e-9b0b-b9f2c0a4c1a2"],
    ["lm_12~3.a", "lm_12~3.a"],
    ["a b", "a%20b"],
    ["50%25", "50%2525"],
    ["('ü')\r\n", "%28%27%C3%BC%27%29%0D%0A"],
  ];
  for (const [id, messageId] of rows) {
    assert.equal(messageIdOf(id), messageId);
    assert.equal(idOf(messageId), id);
  }
});

test("any id comes back as it was; a Message-ID is always a token", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (id) => {
      assert.match(messageIdOf(id), /^[A-Za-z0-9\-._~+!*%]+$/);
      assert.equal(idOf(messageIdOf(id)), id.toWellFormed());
    }),
  );
});

test("a message-id that was made by nobody here", () => assert.equal(idOf("100%"), "100%"));
