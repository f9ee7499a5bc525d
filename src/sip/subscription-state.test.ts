import assert from "node:assert/strict";
import { test } from "node:test";
import { ongoingText, parseSubscriptionState, secondsOf, terminatedText } from "./subscription-state.ts";

test("6.2: what is written is exact", () => {
  assert.equal(ongoingText("active", 3600), "active;expires=3600");
  assert.equal(ongoingText("pending", 60), "pending;expires=60");
  assert.equal(terminatedText("timeout"), "terminated;reason=timeout");
  assert.equal(terminatedText("probation", 30), "terminated;reason=probation;retry-after=30");
  assert.equal(terminatedText("rejected", 30), "terminated;reason=rejected"); // RFC 6665 §4.1.3: means nothing there
});

test("RFC 6665 §8.2.3: what is read", () => {
  const rows: [string | undefined, unknown][] = [
    ["active;expires=29087", { at: "active", seconds: 29087 }],
    ["Active ; Expires = 5", { at: "active", seconds: 5 }],
    ["pending", { at: "pending", seconds: undefined }],
    ["waiting;expires=9", { at: "pending", seconds: 9 }],
    ["active;expires=-1", { at: "active", seconds: undefined }],
    ["terminated", { at: "terminated", reason: undefined, retryAfter: undefined }],
    ["terminated;reason=Deactivated", { at: "terminated", reason: "deactivated", retryAfter: undefined }],
    ["terminated;reason=probation;retry-after=5", { at: "terminated", reason: "probation", retryAfter: 5 }],
    ["terminated;reason=whim", { at: "terminated", reason: undefined, retryAfter: undefined }],
    ["", undefined],
    [undefined, undefined],
  ];
  for (const [text, state] of rows) assert.deepEqual(parseSubscriptionState(text), state, text);
});

test("what is written is read", () => {
  assert.deepEqual(parseSubscriptionState(ongoingText("pending", 60)), { at: "pending", seconds: 60 });
  assert.deepEqual(parseSubscriptionState(terminatedText("noresource")), {
    at: "terminated",
    reason: "noresource",
    retryAfter: undefined,
  });
});

test("RFC 3261 §20.19: seconds", () => {
  assert.deepEqual(
    ["0", "3600", "4294967295", "99999999999999999999", "", "-1", "1.5", " 1", "1e3", undefined].map(secondsOf),
    [0, 3600, 4294967295, 4294967295, undefined, undefined, undefined, undefined, undefined, undefined],
  );
});
