import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import { el } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { answersAllowed, readStanzaError, stanzaError } from "./stanza-error.ts";

const rows: [name: string, type: string | undefined, answered: boolean][] = [
  ["message", undefined, true],
  ["message", "chat", true],
  ["message", "error", false],
  ["iq", "get", true],
  ["iq", "set", true],
  ["iq", "result", false],
  ["iq", "error", false],
  ["iq", undefined, true],
  ["presence", undefined, true],
  ["presence", "subscribe", true],
  ["presence", "unsubscribed", true],
  ["presence", "unavailable", false],
  ["presence", "probe", false],
  ["presence", "error", false],
  ["r", undefined, false],
];

test("RFC 6120 §8.3.1: what may be answered with an error", () => {
  for (const [name, type, answered] of rows) {
    assert.equal(answersAllowed(name, type), answered, `${name} ${type}`);
    assert.equal(stanzaError(fault("bad-request"), { name, type }) !== undefined, answered, `${name} ${type}`);
  }
});

test("RFC 6120 §8.3.2: the error goes back with words and without the original's content", () => {
  const offender = { name: "message", from: "a@ours.example/r", to: "b@theirs.example", type: "chat", id: "m1" };
  assert.equal(
    stanzaError(fault("remote-server-not-found", "no SRV & no A record"), offender),
    "<message from='b@theirs.example' to='a@ours.example/r' type='error' id='m1'><error type='cancel'>" +
      "<remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
      "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>" +
      "The other organisation&apos;s server could not be found. (no SRV &amp; no A record)</text></error></message>",
  );
});

test("a fault that has no stanza condition is an undefined one", () => {
  const text = stanzaError(fault("store-locked"), { name: "iq", type: "get", id: "1" });
  assert.match(text ?? "", /<iq type='error' id='1'><error type='cancel'><undefined-condition /);
});

const error = (attrs: Record<string, string>, ...children: (string | ReturnType<typeof el>)[]) =>
  el("message", ns.client, { type: "error" }, el("error", ns.client, attrs, ...children));

test("errors are read, the broken and the old ones too", () => {
  const full = error(
    { type: "wait", code: "404" },
    el("remote-server-timeout", ns.stanzas),
    el("text", ns.stanzas, {}, "later"),
    el("own", "urn:own"),
  );
  assert.deepEqual(readStanzaError(full), { condition: "remote-server-timeout", type: "wait", text: "later" });
  assert.deepEqual(readStanzaError(error({ code: "503" }, "gone home")), {
    condition: "service-unavailable",
    type: "cancel",
    text: "gone home",
  });
  for (const type of ["auth", "cancel", "continue", "modify", "wait"]) {
    assert.equal(readStanzaError(error({ type }, el("gone", ns.stanzas))).type, type);
  }
  const nothing = { condition: "undefined-condition", type: "cancel", text: "" };
  assert.deepEqual(readStanzaError(el("iq", ns.client, { type: "error" })), nothing);
  assert.deepEqual(readStanzaError(error({ type: "odd" }, el("made-up", ns.stanzas))), nothing);
});
