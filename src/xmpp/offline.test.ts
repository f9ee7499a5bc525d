import assert from "node:assert/strict";
import { test } from "node:test";
import { type Element, el } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { worthStoring } from "./offline.ts";

const body = el("body", ns.client, {}, "hi");
const state = el("active", ns.chatStates);
const rows: [what: string, type: string | undefined, inside: Element[], kept: boolean][] = [
  ["normal with body", undefined, [body], true],
  ["chat with body", "chat", [body, state], true],
  ["groupchat", "groupchat", [body], false],
  ["headline", "headline", [body], false],
  ["error", "error", [body], false],
  ["chat state alone", "chat", [state], false],
  ["chat state in a thread", "chat", [state, el("thread", ns.client, {}, "t"), el("origin-id", ns.stanzaIds)], false],
  ["nothing at all", "chat", [], false],
  ["a receipt", undefined, [el("received", ns.receipts)], true],
  ["encrypted, without body", "chat", [el("encrypted", "urn:own"), el("store", ns.hints)], true],
  ["a node's news", undefined, [el("event", ns.pubsubEvent)], false],
  ["no-store", "chat", [body, el("no-store", ns.hints)], false],
  ["no-permanent-store", "chat", [body, el("no-permanent-store", ns.hints)], true],
  ["store", "chat", [state, el("store", ns.hints)], true],
];

test("XEP-0160 §3, XEP-0334 §4: messages that are kept", () => {
  for (const [what, type, inside, kept] of rows) {
    assert.equal(worthStoring(el("message", ns.client, { type }, ...inside)), kept, what);
  }
});
