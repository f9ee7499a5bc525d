import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredBinding } from "../base/store.ts";
import { instanceOf, isAbout, kept, keyOf, mustKeep } from "./binding.ts";
import { type Contact, readContact } from "./contact.ts";

const one = '+sip.instance="<urn:uuid:1>"';

function contact(text: string): Contact {
  const read = readContact(text, 2_048);
  assert.ok(read.ok);
  return read.value;
}

function bound(text: string, callId = "a"): StoredBinding {
  const from = contact(text);
  return {
    key: keyOf(from),
    contact: from.uri.text,
    parameters: from.parameters,
    path: ["<sip:edge.ours.example;lr>"],
    via: "udp 192.0.2.4:5060",
    callId,
    cseq: 1,
    userAgent: "X",
    registeredAt: 1_000_000,
    expiresAt: 1_600_000,
  };
}

// What is registered, what comes, under which Call-ID ("a" is that of the binding), and whether it is the same device.
const rows: readonly (readonly [string, string, string, boolean])[] = [
  ["<sip:b@192.0.2.4>", "<sip:b@192.0.2.4>", "a", true],
  ["<sip:b@host.example>", "sip:%62@HOST.example;newparam=5", "b", true],
  ["<sip:b@192.0.2.4>", "<sip:b@192.0.2.4:5060>", "a", false],
  ["<sip:b@192.0.2.4>", "<sip:b@192.0.2.4;transport=tcp>", "a", false],
  ["<sip:b@192.0.2.4>", "<sips:b@192.0.2.4>", "a", false],
  // Flows.
  [`<sip:b@192.0.2.4>;${one};reg-id=1`, `<sip:b@192.0.2.99>;${one};reg-id=1`, "b", true],
  [`<sip:b@192.0.2.4>;${one};reg-id=1`, `<sip:b@192.0.2.4>;${one};reg-id=2`, "a", false],
  [`<sip:b@192.0.2.4>;${one};reg-id=1`, '<sip:b@192.0.2.4>;+sip.instance="<urn:uuid:2>";reg-id=1', "a", false],
  // One that is a flow and one that is not have only the URI.
  [`<sip:b@192.0.2.4>;${one};reg-id=1`, `<sip:b@192.0.2.4>;${one}`, "b", true],
  [`<sip:b@192.0.2.4>;${one}`, `<sip:b@192.0.2.4>;${one};reg-id=1`, "b", true],
  [`<sip:b@192.0.2.4>;${one};reg-id=1`, `<sip:b@192.0.2.5>;${one}`, "b", false],
  // The instance alone: a device that was started again has another Call-ID.
  [`<sip:b@192.0.2.4>;${one}`, `<sip:b@192.0.2.5>;${one}`, "b", true],
  [`<sip:b@192.0.2.4>;${one}`, `<sip:b@192.0.2.5>;${one}`, "a", false],
  ["<sip:b@192.0.2.4>", `<sip:b@192.0.2.5>;${one}`, "b", false],
  ["<sip:b@192.0.2.4>", "<sip:b@192.0.2.5>", "b", false],
];
for (const [registered, comes, callId, same] of rows) {
  test(`${comes} under ${callId} is ${same ? "" : "not "}the device of ${registered}`, () => {
    assert.equal(isAbout(bound(registered), contact(comes), callId), same);
  });
}

test("a key never looks like one of the other kind", () => {
  const flow = contact('<sip:b@h>;+sip.instance="sip:b@h";reg-id=1');
  assert.equal(keyOf(flow), "1 sip:b@h");
  assert.equal(keyOf(contact("<SIP:b@h;1>")), "SIP:b@h;1");
  assert.equal(instanceOf(bound(`<sip:b@h>;${one}`)), "<urn:uuid:1>");
  assert.equal(instanceOf(bound("<sip:b@h>;x")), "");
});

test("a device that refreshes is written every other time at most", () => {
  let stored: StoredBinding | undefined;
  let written = 0;
  // Granted 600 s, refreshed after 300 s.
  for (let now = 0; now < 30 * 300_000; now += 300_000) {
    const next = { ...bound("<sip:b@h>"), cseq: now, expiresAt: now + 600_000 };
    if (mustKeep(stored, next)) {
      written++;
      stored = kept(next, now);
    }
    assert.ok(stored !== undefined && stored.expiresAt >= next.expiresAt, "the store never has less than was promised");
    assert.ok(stored.expiresAt <= next.expiresAt + 600_000, "nor much more");
  }
  assert.equal(written, 10);
});

test("what is new about a device is written at once", () => {
  const now = 1_000_000;
  const before = bound("<sip:b@h>");
  const stored = kept(before, now);
  assert.equal(mustKeep(undefined, before), true);
  assert.equal(mustKeep(stored, { ...before, cseq: 2, registeredAt: 3 }), false);
  const changes: readonly Partial<StoredBinding>[] = [
    { contact: "sip:c@h" },
    { parameters: ";q=1" },
    { path: [] },
    { path: ["<sip:other.ours.example;lr>"] },
    { via: "tcp 192.0.2.4:5060" },
    { callId: "b" },
    { userAgent: "Y" },
    { expiresAt: stored.expiresAt + 1 },
  ];
  for (const change of changes) assert.equal(mustKeep(stored, { ...before, ...change }), true, JSON.stringify(change));
});
