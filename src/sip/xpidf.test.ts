import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { availabilities } from "../presence/availability.ts";
import { readPresence } from "./presence-document.ts";
import type { PresenceDocument } from "./presence-fields.ts";
import { writeXpidf } from "./xpidf.ts";

function read(text: string): PresenceDocument {
  const result = readPresence("application/xpidf+xml", Buffer.from(text), limitsWith());
  assert.ok(result.ok, text);
  return result.value;
}

function document(address: string): string {
  return `<?xml version="1.0"?><presence><presentity uri="sip:bob@ours.example;method=SUBSCRIBE"/><atom id="1001"><address uri="sip:bob@ours.example;user=ip" priority="0.800000">${address}</address></atom><display name="Bob"/></presence>`;
}

test("sip-wire 2.4, 2.5: states, the misspelt name among them", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    [`<status status="open"/>`, "available"],
    [`<status status="closed"/>`, "offline"],
    [`<status status="inuse"/>`, "on-the-phone"],
    [`<status status="open"/><msnsubstatus substatus="online"/>`, "available"],
    [`<status status="open"/><msnsubstatus substatus="idle"/>`, "idle"],
    [`<status status="open"/><msnsubstatus substatus="busy"/>`, "busy"],
    [`<status status="open"/><msnsubstatus substatus="onthephone"/>`, "on-the-phone"],
    [`<status status="open"/><msnsubstatus substatus="berightback"/>`, "brb"],
    [`<status status="open"/><msnsubstatus substatus="outtolunch"/>`, "away"],
    [`<status status="open"/><msnstatus substatus="away"/>`, "away"],
    [`<status status="open"/><msnsubstatus substatus="constructor"/>`, "available"],
    [`<status status="closed"/><msnsubstatus substatus="online"/>`, "offline"],
    ["", undefined],
  ];
  for (const [address, availability] of cases)
    assert.equal(read(document(address)).availability, availability, address);
});

test("who it is about, and what else it says", () => {
  const found = read(document(`<status status="open"/>`));
  assert.deepEqual([found.entity, found.displayName, found.priority], ["bob@ours.example", "Bob", 102]);
  assert.equal(found.tuples[0]?.id, "1001");
});

test("what is written is read again, as far as XPIDF has words for it", () => {
  const kept = ["available", "idle", "away", "busy", "on-the-phone", "brb", "offline"];
  for (const availability of availabilities) {
    const found = read(writeXpidf({ entity: "sip:b&b@ours.example", availability }));
    const less = ["xa", "out-of-office"].includes(availability) ? "away" : "busy";
    assert.equal(found.availability, kept.includes(availability) ? availability : less);
    assert.equal(found.entity, "b&b@ours.example");
  }
});
