import assert from "node:assert/strict";
import { test } from "node:test";
import { parseContentType } from "./content-type.ts";

test("RFC 3261 §20.15: type, subtype, parameters", () => {
  assert.deepEqual(parseContentType("Text/Plain; charset=UTF-8"), {
    type: "text/plain",
    parameters: [["charset", "UTF-8"]],
  });
  assert.deepEqual(parseContentType("application / sdp"), { type: "application/sdp", parameters: [] });
  assert.equal(parseContentType('multipart/mixed;boundary="a;b"')?.parameters[0]?.[1], "a;b");
  assert.equal(parseContentType("*/*")?.type, "*/*");
  for (const text of ["", "text", "text/", "/plain", "text/plain;", "text/plain x", "te xt/plain", "text/plain;a="]) {
    assert.equal(parseContentType(text), undefined, text);
  }
});
