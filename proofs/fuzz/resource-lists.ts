import assert from "node:assert/strict";
import { deflateRawSync, deflateSync } from "node:zlib";
import { limitsWith } from "../../src/base/limits.ts";
import type { PrivacyRules, RosterItem } from "../../src/base/store.ts";
import { bringUpToDate } from "../../src/sip/contact-document.ts";
import { type Naming, type RosterEdit, rosterEdits } from "../../src/sip/contact-lists.ts";
import { readPresRules } from "../../src/sip/pres-rules.ts";
import { sameRules, writePresRules } from "../../src/sip/pres-rules-document.ts";
import { entriesOf, readRecipientList, readResourceLists, resourceListsOf } from "../../src/sip/resource-lists.ts";
import { parseXcapDocument, plainElement } from "../../src/sip/xcap-document.ts";
import { readDocument } from "../../src/xml/document.ts";

export const name = "resource lists, the roster as lists, presence rules";

type Random = (limit: number) => number;

const limits = limitsWith({ xcapDocumentBytesMax: 5_000, sipListEntriesMax: 10 });
const documentLimits = { bytesMax: 100_000, depthMax: 16, attributesMax: 16 };
const owner = "alice@ours.example";
const naming: Naming = {
  uriOf: (contact) => (contact.includes("@") ? `sip:${contact}` : undefined),
  contactOf: (uri) => /^(?:sip|pres):([^;@]+@[^;@]+)/.exec(uri)?.[1],
};

/**
 * Any bytes are a list or a fault. A roster that a document shows is the roster; what a client's document makes of a roster is
 * shown by that very document; rules that are written are read the same.
 */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const text = document(random);
    bodies(random, text);
    rosters(random, text);
    rules(random);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

function bodies(random: Random, text: string): void {
  const bytes = damaged(random, Buffer.from(text));
  const lists = readResourceLists(bytes, limits);
  if (lists.ok) {
    const entries = entriesOf(lists.value, limits, () => one(random, [undefined, { kind: "external", anchor: "x" }]));
    assert.ok(!entries.ok || new Set(entries.value.map(({ uri }) => uri)).size === entries.value.length);
  }
  const [encoding, deflated] = one(random, [
    ["", bytes],
    ["deflate", deflateSync(bytes)],
    ["deflate", deflateRawSync(bytes)],
    ["deflate", bytes],
    ["gzip", bytes],
  ] as const);
  const read = readRecipientList(
    { contentType: "application/resource-lists+xml", contentEncoding: encoding, bytes: damaged(random, deflated) },
    limits,
  );
  assert.ok(!read.ok || read.value.length <= limits.sipListEntriesMax);
}

function rosters(random: Random, text: string): void {
  const roster = new Map<string, RosterItem>();
  for (let count = random(4); count > 0; count--) {
    const item = contact(
      one(random, people),
      one(random, names),
      [...new Set([one(random, groups), one(random, groups)])].slice(random(3)),
    );
    roster.set(item.contact, item);
  }
  const root = parseXcapDocument(Buffer.from(text), documentLimits);
  assert.ok(root.ok, text);
  const seen = `${JSON.stringify([...roster.values()].map(({ contact, name, groups }) => [contact, name, groups]))} ${text}`;
  const editsOf = (): readonly RosterEdit[] => {
    const lists = resourceListsOf(plainElement(root.value));
    assert.ok(lists.ok, seen);
    const edits = rosterEdits(roster.values(), lists.value, owner, naming, limits);
    assert.ok(!("kind" in edits), seen);
    return edits;
  };
  if (random(2) === 0) {
    for (const edit of editsOf()) {
      if (edit.kind === "remove") roster.delete(edit.contact);
      else roster.set(edit.contact, contact(edit.contact, edit.name, edit.groups));
    }
    assert.deepEqual(editsOf(), [], seen);
  }
  bringUpToDate(root.value, roster.values(), owner, naming);
  assert.deepEqual(editsOf(), [], seen);
  assert.equal(bringUpToDate(root.value, roster.values(), owner, naming), false, seen);
}

const people = ["bob@x.example", "carol@x.example", "dave@y.example", "gate.example"];
const names = ["", "Bob", " B ", "<&>\"'", "\u00e9", "\n"];
const groups = ["Work", "contacts", "oma_x", "RootGroup", " Work", "group contacts", "Work 2", "dialog_x"];

function contact(who: string, named: string, inGroups: readonly string[]): RosterItem {
  return {
    contact: who,
    name: named,
    groups: inGroups,
    subscription: "none",
    ask: false,
    pendingIn: false,
    approved: false,
    request: undefined,
  };
}

function document(random: Random): string {
  const inside = Array.from({ length: random(5) }, () => list(random, 2)).join("");
  return `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${inside}</resource-lists>`;
}

function list(random: Random, depth: number): string {
  const attributes = random(4) === 0 ? "" : ` name="${one(random, [...groups, "sipsimple_presence_rls", ""])}"`;
  const inside = Array.from({ length: random(4) }, () =>
    depth > 0 && random(4) === 0 ? list(random, depth - 1) : one(random, members),
  );
  return `<list${attributes}>${random(3) === 0 ? one(random, displays) : ""}${inside.join("")}</list>`;
}

const displays = ["<display-name/>", "<display-name>Play</display-name>", "<display-name> x </display-name>"];
const members = [
  '<entry uri="sip:bob@x.example"/>',
  '<entry uri=" pres:bob@x.example ;x"/>',
  '<entry uri="sip:carol@x.example"><display-name>Carol</display-name></entry>',
  '<entry uri="sip:dave@y.example"><display-name/></entry>',
  '<entry uri="sip:alice@ours.example"/>',
  '<entry uri="tel:+1"/>',
  '<entry uri=""/>',
  '<external anchor="https://x/"/>',
  '<entry-ref ref="x"/>',
  '<b xmlns="urn:b"/>',
  " ",
  "<!-- -->",
];

function rules(random: Random): void {
  const entries = new Map<string, "allow" | "hide">();
  for (let count = random(5); count > 0; count--) {
    entries.set(
      one(random, ["x.example", "y.example", "bob@x.example", "eve@y.example"]),
      one(random, ["allow", "hide"]),
    );
  }
  const wanted: PrivacyRules = {
    otherwise: one(random, ["ask", "allow", "block"]),
    entries: [...entries].map(([who, rule]) => ({ who, rule })),
  };
  const text = Buffer.from(writePresRules(wanted, naming));
  const context = { naming, listAt: () => undefined };
  const root = readDocument(text, documentLimits);
  assert.ok(root.ok);
  const found = readPresRules(root.value, context, limits);
  assert.ok(!("kind" in found) && sameRules(found, wanted), text.toString());
  const other = readDocument(damaged(random, text), documentLimits);
  if (other.ok) readPresRules(other.value, context, limits);
}

function damaged(random: Random, bytes: Buffer): Buffer {
  if (random(3) > 0) return bytes;
  const at = random(bytes.length + 1);
  const put = Buffer.from(
    one(random, ["", "<", ">", "&", "'", "/", "]]>", "<!", "\u0001", "</list>", "<list>", " ", "="]),
  );
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random(4))]);
}
