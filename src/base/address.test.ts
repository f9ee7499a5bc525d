import assert from "node:assert/strict";
import { test } from "node:test";
import { addressFrom, parseAddress } from "./address.ts";

test("an address is a name and a domain, canonical", () => {
  const found = parseAddress("Alice@Ours.Example.");
  assert.ok(found.ok);
  assert.deepEqual(found.value, { local: "alice", domain: "ours.example", text: "alice@ours.example" });
  assert.deepEqual(addressFrom("ALICE", found.value.domain), found);
});

test("anything else is no address", () => {
  for (const text of ["ours.example", "@ours.example", "alice@", "alice@ours.example/phone", "a b@c", "a@b@c", ""]) {
    assert.equal(parseAddress(text).ok, false, text);
  }
});
