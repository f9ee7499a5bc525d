import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { el } from "../xml/element.ts";
import { ns } from "./ns.ts";
import * as sm from "./stream-management-elements.ts";

const read = (name: string, attrs: Record<string, string> = {}) => sm.readSm(el(name, ns.sm, attrs));

test("XEP-0198 §3-§5: the elements are read, and refused when they lack what they must have", () => {
  assert.deepEqual(read("enable"), { kind: "enable", resume: false, maxSeconds: undefined });
  assert.deepEqual(read("enable", { resume: "1", max: "60" }), { kind: "enable", resume: true, maxSeconds: 60 });
  assert.deepEqual(read("enabled", { id: "x", resume: "true", max: "300" }), {
    kind: "enabled",
    id: "x",
    resume: true,
    maxSeconds: 300,
  });
  assert.deepEqual(read("resume", { previd: "x", h: "4294967295" }), { kind: "resume", previd: "x", h: 4294967295 });
  assert.deepEqual(read("resumed", { previd: "x", h: "0" }), { kind: "resumed", previd: "x", h: 0 });
  assert.deepEqual(read("r"), { kind: "request" });
  assert.deepEqual(read("a", { h: "12" }), { kind: "answer", h: 12 });
  const failed = sm.readSm(el("failed", ns.sm, { h: "7" }, el("item-not-found", ns.stanzas)));
  assert.deepEqual(failed, { kind: "failed", condition: "item-not-found", h: 7 });
  for (const [name, attrs] of [
    ["a", {}],
    ["a", { h: "-1" }],
    ["a", { h: "4294967296" }],
    ["a", { h: "1e3" }],
    ["resume", { h: "1" }],
    ["resume", { previd: "x" }],
    ["t", {}],
  ] as const) {
    assert.equal(read(name, attrs), undefined, `${name} ${JSON.stringify(attrs)}`);
  }
  assert.equal(sm.readSm(el("r", "urn:xmpp:sm:2")), undefined);
});

const answers: [text: string, h: number | undefined][] = [
  ["<a xmlns='urn:xmpp:sm:3' h='0'/>", 0],
  ['<a h="4294967295" xmlns="urn:xmpp:sm:3"/>', 4294967295],
  ["<a xmlns='urn:xmpp:sm:3'\nh='17'></a>", 17],
  ["<a xmlns='urn:xmpp:sm:3' h='4294967296'/>", undefined],
  ["<a xmlns='urn:xmpp:sm:3' h=''/>", undefined],
  ["<a xmlns='urn:xmpp:sm:3' h='1 '/>", undefined],
  ["<a xmlns='urn:xmpp:sm:3' h='&#49;'/>", undefined],
  ["<a xmlns='urn:xmpp:sm:3' xh='1'/>", undefined],
  ["<a xmlns='urn:xmpp:sm:3'/>", undefined],
];

test("an answer's h straight from its bytes", () => {
  for (const [text, h] of answers) assert.equal(sm.readAnswer(utf8(text)), h, text);
});

test("the elements as text", () => {
  assert.equal(sm.requestText, "<r xmlns='urn:xmpp:sm:3'/>");
  assert.equal(sm.answerText(4294967295), "<a xmlns='urn:xmpp:sm:3' h='4294967295'/>");
  assert.equal(sm.enableText(true), "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
  assert.equal(sm.enabledText(), "<enabled xmlns='urn:xmpp:sm:3'/>");
  assert.equal(sm.enabledText("a'b", 300), "<enabled xmlns='urn:xmpp:sm:3' id='a&apos;b' resume='true' max='300'/>");
  assert.equal(sm.resumeText("x", 3), "<resume xmlns='urn:xmpp:sm:3' previd='x' h='3'/>");
  assert.equal(sm.resumedText("x", 3), "<resumed xmlns='urn:xmpp:sm:3' previd='x' h='3'/>");
  assert.equal(
    sm.failedText("item-not-found", 9),
    "<failed xmlns='urn:xmpp:sm:3' h='9'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>",
  );
  assert.equal(
    sm.countTooHighText(10, 8),
    "<undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" +
      "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='10' send-count='8'/>",
  );
});

test("XEP-0198 §3, §5: when a session may be enabled and when resumed", () => {
  const places = ["not authenticated", "authenticated", "bound", "enabled"] as const;
  const allowed = (kind: "enable" | "resume", side: "client" | "server") =>
    places.filter((place) => sm.refusal(kind, place, side) === undefined);
  assert.deepEqual(allowed("enable", "client"), ["bound"]);
  assert.deepEqual(allowed("resume", "client"), ["authenticated"]);
  assert.deepEqual(allowed("enable", "server"), ["authenticated"]);
  assert.deepEqual(allowed("resume", "server"), ["authenticated"]);
});
