import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { readMsImdn } from "./ms-imdn.ts";

const read = (inside: string, root = "imdn") =>
  readMsImdn(
    Buffer.from(`<?xml version="1.0"?><${root} xmlns="urn:ietf:params:xml:ns:imdn">${inside}</${root}>`),
    limitsWith(),
  );
const recipient = (status: string) => `<recipient uri="sip:m1@contoso.example"><status>${status}</status></recipient>`;

test("sip-wire 3.5: which text it was, and what became of it at worst", () => {
  const found = (...inside: string[]) => {
    const value = read(`<message-id> a1 </message-id>${inside.join("")}`);
    assert.ok(value.ok);
    assert.equal(value.value.messageId, "a1");
    return value.value.status;
  };
  assert.equal(found(recipient("408")), 408);
  assert.equal(found(recipient("200")), 200);
  assert.equal(found(recipient("200"), recipient("404")), 404);
  assert.equal(found(recipient("")), 480);
  assert.equal(found(recipient("soon")), 480);
  assert.equal(found(recipient("-1")), 480);
  assert.equal(found(), 480);
});

test("what is no such document is not one", () => {
  assert.equal(read(recipient("408")).ok, false);
  assert.equal(read("<message-id>a</message-id>", "other").ok, false);
  assert.equal(readMsImdn(Buffer.from("<imdn"), limitsWith()).ok, false);
  assert.equal(readMsImdn(Buffer.from(`<imdn>${"<a>".repeat(99)}`), limitsWith()).ok, false);
});
