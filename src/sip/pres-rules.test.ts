import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import type { PrivacyRules } from "../base/store.ts";
import { withPresenceRules } from "../presence/privacy-change.ts";
import { readDocument } from "../xml/document.ts";
import { type PresRulesContext, readPresRules } from "./pres-rules.ts";
import { sameRules, writePresRules } from "./pres-rules-document.ts";

const limits = limitsWith({ privacyEntriesMax: 4 });

const context: PresRulesContext = {
  naming: {
    uriOf: (contact) => `sip:${contact}`,
    contactOf: (uri) => /^(?:sip|pres):(.*@.*)/.exec(uri)?.[1]?.toLowerCase(),
  },
  listAt: (url) =>
    url.endsWith("granted") ? ["sip:bob@x.example"] : url.endsWith("blocked") ? ["sip:eve@x.example"] : undefined,
};

/** What a document says, as "otherwise; bob@x.example allow, ..." */
function rules(inside: string): string {
  const read = readDocument(
    utf8(
      `<cr:ruleset xmlns="urn:ietf:params:xml:ns:pres-rules" xmlns:pr="urn:ietf:params:xml:ns:pres-rules" xmlns:cr="urn:ietf:params:xml:ns:common-policy" xmlns:ocp="urn:oma:xml:xdm:common-policy">${inside}</cr:ruleset>`,
    ),
    { bytesMax: 10_000, depthMax: 10, attributesMax: 10 },
  );
  assert.ok(read.ok);
  return said(readPresRules(read.value, context, limits));
}

function said(found: ReturnType<typeof readPresRules>): string {
  if ("kind" in found) return `${found.kind}: ${"phrase" in found ? found.phrase : ""}`;
  return `${found.otherwise}; ${found.entries.map(({ who, rule }) => `${who} ${rule}`).join(", ")}`;
}

function rule(conditions: string, handling: string | undefined): string {
  const actions =
    handling === undefined ? "" : `<cr:actions><pr:sub-handling>${handling}</pr:sub-handling></cr:actions>`;
  return `<cr:rule id="r">${conditions === "" ? "" : `<cr:conditions>${conditions}</cr:conditions>`}${actions}</cr:rule>`;
}

const identity = (inside: string) => `<cr:identity>${inside}</cr:identity>`;
const one = (who: string) => identity(`<cr:one id="sip:${who}"/>`);
const everybody = identity("<cr:many/>");

test("RFC 5025 §5: people, domains, everybody", () => {
  const rows: [document: string, said: string][] = [
    ["", "ask; "],
    [rule(one("bob@x.example"), "allow"), "ask; bob@x.example allow"],
    [rule(one("Bob@X.example"), "polite-block"), "ask; bob@x.example hide"],
    [rule(one("bob@x.example"), "block"), "ask; bob@x.example hide"],
    [rule(one("bob@x.example"), undefined), "ask; bob@x.example hide"],
    [rule(one("bob@x.example"), "confirm"), "ask; "],
    [rule(identity('<cr:many domain="X.example"/>'), "allow"), "ask; x.example allow"],
    [rule(everybody, "allow"), "allow; "],
    [rule("", "polite-block"), "block; "],
    [rule("<ocp:other-identity/>", "block"), "block; "],
    [
      rule(identity('<cr:one id="sip:a@x.example"/><cr:one id="pres:b@x.example"/>'), " allow "),
      "ask; a@x.example allow, b@x.example allow",
    ],
    [rule(identity('<cr:one id="tel:+15550100"/>'), "allow"), "ask; "],
  ];
  for (const [document, expected] of rows) assert.equal(rules(document), expected, document);
});

test("the narrower rule holds; of one reach the stronger (RFC 5025 §3.2.1)", () => {
  const rows: [document: string, said: string][] = [
    [rule(everybody, "allow") + rule(one("bob@x.example"), "block"), "allow; bob@x.example hide"],
    [rule(one("bob@x.example"), "block") + rule(one("bob@x.example"), "allow"), "ask; bob@x.example allow"],
    [rule(one("bob@x.example"), "allow") + rule(one("bob@x.example"), "polite-block"), "ask; bob@x.example allow"],
    [rule(everybody, "block") + rule(everybody, "confirm"), "ask; "],
    [
      rule(identity('<cr:many domain="x.example"><cr:except id="sip:bob@x.example"/></cr:many>'), "allow") +
        rule(one("bob@x.example"), "polite-block"),
      "ask; x.example allow, bob@x.example hide",
    ],
  ];
  for (const [document, expected] of rows) assert.equal(rules(document), expected, document);
});

test("RFC 4745 §7.1.1: who is excepted and has no rule is asked for, where that can be said", () => {
  const some = (attributes: string, except: string) =>
    identity(`<cr:many${attributes}><cr:except ${except}/></cr:many>`);
  assert.equal(rules(rule(some("", 'id="sip:bob@x.example"'), "confirm")), "ask; ");
  assert.equal(
    rules(rule(identity('<cr:many><x:except xmlns:x="urn:x" id="sip:bob@x.example"/></cr:many>'), "allow")),
    "allow; ",
  );
  assert.match(rules(rule(some("", 'id="sip:bob@x.example"'), "allow")), /^constraint-failure: to be asked/);
  assert.match(rules(rule(some("", 'domain="x.example"'), "allow")), /^constraint-failure: to be asked/);
  assert.match(rules(rule(some(' domain="x.example"', 'id="sip:bob@x.example"'), "allow")), /^constraint-failure/);
  assert.match(rules(rule(everybody, "allow") + rule(one("bob@x.example"), "confirm")), /^constraint-failure/);
});

test("Blink's rules: OMA's lists and other-identity", () => {
  const external = (name: string) =>
    `<ocp:external-list><ocp:entry anc="https://ours.example/${name}"/></ocp:external-list>`;
  assert.equal(
    rules(
      rule(external("granted"), "allow") +
        rule(external("blocked"), "polite-block") +
        rule(external("nowhere"), "allow") +
        rule("<ocp:other-identity/>", "confirm") +
        rule("<ocp:anonymous-request/>", "block") +
        rule(one("alice@ours.example"), "allow"),
    ),
    "ask; bob@x.example allow, eve@x.example hide, alice@ours.example allow",
  );
});

test("as many lists as anybody needs, and no more", () => {
  const external = (count: number) => `<ocp:external-list>${'<ocp:entry anc="x"/>'.repeat(count)}</ocp:external-list>`;
  assert.equal(rules(rule(external(20), "allow")), "ask; ");
  assert.match(rules(rule(external(10), "allow") + rule(external(11), "block")), /^constraint-failure: too many lists/);
});

test("what cannot be said here, or not at all", () => {
  const rows: [document: string, said: RegExp][] = [
    [rule('<cr:sphere value="home"/>', "allow"), /^constraint-failure: rules for times or spheres/],
    [rule("<cr:validity/>", "allow"), /^constraint-failure: rules for times/],
    [rule(`${everybody}<cr:sphere value="home"/>`, "allow"), /^constraint-failure: a rule with several/],
    [rule(one("bob@x.example"), "perhaps"), /^schema-validation-error: a sub-handling/],
    ["<cr:rule/>", /^schema-validation-error: a rule without id/],
    [
      rule(identity([1, 2, 3, 4, 5].map((n) => `<cr:one id="sip:${n}@x"/>`).join("")), "allow"),
      /^constraint-failure: too many/,
    ],
  ];
  for (const [document, expected] of rows) assert.match(rules(document), expected, document);
  assert.equal(rules(rule('<x:new xmlns:x="urn:x"/>', "allow")), "ask; "); // never met
});

test("what is written is read the same", () => {
  const all: PrivacyRules[] = [
    { otherwise: "ask", entries: [] },
    { otherwise: "allow", entries: [{ who: "eve@x.example", rule: "block" }] },
    {
      otherwise: "block",
      entries: [
        { who: "x.example", rule: "allow" },
        { who: "eve@x.example", rule: "block" },
        { who: "bob@y.example", rule: "allow" },
        { who: "y.example", rule: "hide" },
      ],
    },
  ];
  for (const wanted of all) {
    const read = readDocument(utf8(writePresRules(wanted, context.naming)), {
      bytesMax: 10_000,
      depthMax: 10,
      attributesMax: 10,
    });
    assert.ok(read.ok);
    const found = readPresRules(read.value, context, limits);
    assert.ok(!("kind" in found));
    assert.ok(sameRules(withPresenceRules(wanted, found), wanted), said(found));
  }
});

test("RFC 5025: a wider rule excepts whom a narrower one speaks of", () => {
  const text = writePresRules(
    {
      otherwise: "allow",
      entries: [
        { who: "x.example", rule: "block" },
        { who: "bob@x.example", rule: "allow" },
      ],
    },
    context.naming,
  );
  assert.equal(text.match(/<pr:provide-all-attributes\/>/g)?.length, 2); // for those who are allowed
  assert.match(text, /<rule id="allow"><conditions><identity><one id="sip:bob@x\.example"\/><\/identity>/);
  assert.match(
    text,
    /<rule id="block">.*<many domain="x\.example"><except id="sip:bob@x\.example"\/><\/many>.*>polite-block</,
  );
  assert.match(
    text,
    /<rule id="otherwise">.*<many><except domain="x\.example"\/><except id="sip:bob@x\.example"\/><\/many>.*>allow</,
  );
});

test("rules are the same whatever their order", () => {
  const entries = [
    { who: "a@x", rule: "allow" },
    { who: "b@x", rule: "block" },
  ] as const;
  assert.ok(sameRules({ otherwise: "ask", entries }, { otherwise: "ask", entries: entries.toReversed() }));
  assert.ok(!sameRules({ otherwise: "ask", entries }, { otherwise: "allow", entries }));
  assert.ok(!sameRules({ otherwise: "ask", entries }, { otherwise: "ask", entries: entries.slice(1) }));
  assert.ok(
    !sameRules(
      { otherwise: "ask", entries },
      { otherwise: "ask", entries: [entries[0], { who: "b@x", rule: "allow" }] },
    ),
  );
});
