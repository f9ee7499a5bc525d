import assert from "node:assert/strict";
import { test } from "node:test";
import { el } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { presencePriority } from "./presence-priority.ts";

const rows: [text: string | undefined, priority: number | undefined][] = [
  [undefined, 0],
  ["5", 5],
  ["-1", -1],
  ["-128", -128],
  ["127", 127],
  [" +7\n", 7],
  ["-0", 0],
  ["128", undefined],
  ["-129", undefined],
  ["1.5", undefined],
  ["high", undefined],
  ["", undefined],
];

test("RFC 6121 §4.7.2.3: priority", () => {
  for (const [text, priority] of rows) {
    const inside = text === undefined ? [] : [el("priority", ns.client, {}, text)];
    const result = presencePriority(el("presence", ns.client, {}, ...inside));
    assert.equal(result.ok ? result.value : undefined, priority, String(text));
  }
  const twice = el("presence", ns.client, {}, el("priority", ns.client, {}, "1"), el("priority", ns.client, {}, "2"));
  assert.equal(presencePriority(twice).ok, false);
  assert.deepEqual(presencePriority(el("presence", ns.client, {}, el("priority", "urn:own", {}, "x"))), {
    ok: true,
    value: 0,
  });
});
