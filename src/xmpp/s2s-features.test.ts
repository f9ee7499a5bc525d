import assert from "node:assert/strict";
import { test } from "node:test";
import { el } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { featuresElement, legacyFeatures, readFeatures, type S2sFeatures } from "./s2s-features.ts";

const none: S2sFeatures = {
  ...legacyFeatures,
  dialback: "no",
  limits: { bytesMax: undefined, idleSeconds: undefined },
};

const rows: readonly (readonly [string, S2sFeatures])[] = [
  ["nothing", none],
  ["STARTTLS", { ...none, starttls: "offered" }],
  ["STARTTLS required", { ...none, starttls: "required" }],
  ["EXTERNAL", { ...none, external: true }],
  ["dialback", { ...none, dialback: "plain" }],
  ["dialback with errors", { ...none, dialback: "errors" }],
  ["stream management", { ...none, sm: true }],
  ["one limit", { ...none, limits: { bytesMax: 10_000, idleSeconds: undefined } }],
  [
    "all",
    { starttls: "required", external: true, dialback: "errors", sm: true, limits: { bytesMax: 1, idleSeconds: 2 } },
  ],
];

for (const [name, features] of rows) {
  test(`${name}: what is offered is what is read`, () => {
    const read = readFeatures(featuresElement(features));
    assert.deepEqual({ ...read, limits: { ...none.limits, ...read.limits } }, features);
  });
}

test("mechanisms without EXTERNAL, limits that are no numbers, and features nobody knows are passed over", () => {
  const features = el(
    "features",
    ns.stream,
    {},
    el("mechanisms", ns.sasl, {}, el("mechanism", ns.sasl, {}, "PLAIN")),
    el("limits", ns.limits, {}, el("max-bytes", ns.limits, {}, "-1"), el("idle-seconds", ns.limits, {}, "1e9")),
    el("starttls", "urn:example:other"),
    el("bidi", "urn:xmpp:features:bidi"),
    "text",
  );
  assert.deepEqual(readFeatures(features), none);
});
