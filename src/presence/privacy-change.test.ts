import assert from "node:assert/strict";
import { test } from "node:test";
import type { PrivacyRules } from "../base/store.ts";
import { isBlocked, isDeviceBlocked } from "./privacy.ts";
import { blockedIn, changedRules, noRules, type PrivacyChange, withPresenceRules } from "./privacy-change.ts";

/** "ask", "+who": allowed, "-who": blocked, "~who": hidden from. */
function rules(text: string): PrivacyRules {
  const [otherwise = "ask", ...names] = text.split(" ");
  return {
    otherwise: otherwise as PrivacyRules["otherwise"],
    entries: names.map((name) => ({
      who: name.slice(1),
      rule: name.startsWith("+") ? "allow" : name.startsWith("~") ? "hide" : "block",
    })),
  };
}

const changes: readonly (readonly [what: string, before: string, change: PrivacyChange, after: string])[] = [
  ["nothing", "allow -a@a", {}, "allow -a@a"],
  ["another rule for everybody else", "ask +a@a", { otherwise: "block" }, "block +a@a"],
  ["new names at the end", "ask +a@a", { allow: ["b@b"], block: ["c.example"] }, "ask +a@a +b@b -c.example"],
  ["a name that changes sides keeps its place", "ask +a@a +b@b", { block: ["a@a"] }, "ask -a@a +b@b"],
  ["a name cleared", "ask +a@a -b@b", { clear: ["a@a", "z@z"] }, "ask -b@b"],
  ["of two entries the first counts", "ask -a@a +a@a", { allow: ["b@b"] }, "ask -a@a +b@b"],
  ["hidden from", "ask +a@a -b@b", { hide: ["a@a", "b@b", "c.example"] }, "ask ~a@a ~b@b ~c.example"],
  ["a name in every part is blocked", "ask +a@a", { clear: ["a@a"], allow: ["a@a"], block: ["a@a"] }, "ask -a@a"],
];
for (const [what, before, change, after] of changes) {
  test(`lists after a change: ${what}`, () => assert.deepEqual(changedRules(rules(before), change), rules(after)));
}

test("who is blocked, in order", () => {
  assert.deepEqual(blockedIn(rules("block -b@b +c@c -a.example +b@b")), ["b@b", "a.example"]);
  assert.deepEqual(blockedIn(noRules), []);
});

test("XEP-0191: blocked is who is named, or whose domain is; one allowed by name is not", () => {
  const bob = { address: "bob@theirs.example", domain: "theirs.example" };
  const cases: readonly (readonly [text: string, blocked: boolean])[] = [
    ["ask", false],
    ["block", false],
    ["ask -bob@theirs.example", true],
    ["allow -theirs.example", true],
    ["ask +bob@theirs.example -theirs.example", false],
    ["ask -bob@theirs.example +theirs.example", true],
    ["ask -carol@theirs.example", false],
    ["ask ~bob@theirs.example", false],
    ["ask ~theirs.example", false],
    ["ask ~bob@theirs.example -theirs.example", true],
  ];
  for (const [text, blocked] of cases) assert.equal(isBlocked(rules(text), bob), blocked, text);
});

test("XEP-0191: one device is blocked by its whole address, and its person is not", () => {
  const lists = rules("ask -bob@theirs.example/phone");
  assert.ok(isDeviceBlocked(lists, "bob@theirs.example/phone"));
  assert.ok(!isDeviceBlocked(lists, "bob@theirs.example/desk"));
  assert.ok(!isBlocked(lists, { address: "bob@theirs.example", domain: "theirs.example" }));
});

const written: readonly (readonly [what: string, before: string, document: string, after: string])[] = [
  ["to nobody who never said anything", "ask", "block +a@a ~b@b", "block +a@a ~b@b"],
  ["what was hidden goes", "ask ~a@a +b@b", "ask", "ask"],
  ["what was blocked stays", "ask -a@a -b@b/x", "allow ~c@c", "allow -a@a -b@b/x ~c@c"],
  ["blocked is more than hidden from", "ask -a@a", "ask ~a@a", "ask -a@a"],
  ["until they are allowed", "ask -a@a", "ask +a@a", "ask +a@a"],
];
for (const [what, before, document, after] of written) {
  test(`RFC 5025, written: ${what}`, () => {
    assert.deepEqual(withPresenceRules(rules(before), rules(document)), rules(after));
  });
}
