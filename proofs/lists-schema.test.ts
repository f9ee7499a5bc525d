import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../src/base/limits.ts";
import type { PrivacyRules } from "../src/base/store.ts";
import { parseContentType } from "../src/sip/content-type.ts";
import { readMultipart } from "../src/sip/multipart.ts";
import { writePresRules } from "../src/sip/pres-rules-document.ts";
import { type ListedResource, writeListNotification } from "../src/sip/rlmi.ts";
import { type Watcher, writeWatcherInfo } from "../src/sip/watcher-info.ts";
import { watcherTable } from "../src/sip/watcher-info-states.ts";
import { type Conflict, conflict, xcapErrorText } from "../src/sip/xcap-error.ts";
import { xcapCaps } from "../src/sip/xcap-usages.ts";
import { xcapClient } from "./xcap-client.ts";
import { complaints, hasXmllint } from "./xmllint.ts";

const skip = { skip: !hasXmllint() };
const odd = "<\"&'> \u{1F600}";

/** Every document is valid; each of the spoilt ones, made by a replacement, is not. */
function check(schema: string, documents: readonly string[], spoil: readonly (readonly [string, string])[]): void {
  const spoilt = spoil.map(([good, bad]) => {
    const right = documents.find((document) => document.includes(good));
    assert.ok(right !== undefined, good);
    return right.replace(good, bad);
  });
  const said = complaints(schema, [...documents, ...spoilt]);
  for (const [n, document] of documents.entries()) assert.equal(said[n], "", document);
  for (const [n, document] of spoilt.entries()) assert.notEqual(said[documents.length + n], "", document);
}

test("RFC 3858: watcher information, every status and event", skip, () => {
  const watchers = Object.entries(watcherTable).flatMap(([from, row]) =>
    Object.entries(row).map(([event, status]) => ({ id: `${from} ${event}`, event, status })),
  );
  const all = watchers.map(
    ({ id, event, status }, n): Watcher => ({
      id,
      uri: "sip:f%C3%BC@theirs.example",
      displayName: n % 2 === 0 ? odd : "",
      status,
      event: event as Watcher["event"],
      since: n % 3 === 0 ? undefined : 5_000,
      expiresAt: n % 5 === 0 ? undefined : 3_600_000,
    }),
  );
  const write = (full: boolean, version: number) =>
    writeWatcherInfo({ version, full, resource: "sip:alice@ours.example", watchers: all }, 10_000);
  check(
    "watcherinfo",
    [
      write(true, 0),
      write(false, 2 ** 32),
      writeWatcherInfo({ version: 1, full: false, resource: "sip:a@b", watchers: [] }, 0),
    ],
    [
      ['state="full"', 'state="all"'],
      [' version="0"', ""],
      ['status="active"', 'status="on"'],
      ['event="approved"', 'event="yes"'],
      [' package="presence"', ""],
    ],
  );
});

test("RFC 4662: RLMI", skip, () => {
  const document = { contentType: "application/pidf+xml", body: "<presence/>" };
  const resources: ListedResource[] = [
    { uri: "sip:bob@theirs.example", name: odd, instance: { state: "active", reason: "", document } },
    {
      uri: "sip:carol@ours.example",
      name: "",
      instance: { state: "terminated", reason: "noresource", document: undefined },
    },
    { uri: "sip:dave@ours.example", name: "", instance: { state: "pending", reason: "", document: undefined } },
    { uri: "sip:eve@ours.example", name: "", instance: undefined },
  ];
  const rlmi = [true, false].map((full) => {
    const { contentType, body } = writeListNotification({ uri: "sip:a+b@c", version: 7, full }, resources, "x");
    const type = parseContentType(contentType);
    const parts = type && readMultipart(type, body, limitsWith());
    assert.ok(parts?.ok);
    return parts.value[0]?.body.toString() ?? "";
  });
  check("rlmi", rlmi, [
    ['fullState="true"', 'fullState="full"'],
    ['version="7"', 'version="-1"'],
    ['state="active"', 'state="on"'],
    ['<instance id="1"', "<instance"],
    ["<name>", "<nick>"],
  ]);
});

test("RFC 4826: the roster as lists, before and after clients wrote; services", skip, async () => {
  const alice = xcapClient();
  const lists = "/resource-lists/users/alice/index";
  const documents: string[] = [];
  const read = async (path: string) => (await alice.ask("GET", path)).text;
  documents.push(await read(lists));
  alice.add("bob@x.example", odd, "Work", odd);
  alice.add("carol@x.example", "");
  documents.push(await read(lists));
  const services = [await read("/rls-services/users/alice/index")];
  const put = (node: string, body: string) =>
    alice.ask("PUT", `${lists}/~~/resource-lists/${node}`, body, { contentType: "application/xcap-el+xml" });
  await put("list%5b1%5d", '<list name="Work"><entry uri="sip:bob@x.example"/><x xmlns="urn:x"/></list>');
  await put("list%5b1%5d/entry%5b@uri=%22sip:dave@x.example%22%5d", '<entry uri="sip:dave@x.example"/>');
  await put("list%5b1%5d/display-name", "<display-name>At work</display-name>");
  alice.add("eve@x.example", "Eve", "At work");
  documents.push(await read(lists));
  assert.match(documents.at(-1) ?? "", /sip:eve@x\.example/);
  check("resource-lists", documents, [
    ['<entry uri="sip:carol@x.example"/>', "<entry/>"],
    ["<display-name>Work</display-name>", '<entry uri="sip:x@y"/><display-name>Work</display-name>'],
    ['<list name="Work">', '<group/><list name="Work">'],
  ]);
  check("rls-services", services, [
    [' uri="sip:alice+presence@ours.example"', ""],
    ["<packages>", "<list/><packages>"],
    ["<rl:entry uri=", "<entry uri="],
  ]);
});

test("RFC 4745, RFC 5025: who may see a person", skip, () => {
  const naming = { uriOf: (contact: string) => `sip:${contact}`, contactOf: () => undefined };
  const all: PrivacyRules[] = [
    { otherwise: "ask", entries: [] },
    {
      otherwise: "allow",
      entries: [
        { who: "x.example", rule: "block" },
        { who: "bob@x.example", rule: "allow" },
        { who: "eve@y.example", rule: "block" },
        { who: "y.example", rule: "allow" },
      ],
    },
    { otherwise: "block", entries: [{ who: "bob@x.example", rule: "allow" }] },
  ];
  check(
    "common-policy",
    all.map((rules) => writePresRules(rules, naming)),
    [
      [">confirm<", ">ask<"],
      ['<rule id="otherwise">', "<rule>"],
      ['<rule id="block">', '<rule id="allow">'],
      ['<one id="sip:bob@x.example"/>', "<one/>"],
      ["<pr:provide-all-attributes/>", "<pr:provide-everything/>"],
    ],
  );
});

test("RFC 4825 §11.2, §12: conflicts and capabilities", skip, () => {
  const kinds = [
    "not-well-formed",
    "not-xml-frag",
    "not-xml-att-value",
    "not-utf-8",
    "schema-validation-error",
    "cannot-insert",
    "cannot-delete",
    "constraint-failure",
  ] as const;
  const all: Conflict[] = [
    ...kinds.map((kind) => conflict(kind, odd)),
    { kind: "no-parent", ancestor: "" },
    { kind: "no-parent", ancestor: "https://ours.example/x?a&b" },
    { kind: "uniqueness-failure", field: "/rls-services/service[1]/@uri", phrase: odd },
  ];
  check("xcap-error", all.map(xcapErrorText), [
    ["<cannot-insert", "<can-insert"],
    [" field=", " where="],
  ]);
  check("xcap-caps", [xcapCaps.text], [["<auids>", "<namespaces/><auids>"]]);
});
