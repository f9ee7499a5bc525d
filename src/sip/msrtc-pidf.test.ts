import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { readPresence } from "./presence-document.ts";
import type { PresenceDocument } from "./presence-fields.ts";

function read(text: string): PresenceDocument {
  const result = readPresence("text/xml+msrtc.pidf", Buffer.from(text), limitsWith());
  assert.ok(result.ok, text);
  return result.value;
}

function document(availability: string, activity: string): string {
  return `<?xml version="1.0" encoding="utf-16"?>
<presentity uri="alice@contoso.example" xmlns="http://schemas.microsoft.com/2002/09/sip/presence">
  <availability aggregate="${availability}" description=""/><activity aggregate="${activity}" description=""/>
  <displayName displayName="Alice"/><userInfo><note>in Rome</note></userInfo>
  <devices><devicePresence epid="1"><availability aggregate="0"/></devicePresence></devices>
</presentity>`;
}

test("sip-wire 2.4, 2.5: the numbers; P-7: the bytes are UTF-8, though utf-16 is declared", () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["300", "400", "available"],
    ["300", "499", "available"],
    ["300", "200", "idle"],
    ["300", "299", "idle"],
    ["300", "600", "busy"],
    ["300", "699", "busy"],
    ["200", "500", "on-the-phone"],
    ["200", "300", "brb"],
    ["200", "100", "away"],
    ["200", "150", "away"],
    ["200", "700", "away"],
    ["200", "800", "available"],
    ["0", "0", "offline"],
    ["99", "400", "offline"],
    ["100", "0", "available"],
    ["", "600", "busy"],
    ["", "", undefined],
    ["-1", "1e3", undefined],
  ];
  for (const [availability, activity, state] of cases) {
    assert.equal(read(document(availability, activity)).availability, state, `${availability} ${activity}`);
  }
});

test("who it is about, their name and their note", () => {
  const { entity, displayName, note } = read(document("300", "400"));
  assert.deepEqual(
    { entity, displayName, note },
    { entity: "alice@contoso.example", displayName: "Alice", note: "in Rome" },
  );
});
