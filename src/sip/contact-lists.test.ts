import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import type { RosterItem } from "../base/store.ts";
import { bringUpToDate, contactDocument } from "./contact-document.ts";
import { type Naming, rosterEdits } from "./contact-lists.ts";
import { resourceListsOf } from "./resource-lists.ts";
import { parseXcapDocument, plainElement, xcapElementText } from "./xcap-document.ts";

const limits = limitsWith({ rosterItemsMax: 4, rosterGroupsMax: 2, rosterNameBytesMax: 20 });
const owner = "alice@ours.example";

const naming: Naming = {
  uriOf: (contact) => (contact.includes("@") ? `sip:${contact}` : undefined),
  contactOf: (uri) => /^(?:sip|pres):([^;]+)/.exec(uri)?.[1]?.toLowerCase(),
};

function contact(who: string, name: string, ...groups: string[]): RosterItem {
  return {
    contact: who.includes(".") ? who : `${who}@x.example`,
    name,
    groups,
    subscription: "both",
    ask: false,
    pendingIn: false,
    approved: false,
    request: undefined,
  };
}

function parse(inside: string) {
  const root = parseXcapDocument(
    utf8(`<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${inside}</resource-lists>`),
    { bytesMax: 10_000, depthMax: 10, attributesMax: 10 },
  );
  assert.ok(root.ok);
  return root.value;
}

const inside = (text: string) => text.replace(/^<resource-lists[^>]*?(?:\/>|>)|<\/resource-lists>$/g, "");

/** A stored document, brought up to date. */
function shown(stored: string, ...items: RosterItem[]): string {
  const root = parse(stored);
  const changed = bringUpToDate(root, items, owner, naming);
  const text = inside(xcapElementText(root));
  assert.equal(changed, text !== stored);
  return text;
}

/** What a document makes of a roster: "set bob@x.example Bob [A B]" */
function edits(document: string, ...items: RosterItem[]): readonly string[] | string {
  const lists = resourceListsOf(plainElement(parse(document)));
  assert.ok(lists.ok);
  const found = rosterEdits(items, lists.value, owner, naming, limits);
  if ("kind" in found) return `${found.kind}: ${"phrase" in found ? found.phrase : ""}`;
  return found.map((each) =>
    each.kind === "remove" ? `remove ${each.contact}` : `set ${each.contact} ${each.name} [${each.groups.join(" ")}]`,
  );
}

const bob = contact("bob", "Bob", "Work");
const carol = contact("carol", "");

test("a roster as lists: one for each group, one for those in none", () => {
  const root = contactDocument(
    [bob, carol, contact("dave", "Dave", "Work", "Play"), contact("gate.example", "")],
    owner,
    naming,
  );
  assert.equal(
    xcapElementText(root),
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">' +
      '<list name="Work"><display-name>Work</display-name>' +
      '<entry uri="sip:bob@x.example"><display-name>Bob</display-name></entry>' +
      '<entry uri="sip:dave@x.example"><display-name>Dave</display-name></entry></list>' +
      '<list name="contacts"><display-name>Contacts</display-name><entry uri="sip:carol@x.example"/></list>' +
      '<list name="Play"><display-name>Play</display-name>' +
      '<entry uri="sip:dave@x.example"><display-name>Dave</display-name></entry></list></resource-lists>',
  );
});

test("what is shown makes nothing of the roster it shows", () => {
  for (const items of [
    [],
    [bob, carol],
    [contact("bob", "B", "contacts", "oma_x"), contact("gate.example", "")],
    [contact("bob", "B", "RootGroup"), contact("carol", "", "group RootGroup")],
  ]) {
    assert.deepEqual(edits(inside(xcapElementText(contactDocument(items, owner, naming))), ...items), []);
  }
});

const work = '<list name="Work"><entry uri="sip:bob@x.example"><display-name>Bob</display-name></entry></list>';

test("a stored document: what agrees with the roster is left alone, to the byte", () => {
  assert.equal(shown(work, bob), work);
  const jitsi =
    '<list name="RootGroup"><display-name>RootGroup</display-name><entry uri="pres:Carol@x.example"/></list>';
  assert.equal(shown(`${work}${jitsi}`, bob, carol), `${work}${jitsi}`);
});

test("a contact added, renamed, moved and removed elsewhere", () => {
  assert.equal(
    shown("", carol),
    '<list name="contacts"><display-name>Contacts</display-name><entry uri="sip:carol@x.example"/></list>',
  );
  assert.equal(shown(work, contact("bob", "Bobby", "Work")), work.replace(">Bob<", ">Bobby<"));
  assert.equal(shown(work, contact("bob", "", "Work")), '<list name="Work"><entry uri="sip:bob@x.example"/></list>');
  assert.equal(
    shown(work, contact("bob", "Bob", "Play")),
    '<list name="Work"/><list name="Play"><display-name>Play</display-name>' +
      '<entry uri="sip:bob@x.example"><display-name>Bob</display-name></entry></list>',
  );
  assert.equal(shown(work), '<list name="Work"/>');
});

test("what is somebody else's in a document stays: Blink's book, policies, numbers, the owner", () => {
  const blink =
    '<list name="oma_grantedcontacts"><entry uri="sip:bob@x.example"/></list>' +
    '<list name="sipsimple_presence_rls"><entry uri="sip:carol@x.example"/></list>' +
    '<list name="sipsimple_dialog_rls"><entry uri="sip:bob@x.example"/></list>' +
    '<list name="sipsimple_addressbook"><ab:contact xmlns:ab="urn:ab" id="1"><ab:name>x</ab:name></ab:contact></list>' +
    '<list name="phones"><entry uri="tel:+15550100"/><entry uri="sip:alice@ours.example"/><external anchor="https://x/"/></list>';
  assert.equal(shown(blink, carol), blink);
  assert.deepEqual(edits(blink, carol), []);
  assert.deepEqual(edits(blink), ["set carol@x.example  []"]);
  const later = shown(blink, carol, contact("dave", ""));
  assert.match(
    later,
    /<list name="sipsimple_presence_rls"><entry uri="sip:carol@x.example"\/><entry uri="sip:dave@x.example"\/><\/list>/,
  );
});

test("a new entry stands before what is somebody else's in its list", () => {
  assert.equal(
    shown('<list name="Work"><x:y xmlns:x="urn:x"/></list>', contact("bob", "", "Work")),
    '<list name="Work"><entry uri="sip:bob@x.example"/><x:y xmlns:x="urn:x"/></list>',
  );
});

test("a document with its own prefix gets new elements with it", () => {
  const root = parseXcapDocument(
    utf8(
      '<rl:resource-lists xmlns:rl="urn:ietf:params:xml:ns:resource-lists"><rl:list name="Work"/></rl:resource-lists>',
    ),
    { bytesMax: 10_000, depthMax: 10, attributesMax: 10 },
  );
  assert.ok(root.ok);
  bringUpToDate(root.value, [bob], owner, naming);
  assert.match(
    xcapElementText(root.value),
    /<rl:list name="Work"><rl:entry uri="sip:bob@x.example"><rl:display-name>Bob<\/rl:display-name>/,
  );
});

test("what a client's document makes of the roster", () => {
  const rows: [document: string, items: RosterItem[], edits: readonly string[]][] = [
    [work, [], ["set bob@x.example Bob [Work]"]],
    [work, [bob], []],
    ["", [bob, carol], ["remove bob@x.example", "remove carol@x.example"]],
    ["", [contact("gate.example", "")], []], // no document shows it
    [work.replace(">Bob<", ">Bobby<"), [bob], ["set bob@x.example Bobby [Work]"]],
    [work.replace("<display-name>Bob</display-name>", ""), [bob], []], // says nothing of a name
    [work.replace(">Bob<", "><"), [bob], ["set bob@x.example  [Work]"]],
    [work.replace('"Work"', '"contacts"'), [bob], ["set bob@x.example Bob []"]],
    [work.replace('"Work">', '"w"><display-name>At work</display-name>'), [bob], ["set bob@x.example Bob [At work]"]],
    // in two lists, renamed in one of them
    [
      `${work}<list name="Play"><entry uri="sip:bob@x.example"><display-name>Bobby</display-name></entry></list>`,
      [bob],
      ["set bob@x.example Bobby [Work Play]"],
    ],
    // a list in a list is a group of its own
    [`<list name="all">${work}</list>`, [bob], []],
  ];
  for (const [document, items, expected] of rows) assert.deepEqual(edits(document, ...items), expected, document);
});

test("what no roster may be", () => {
  const entry = (uri: string, name = "") =>
    `<entry uri="sip:${uri}@x.example"><display-name>${name}</display-name></entry>`;
  assert.match(
    String(edits(`<list name="l">${["a", "b", "c", "d", "e"].map((uri) => entry(uri)).join("")}</list>`)),
    /too many contacts/,
  );
  assert.match(String(edits(`<list name="l">${entry("a", "x".repeat(21))}</list>`)), /a name is too long/);
  assert.match(String(edits(`<list name="${"x".repeat(21)}">${entry("a")}</list>`)), /a name is too long/);
  assert.match(
    String(edits(["a", "b", "c"].map((name) => `<list name="${name}">${entry("a")}</list>`).join(""))),
    /too many lists/,
  );
});
