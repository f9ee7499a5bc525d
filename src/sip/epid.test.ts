import assert from "node:assert/strict";
import { test } from "node:test";
import { epidOf } from "./epid.ts";

test("R5: one epid for one person, at every time, and another for another", () => {
  assert.equal(epidOf("alice@ours.example"), epidOf("alice@ours.example"));
  assert.match(epidOf("alice@ours.example"), /^[0-9a-f]{12}$/);
  assert.notEqual(epidOf("alice@ours.example"), epidOf("bob@ours.example"));
});
