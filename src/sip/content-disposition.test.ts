import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDisposition } from "./content-disposition.ts";

test("RFC 3261 §20.11: a body has to be handled unless it says otherwise", () => {
  const rows: readonly [text: string, type: string, required: boolean][] = [
    ["render", "render", true],
    ["Notification", "notification", true],
    ["session;handling=optional", "session", false],
    ["session ; Handling=OPTIONAL", "session", false],
    ["session;handling=required", "session", true],
    ["session;handling=other", "session", true],
    ["icon;size=1", "icon", true],
  ];
  for (const [text, type, required] of rows) {
    const disposition = parseDisposition(text);
    assert.ok(disposition.ok, text);
    assert.deepEqual([disposition.value.type, disposition.value.required], [type, required], text);
  }
  assert.equal(parseDisposition("").ok, false);
  assert.equal(parseDisposition("a b").ok, false);
});
