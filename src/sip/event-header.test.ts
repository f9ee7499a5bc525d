import assert from "node:assert/strict";
import { test } from "node:test";
import { allowEvents, eventText, parseEvent, parseServedEvent, sameEvent } from "./event-header.ts";

const event = (text: string | undefined) => {
  const read = parseEvent(text);
  return read.ok ? read.value : read.fault.code;
};

test("RFC 6665 §8.2.1: package, templates and id", () => {
  const rows: [string, string, readonly string[], string][] = [
    ["presence", "presence", [], ""],
    ["presence.winfo", "presence", ["winfo"], ""],
    ["presence.winfo.winfo", "presence", ["winfo", "winfo"], ""],
    ["presence;id=7", "presence", [], "7"],
    [" presence ; ID = a-b ; other ; x=y", "presence", [], "a-b"],
    ["vnd-microsoft-roaming-contacts", "vnd-microsoft-roaming-contacts", [], ""],
  ];
  for (const [text, pack, templates, id] of rows) {
    const name = [pack, ...templates].join(".");
    assert.deepEqual(event(text), { name, package: pack, templates, id }, text);
  }
});

test("what is no Event header", () => {
  assert.equal(event(undefined), "sip-event");
  for (const text of ["", ";id=1", "presence.", ".winfo", "pre sence", "presence,dialog", "pr\u00e4senz", "a@b"]) {
    assert.equal(event(text), "sip-malformed", text);
  }
});

test("RFC 6665 §4.2.1.1: only what is served, by its exact name", () => {
  assert.ok(parseServedEvent("presence").ok);
  assert.ok(parseServedEvent("presence.winfo;id=1").ok);
  for (const text of [undefined, "Presence", "dialog", "presence.winfo.winfo", "reg", "constructor"]) {
    const read = parseServedEvent(text);
    assert.equal(read.ok ? "" : read.fault.code, "sip-event", text);
  }
});

test("6.2: Microsoft's provisioning is never among the events", () => {
  assert.equal(allowEvents, "presence, presence.winfo");
});

test("a NOTIFY belongs to the subscription with its package and id", () => {
  const of = (name: string, id: string) => ({ name, id });
  assert.equal(eventText(of("presence", "")), "presence");
  assert.equal(eventText(of("presence", "7")), "presence;id=7");
  assert.ok(sameEvent(of("presence", "7"), of("presence", "7")));
  assert.ok(!sameEvent(of("presence", "7"), of("presence", "")));
  assert.ok(!sameEvent(of("presence", ""), of("presence.winfo", "")));
});
