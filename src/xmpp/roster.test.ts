import assert from "node:assert/strict";
import { test } from "node:test";
import { type Element, el } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { edited, readRoster, rosterPush, rosterResult } from "./roster.ts";
import { newItem, receiveSubscription } from "./subscription.ts";

const limits = { rosterNameBytesMax: 10, rosterGroupsMax: 2 };
const query = (...items: Element[]) => el("query", ns.roster, {}, ...items);
const item = (attrs: Record<string, string>, ...groups: string[]) =>
  el("item", ns.roster, attrs, ...groups.map((group) => el("group", ns.roster, {}, group)));
const set = (...items: Element[]) => readRoster("set", query(...items), "alice@ours.example", limits);
const bob = { jid: "bob@theirs.example" };

test("RFC 6121 §2.3.1, §2.5.1: a set adds, changes or removes one item; what only the server may say is ignored", () => {
  assert.deepEqual(set(item({ jid: "Bob@Theirs.example", name: "Bob", subscription: "both", ask: "x" }, "A", "B")), {
    ok: true,
    value: { kind: "set", contact: "bob@theirs.example", name: "Bob", groups: ["A", "B"] },
  });
  assert.deepEqual(set(item({ ...bob, subscription: "remove", name: "much too long a name" })), {
    ok: true,
    value: { kind: "remove", contact: "bob@theirs.example" },
  });
  assert.equal(set(item({ ...bob, name: "ten bytes!" })).ok, true);
  assert.deepEqual(set(item({ jid: "theirs.example" })), {
    ok: true,
    value: { kind: "set", contact: "theirs.example", name: "", groups: [] },
  });
});

const refused: [what: string, code: string, items: Element[]][] = [
  ["no item", "bad-request", []],
  ["more than one item", "bad-request", [item(bob), item(bob)]],
  ["no address", "bad-request", [item({})]],
  ["an address with a resource", "bad-request", [item({ jid: "bob@theirs.example/desk" })]],
  ["an address that is none", "jid-malformed", [item({ jid: "b b@theirs.example" })]],
  ["duplicate groups", "bad-request", [item(bob, "A", "A")]],
  ["an empty group", "not-acceptable", [item(bob, "")]],
  ["a long group", "not-acceptable", [item(bob, "twelve bytes")]],
  ["a long name, counted in bytes", "not-acceptable", [item({ ...bob, name: "ééééée" })]],
  ["many groups", "not-acceptable", [item(bob, "A", "B", "C")]],
  ["oneself", "not-allowed", [item({ jid: "alice@ours.example" })]],
];

test("RFC 6121 §2.3.3: sets that are refused", () => {
  for (const [what, code, items] of refused) {
    const result = set(...items);
    assert.equal(result.ok ? "accepted" : result.fault.code, code, what);
  }
});

test("RFC 6121 §2.4.2: a change leaves the subscriptions alone", () => {
  const before = { ...newItem("bob@theirs.example"), name: "Bob", subscription: "both" as const, ask: false };
  const request = { kind: "set", contact: "bob@theirs.example", name: "", groups: ["A"] } as const;
  assert.deepEqual(edited(before, request), { ...before, name: "", groups: ["A"] });
  assert.deepEqual(edited(undefined, request), { ...newItem("bob@theirs.example"), name: "", groups: ["A"] });
});

const request = { name: "iq", from: "alice@ours.example/r", type: "get", id: "1" };
const roster = [
  { ...newItem("bob@theirs.example"), name: "B & B", groups: ["<A>"], subscription: "both" as const },
  { ...newItem("carol@theirs.example"), name: "", ask: true, approved: true },
];
const waiting = receiveSubscription(undefined, "dave@theirs.example", "subscribe").item;
const whole =
  "<item jid='bob@theirs.example' name='B &amp; B' subscription='both'><group>&lt;A&gt;</group></item>" +
  "<item jid='carol@theirs.example' subscription='none' ask='subscribe' approved='true'/></query></iq>";

test("RFC 6121 §2.1.4, §2.6: the roster, whole or unchanged; requests that wait are not in it", () => {
  const start = "<iq to='alice@ours.example/r' type='result' id='1'";
  const items = waiting === undefined ? roster : [...roster, waiting];
  assert.equal(rosterResult(request, undefined, 7, items), `${start}><query xmlns='jabber:iq:roster'>${whole}`);
  assert.equal(rosterResult(request, "6", 7, items), `${start}><query xmlns='jabber:iq:roster' ver='7'>${whole}`);
  assert.equal(rosterResult(request, "", 7, items), `${start}><query xmlns='jabber:iq:roster' ver='7'>${whole}`);
  assert.equal(rosterResult(request, "7", 7, items), `${start}/>`);
  assert.match(rosterResult(request, "", 0, []), /<query xmlns='jabber:iq:roster' ver='0'><\/query>/);
});

test("RFC 6121 §2.1.6: pushes", () => {
  const [bobItem] = roster;
  assert.equal(
    rosterPush("alice@ours.example/r", "p1", bobItem ?? newItem(""), 8),
    "<iq to='alice@ours.example/r' type='set' id='p1'><query xmlns='jabber:iq:roster' ver='8'>" +
      "<item jid='bob@theirs.example' name='B &amp; B' subscription='both'><group>&lt;A&gt;</group></item></query></iq>",
  );
  assert.match(
    rosterPush("alice@ours.example/r", "p2", { contact: "bob@theirs.example", removed: true }, 9),
    /ver='9'><item jid='bob@theirs.example' subscription='remove'\/><\/query>/,
  );
});
