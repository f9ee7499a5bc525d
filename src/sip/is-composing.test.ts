import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import { readIsComposing, writeIsComposing } from "./is-composing.ts";

const limits = limitsWith();
const ns = "urn:ietf:params:xml:ns:im-iscomposing";

test("RFC 3994: the examples of §4, and what clients write", () => {
  const rows: readonly [inside: string, state: string, refreshSeconds: number][] = [
    ["<state>active</state><contenttype>text/plain</contenttype><refresh>90</refresh>", "active", 90],
    ["<state>idle</state><lastactive>2003-01-27T10:43:00Z</lastactive><contenttype>audio</contenttype>", "idle", 120],
    ["<state> active </state>", "active", 120],
    ["<state>gone</state>", "idle", 120],
    ["", "idle", 120],
    ["<state>active</state><refresh>5</refresh>", "active", 60],
    ["<state>active</state><refresh>999999999</refresh>", "active", 3600],
    ["<state>active</state><refresh>-1</refresh>", "active", 120],
    ["<state>active</state><refresh>1e3</refresh>", "active", 120],
  ];
  for (const [inside, state, refreshSeconds] of rows) {
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n<isComposing xmlns="${ns}">${inside}</isComposing>`;
    assert.deepEqual(readIsComposing(utf8(text), limits), { ok: true, value: { state, refreshSeconds } }, inside);
  }
});

test("what is no such document", () => {
  const rows: readonly [text: string, code: string][] = [
    ["", "xml-not-well-formed"],
    ["<isComposing><state>active</state></isComposing>", "sip-malformed"],
    [`<KeyboardActivity xmlns='${ns}'/>`, "sip-malformed"],
  ];
  for (const [text, code] of rows) {
    const read = readIsComposing(utf8(text), limits);
    assert.equal(read.ok ? "" : read.fault.code, code, text);
  }
});

test("what is written is read again; idle promises no refresh", () => {
  const active = writeIsComposing({ state: "active", refreshSeconds: 60 }, Date.UTC(2026, 10, 26));
  assert.match(active, /<lastactive>2026-11-26T00:00:00\.000Z<\/lastactive>/);
  assert.deepEqual(readIsComposing(utf8(active), limits), { ok: true, value: { state: "active", refreshSeconds: 60 } });
  const idle = writeIsComposing({ state: "idle", refreshSeconds: 60 });
  assert.doesNotMatch(idle, /refresh/);
  assert.deepEqual(readIsComposing(utf8(idle), limits), { ok: true, value: { state: "idle", refreshSeconds: 120 } });
});
