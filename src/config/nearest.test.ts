import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

const known = ["domains", "listeners", "tls", "federation", "dns", "log", "limits"];

for (const [written, meant] of [
  ["listner", "listeners"],
  ["listenres", "listeners"],
  ["Domain", "domains"],
  ["fedaration", "federation"],
  ["tsl", "tls"],
  ["logs", "log"],
  ["certificate", undefined],
] as const) {
  test(`${written} was meant to be ${meant ?? "something else"}`, () => assert.equal(nearest(written, known), meant));
}
