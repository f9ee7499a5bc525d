import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "./ns.ts";
import { clientFeatures, type Facts, has, isOffered, mayNegotiate } from "./stream-feature.ts";

const facts: Facts = {
  tls: "required",
  mechanisms: ["PLAIN"],
  bindingTypes: ["tls-exporter"],
  sm: true,
  bytesMax: 10_000,
  idleSeconds: 60,
};

/** What a stream has, and what it is offered, in order. */
const table: readonly (readonly [bits: number, change: Partial<Facts>, offered: string])[] = [
  [0, {}, "starttls"],
  [0, { tls: "optional", bindingTypes: [] }, "starttls mechanisms"],
  [0, { tls: "none", bindingTypes: [] }, "mechanisms"],
  [0, { tls: "none", mechanisms: [] }, ""],
  [has.secure, {}, "mechanisms sasl-channel-binding"],
  [has.secure, { bindingTypes: [] }, "mechanisms"],
  [has.secure | has.authenticated, {}, "bind session sm ver sub limits"],
  [has.authenticated, { tls: "optional", sm: false }, "bind session ver sub limits"],
  [has.secure | has.authenticated | has.bound, {}, "sm ver sub limits"],
  [has.secure | has.authenticated | has.bound | has.managed, {}, "ver sub limits"],
];

test("what is offered follows from what a stream has", () => {
  for (const [bits, change, offered] of table) {
    const now = { ...facts, ...change };
    const names = clientFeatures.filter((row) => isOffered(row, bits, now)).map(({ name }) => name);
    assert.equal(names.join(" "), offered, `${bits} ${JSON.stringify(change)}`);
  }
});

test("only what brings something is negotiated", () => {
  const all = has.secure | has.authenticated;
  assert.equal(mayNegotiate(clientFeatures, ns.bind, all, facts), true);
  assert.equal(mayNegotiate(clientFeatures, ns.bind, all | has.bound, facts), false);
  assert.equal(mayNegotiate(clientFeatures, ns.limits, all, facts), false);
  assert.equal(mayNegotiate(clientFeatures, "urn:x", all, facts), false);
});
