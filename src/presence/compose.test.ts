import assert from "node:assert/strict";
import { test } from "node:test";
import { availabilities } from "./availability.ts";
import { type Composed, compose, explain } from "./compose.ts";
import { nobody, rules, rulesWith } from "./rules.ts";
import type { Source, SourceKind } from "./source.ts";

/** "xmpp away @3 -1 at lunch" is a source of that kind and state, changed at 3, of priority -1, with a note. */
function source(line: string, index: number): Source {
  const [, kind, availability, since = "0", priority = "0", note = ""] =
    /^(\w+) ([\w-]+)(?: @(\d+))?(?: (-?\d+))?(?: (.+))?$/.exec(line) ?? [];
  return {
    id: `${kind}${index}`,
    kind: kind as SourceKind,
    availability: availability as Source["availability"],
    note,
    priority: Number(priority),
    since: Number(since),
  };
}

function composed(lines: readonly string[]): Composed {
  return compose(lines.map(source), rules);
}

/** What speaks, what comes of it, and by which rule; "!" when no message reaches a device. */
const cases: readonly (readonly [readonly string[], string, string])[] = [
  [[], "offline !", "nobody"],
  [["xmpp available"], "available", "available"],
  [["sip available"], "available", "available"],
  // MAP-11: available if any device is available
  [["xmpp away", "xmpp available"], "available", "available"],
  [["xmpp xa @9", "sip available @1"], "available", "available"],
  [["sip idle", "xmpp available"], "available", "available"],
  // dnd beats everything but being off
  [["xmpp dnd", "xmpp available @9"], "dnd", "do-not-disturb"],
  [["sip dnd", "phone on-the-phone @9"], "dnd", "do-not-disturb"],
  [["xmpp dnd", "calendar in-a-meeting @9"], "dnd", "do-not-disturb"],
  [["xmpp dnd", "sip offline @9"], "dnd", "do-not-disturb"],
  // MAP-11: off the hook
  [["phone on-the-phone", "xmpp available @9"], "on-the-phone", "on-the-phone"],
  [["phone on-the-phone", "xmpp away"], "on-the-phone", "on-the-phone"],
  [["phone on-the-phone", "sip busy @9"], "on-the-phone", "on-the-phone"],
  [["phone on-the-phone", "calendar in-a-meeting", "sip available"], "on-the-phone", "on-the-phone"],
  [["sip on-the-phone", "xmpp available @9"], "on-the-phone", "on-the-phone"],
  [["phone available", "phone on-the-phone", "xmpp idle"], "on-the-phone", "on-the-phone"],
  // a phone alone: not to be written to
  [["phone on-the-phone"], "on-the-phone !", "on-the-phone"],
  [["phone available"], "offline !", "nobody"],
  [["phone on-the-phone", "sip offline"], "on-the-phone !", "on-the-phone"],
  // MAP-11: calendar
  [["calendar in-a-meeting", "xmpp available @9"], "in-a-meeting", "meeting"],
  [["calendar busy", "xmpp away"], "in-a-meeting", "meeting"],
  [["calendar in-a-meeting", "sip busy"], "busy", "busy"],
  [["calendar out-of-office", "xmpp available"], "out-of-office", "out-of-office"],
  [["calendar available", "xmpp available"], "available", "available"],
  [["sip out-of-office", "xmpp available @9"], "out-of-office", "out-of-office"],
  // MAP-4: offline with meeting, with out of office
  [["calendar in-a-meeting"], "offline !", "signed-off-with-calendar"],
  [["calendar out-of-office", "sip offline"], "offline !", "signed-off-with-calendar"],
  // what somebody chose, the last choice first
  [["sip busy", "xmpp available @9"], "busy", "busy"],
  [["sip busy @5", "sip in-a-meeting @6"], "in-a-meeting", "busy"],
  [["sip busy @6", "sip in-a-meeting @5"], "busy", "busy"],
  // nobody is available: the nearest
  [["xmpp away @1", "sip brb @2"], "brb", "away"],
  [["xmpp away @2", "sip brb @1"], "away", "away"],
  [["xmpp away", "sip idle @9"], "away", "away"],
  [["sip idle", "sip idle"], "idle", "idle"],
  [["sip idle", "xmpp xa @9"], "idle", "idle"],
  [["xmpp xa", "sip offline @9"], "xa", "extended-away"],
  // a bare registration
  [["registration available"], "available", "available"],
  [["registration available @9", "sip away"], "away", "away"],
  [["registration available", "sip offline"], "offline !", "signed-off"],
  [["registration available @9", "xmpp away"], "away", "away"],
  [["registration available", "xmpp offline"], "available", "available"],
  [["registration available", "phone on-the-phone"], "on-the-phone", "on-the-phone"],
  // RFC 6121 §8.5.2: a device of negative priority is seen and takes nothing
  [["xmpp available @0 -1"], "available !", "available"],
  [["xmpp available @0 -1", "xmpp away @0 0"], "available", "available"],
  [["xmpp offline @3"], "offline !", "signed-off"],
];

test("MAP-11, MAP-12: what comes of several sources", () => {
  for (const [lines, expected, rule] of cases) {
    const { availability, reachable, rule: by } = composed(lines);
    assert.deepEqual([`${availability}${reachable ? "" : " !"}`, by], [expected, rule], lines.join(", "));
    assert.deepEqual(composed([...lines].reverse()).availability, availability, `${lines.join(", ")}, reversed`);
  }
});

test("note, time and priority are of the source that decided: the last to change, then the highest priority", () => {
  const { note, since, priority, from } = composed([
    "xmpp away @5 3 at lunch",
    "xmpp away @7 1 back at two",
    "xmpp away @7 2 in the park",
    "sip idle @9 9 nobody here",
  ]);
  assert.deepEqual(
    { note, since, priority, from },
    { note: "in the park", since: 7, priority: 2, from: ["xmpp2", "xmpp1", "xmpp0"] },
  );
  assert.equal(composed(["calendar out-of-office @1 0 back on Monday"]).note, "back on Monday");
  assert.equal(composed(["sip offline @1 0 gone home"]).note, "gone home");
});

test("with nothing else to go by, the order of the sources does not matter", () => {
  const two = ["xmpp away @1 0 a", "xmpp away @1 0 b"].map(source);
  assert.equal(compose(two, rules).note, "a");
  assert.equal(compose([...two].reverse(), rules).note, "a");
});

test("MAP-11: out of office may be shown as away", () => {
  const sources = ["calendar out-of-office", "xmpp available"].map(source);
  assert.equal(compose(sources, rulesWith("away")).availability, "away");
  assert.equal(compose(sources, rulesWith("out-of-office")).availability, "out-of-office");
});

test("explain tells the rules tried, up to the one that decided", () => {
  const sources = ["registration available", "sip busy @2", "xmpp available @3"].map(source);
  const tried = explain(sources, rules);
  assert.deepEqual(
    tried.map(({ rule, applied, result, sources: by }) => [rule, applied, result, by]),
    [
      ["bare-registration", true, undefined, ["registration0"]],
      ["do-not-disturb", false, undefined, []],
      ["on-the-phone", false, undefined, []],
      ["busy", true, "busy", ["sip1"]],
    ],
  );
  assert.equal(explain([], rules).at(-1)?.rule, nobody.id);
  assert.equal(explain([], rules).length, rules.length + 2);
});

/** Every set of at most three sources of different kinds and states. */
function* everything(): Generator<readonly Source[]> {
  const kinds: readonly SourceKind[] = ["xmpp", "sip", "registration", "phone", "calendar"];
  const all = kinds.flatMap((kind) => availabilities.map((state) => `${kind} ${state}`));
  for (let a = 0; a < all.length; a++) {
    for (let b = a; b < all.length; b++) yield [source(all[a] ?? "", 0), source(all[b] ?? "", 1)];
  }
}

test("the explanation and the composition are of one mind, whatever speaks", () => {
  for (const sources of everything()) {
    const { rule, availability, from } = compose(sources, rules);
    const last = explain(sources, rules).at(-1);
    assert.deepEqual([last?.rule, last?.result, last?.sources], [rule, availability, from]);
  }
});

test("every rule can decide, and says where it comes from and why", () => {
  const deciding = new Set([...everything()].map((sources) => compose(sources, rules).rule));
  for (const rule of rules) {
    assert.ok(deciding.has(rule.id), rule.id);
    assert.match(rule.cite, /MAP-\d+/);
    assert.match(rule.reason, /^[A-Z].*\.$/);
  }
});
