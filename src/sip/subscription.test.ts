import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import type { Step } from "../base/step.ts";
import * as subscription from "./subscription.ts";

const limits = limitsWith();

/** A watcher's subscription, and a diary of what leaves. `etag` is that of the newest document. */
function watcher(verdict: subscription.Verdict = "allow") {
  let state: subscription.State = { at: "ended" };
  const take = ({ next, effects }: Step<subscription.State, subscription.Effect>): string => {
    state = next;
    return effects.map(shown).join(" | ");
  };
  const facts = () => ({ now: it.at * 1_000, etag: it.etag });
  const it = {
    at: 0,
    etag: "e1",
    get state() {
      return state;
    },
    begin: (request: Partial<subscription.Subscribe> = {}) =>
      take(subscription.begin({ expires: 3600, ...request }, verdict, facts(), limits)),
    subscribe: (request: Partial<subscription.Subscribe> = {}) =>
      it.on({ kind: "subscribe", request: { expires: 3600, ...request } }),
    on: (event: subscription.Event) => take(subscription.on(state, event, facts(), limits)),
    change: () => it.on({ kind: "changed" }),
    answer: (status: number, retryAfter?: number) =>
      it.on({ kind: "answered", status, ...(retryAfter === undefined ? {} : { retryAfter }) }),
    decide: (verdict: subscription.Verdict) => it.on({ kind: "decided", verdict }),
    timer: (timer: subscription.Timer) => it.on({ kind: "timer", timer }),
  };
  return it;
}

function shown(effect: subscription.Effect): string {
  switch (effect.kind) {
    case "answer":
      return `${effect.status} ${effect.headers.trim().replaceAll("\r\n", ", ")}`.trim();
    case "notify":
      return `NOTIFY ${effect.subscriptionState} ${effect.body}${effect.full ? "" : " changes"} v${effect.version}`;
    case "start":
      return `${effect.timer} ${effect.ms / 1_000}s`;
    case "end":
      return "end";
  }
}

test("RFC 6665 §4.2.1.2: an answer, and a NOTIFY at once", () => {
  const bob = watcher();
  assert.equal(bob.begin(), "200 Expires: 3600 | expiry 3600s | NOTIFY active;expires=3600 state v0");
  bob.answer(200);
  bob.at = 3000;
  assert.equal(bob.subscribe(), "200 Expires: 3600 | expiry 3600s | NOTIFY active;expires=3600 state v1");
});

test("RFC 3856 §6.4 and the limits: how long", () => {
  const rows: [number | undefined, string][] = [
    [undefined, "200 Expires: 3600"],
    [60, "200 Expires: 60"],
    [100_000, "200 Expires: 28800"],
    [59, "423 Min-Expires: 60"],
  ];
  for (const [expires, answer] of rows) assert.equal(watcher().begin({ expires }).split(" | ")[0], answer);
  const bob = watcher();
  bob.begin();
  assert.equal(bob.subscribe({ expires: 1 }), "423 Min-Expires: 60");
  assert.equal(bob.state.at, "active");
});

test("RFC 6665 §4.4.3: Expires 0 in a new dialog is one look, in the old one the end", () => {
  assert.equal(watcher().begin({ expires: 0 }), "200 Expires: 0 | NOTIFY terminated;reason=timeout state v0 | end");
  const bob = watcher();
  bob.begin();
  assert.equal(bob.subscribe({ expires: 0 }), "200 Expires: 0 | NOTIFY terminated;reason=timeout state v1 | end");
  assert.equal(bob.answer(481), "");
  assert.equal(bob.change(), "");
});

test("RFC 3856 §6.6.2: pending says nothing until somebody decides", () => {
  const bob = watcher("pending");
  assert.match(bob.begin(), /\| NOTIFY pending;expires=3600 neutral v0$/);
  bob.answer(200);
  assert.equal(bob.change(), "");
  assert.equal(bob.decide("pending"), "");
  bob.at = 600;
  assert.equal(bob.decide("allow"), "NOTIFY active;expires=3000 state v1");
  assert.equal(bob.decide("allow"), "");
  bob.answer(200);
  assert.equal(bob.change(), "NOTIFY active;expires=3000 state changes v2");
});

test("a refusal: at the beginning, while pending, and later", () => {
  assert.equal(watcher("block").begin(), "403");
  for (const verdict of ["pending", "allow"] as const) {
    const bob = watcher(verdict);
    bob.begin();
    assert.equal(bob.decide("block"), "NOTIFY terminated;reason=rejected none v1 | end");
  }
});

test("SUB-07: a polite block is active, closed, and silent about every change", () => {
  const bob = watcher("polite-block");
  assert.match(bob.begin(), /^200 .*\| NOTIFY active;expires=3600 neutral v0$/);
  bob.answer(200);
  assert.equal(bob.change(), "");
  assert.match(bob.subscribe(), /NOTIFY active;expires=3600 neutral v1$/);
  bob.answer(200);
  assert.match(bob.subscribe({ suppressIfMatch: "e1" }), /^200 .* neutral v2$/); // the tag is not theirs to know
  bob.answer(200);
  assert.equal(bob.decide("allow"), "NOTIFY active;expires=3600 state v3");
  bob.answer(200);
  assert.equal(bob.decide("polite-block"), "NOTIFY active;expires=3600 neutral v4");
  assert.match(bob.subscribe({ expires: 0 }), /terminated;reason=timeout neutral/);
});

test("changes while a NOTIFY waits for its answer are one NOTIFY afterwards", () => {
  const bob = watcher();
  bob.begin();
  assert.equal(bob.change(), "");
  assert.equal(bob.change(), "");
  assert.equal(bob.answer(200), "NOTIFY active;expires=3600 state changes v1");
  assert.equal(bob.answer(200), "");
  assert.equal(bob.change(), "NOTIFY active;expires=3600 state changes v2");
});

test("a SUBSCRIBE is followed by a NOTIFY even then, but not by ever more of them", () => {
  const bob = watcher();
  bob.begin();
  assert.match(bob.subscribe(), /NOTIFY .* v1$/);
  assert.equal(bob.subscribe(), "200 Expires: 3600 | expiry 3600s");
  bob.change();
  assert.equal(bob.answer(200), "");
  assert.equal(bob.answer(200), "NOTIFY active;expires=3600 state v2"); // everything, as a SUBSCRIBE wants
});

test("the end by time, by the person, by the node", () => {
  const ended = (event: subscription.Event) => {
    const bob = watcher();
    bob.begin();
    const effects = bob.on(event);
    assert.equal(bob.state.at, "ended");
    return effects;
  };
  assert.equal(ended({ kind: "timer", timer: "expiry" }), "NOTIFY terminated;reason=timeout none v1 | end");
  assert.equal(ended({ kind: "end", reason: "deactivated" }), "NOTIFY terminated;reason=deactivated none v1 | end");
  assert.equal(
    ended({ kind: "end", reason: "probation", retryAfter: 30 }),
    "NOTIFY terminated;reason=probation;retry-after=30 none v1 | end",
  );
});

test("RFC 6665 §4.2.2, RFC 5057 §5.1: what the answer to a NOTIFY means", () => {
  const rows: [status: number, retryAfter: number | undefined, effects: string, at: subscription.State["at"]][] = [
    [200, undefined, "", "active"],
    [481, undefined, "end", "ended"],
    [408, undefined, "end", "ended"], // nobody answers
    [404, undefined, "end", "ended"],
    [489, undefined, "end", "ended"],
    [501, 5, "end", "ended"],
    [488, undefined, "", "active"], // Linphone cannot read a document
    [415, undefined, "", "active"], // baresip's strictness
    [500, undefined, "", "active"],
    [503, 5, "retry 5s", "active"],
    [503, 0, "retry 1s", "active"],
    [500, 86_400, "retry 60s", "active"],
  ];
  for (const [status, retryAfter, effects, at] of rows) {
    const bob = watcher();
    bob.begin();
    assert.equal(bob.answer(status, retryAfter), effects, String(status));
    assert.equal(bob.state.at, at, String(status));
  }
});

test("a NOTIFY that is to be made up for is", () => {
  const bob = watcher();
  bob.begin();
  bob.answer(503, 5);
  assert.equal(bob.timer("retry"), "NOTIFY active;expires=3600 state v1");
  bob.change();
  assert.equal(bob.timer("retry"), ""); // one is on its way
  assert.equal(bob.answer(500), "NOTIFY active;expires=3600 state v2"); // what changed meanwhile still goes out
});

test("RFC 5839: what the watcher has already is not sent again", () => {
  const bob = watcher();
  // §5.5: a first SUBSCRIBE has its NOTIFY, without a body
  assert.equal(
    bob.begin({ suppressIfMatch: "e1" }),
    "200 Expires: 3600 | expiry 3600s | NOTIFY active;expires=3600 none v0",
  );
  bob.answer(200);
  assert.match(bob.change(), /changes v0$/); // nothing is on its way
  bob.answer(200);
  assert.equal(bob.subscribe({ suppressIfMatch: "e1" }), "204 Expires: 3600, SIP-ETag: e1 | expiry 3600s");
  assert.equal(bob.subscribe({ suppressIfMatch: "*" }), "204 Expires: 3600, SIP-ETag: e1 | expiry 3600s");
  bob.etag = "e2";
  assert.match(bob.subscribe({ suppressIfMatch: "e1" }), /^200 .* NOTIFY active;expires=3600 state v1$/);
  assert.equal(bob.subscribe({ expires: 0, suppressIfMatch: "e2" }), "204 Expires: 0, SIP-ETag: e2 | end");
  assert.equal(watcher().begin({ expires: 0, suppressIfMatch: "e1" }), "204 Expires: 0, SIP-ETag: e1 | end");
});

test("R19: too many of one watcher are refused by themselves, too many of all as overload", () => {
  const small = limitsWith({ sipSubscriptionsPerUserMax: 2, sipSubscriptionsMax: 3 });
  assert.equal(subscription.roomForOne(1, 2, small), undefined);
  assert.equal(subscription.roomForOne(2, 2, small)?.code, "sip-subscriptions-full");
  assert.equal(subscription.roomForOne(0, 3, small)?.code, "sip-overloaded");
});

test("SUB-17: one that was there before this process is told at the next change, or after a while, with its own time left", () => {
  const facts = { now: 1_000_000, etag: "e1" };
  const resumed = subscription.resume("allow", 1_600_000, 20_000, facts);
  assert.deepEqual(resumed.effects.map(shown), ["expiry 600s", "retry 20s"]);
  const changed = subscription.on(resumed.next, { kind: "changed" }, facts, limits);
  assert.deepEqual(changed.effects.map(shown), ["NOTIFY active;expires=600 state v0"]);
  const late = subscription.on(resumed.next, { kind: "timer", timer: "retry" }, facts, limits);
  assert.deepEqual(late.effects.map(shown), ["NOTIFY active;expires=600 state v0"]);
  // Who is not to see anything is told nothing of changes, and nothing but that it is pending after a while.
  const pending = subscription.resume("pending", 1_600_000, 20_000, facts).next;
  assert.deepEqual(subscription.on(pending, { kind: "changed" }, facts, limits).effects, []);
  const told = subscription.on(pending, { kind: "timer", timer: "retry" }, facts, limits);
  assert.deepEqual(told.effects.map(shown), ["NOTIFY pending;expires=600 neutral v0"]);
  // What ran out meanwhile ends at once.
  assert.deepEqual(subscription.resume("allow", 900_000, 20_000, facts).effects.map(shown)[0], "expiry 0s");
});
