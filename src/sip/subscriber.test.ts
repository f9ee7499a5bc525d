import assert from "node:assert/strict";
import { test } from "node:test";
import type { Step } from "../base/step.ts";
import * as subscriber from "./subscriber.ts";
import { parseSubscriptionState } from "./subscription-state.ts";

/** Our subscription, and a diary of what it does. */
function ours(chance = 0) {
  let state: subscriber.State;
  const take = ({ next, effects }: Step<subscriber.State, subscriber.Effect>): string => {
    state = next;
    return effects.map(shown).join(" | ");
  };
  let cseq = 0;
  const it = {
    first: "",
    get at() {
      return state.at;
    },
    get waits() {
      return state.waits;
    },
    on: (event: subscriber.Event) => take(subscriber.on(state, event, chance)),
    response: (status: number, more: Partial<subscriber.Event & { kind: "response" }> = {}) =>
      it.on({ kind: "response", status, ...more }),
    notify: (text: string | undefined, more: Partial<subscriber.Event & { kind: "notify" }> = {}) =>
      it.on({ kind: "notify", state: parseSubscriptionState(text), cseq: ++cseq, hasBody: true, ...more }),
    timer: (timer: subscriber.Timer) => it.on({ kind: "timer", timer }),
  };
  it.first = take(subscriber.begin());
  return it;
}

/** One that is answered and active. */
function active() {
  const it = ours();
  it.response(200, { expires: 3600 });
  it.notify("active;expires=3600");
  return it;
}

function shown(effect: subscriber.Effect): string {
  switch (effect.kind) {
    case "subscribe":
      return `SUBSCRIBE ${effect.expires}${effect.anew ? " anew" : ""}`;
    case "answer":
      return String(effect.status);
    case "tell":
      return effect.standing;
    case "start":
      return `${effect.timer} ${effect.ms / 1_000}s`;
    case "stop":
      return `no ${effect.timer}`;
    default:
      return effect.kind;
  }
}

test("2.2 initial: 200 tells nobody anything, the first NOTIFY does", () => {
  const it = ours();
  assert.equal(it.first, "SUBSCRIBE 3600 anew");
  assert.equal(it.response(200, { expires: 3600 }), "refresh 3540s | silence 32s");
  assert.equal(it.notify("pending;expires=3600"), "200 | read | refresh 3540s | no silence | pending");
  assert.equal(it.notify("active;expires=3500"), "200 | read | refresh 3440s | no silence | active");
  assert.equal(it.notify("active", { hasBody: false }), "200 | no silence");
});

test("K-7 the first NOTIFY of a dialog without a document: offline; a later one changes nothing", () => {
  const it = ours();
  it.response(200, { expires: 3600 });
  assert.equal(it.notify("pending", { hasBody: false }), "200 | no silence | pending");
  const other = ours();
  other.response(200, { expires: 3600 });
  assert.equal(other.notify("active", { hasBody: false }), "200 | blank | no silence | active");
  assert.equal(other.notify("active", { hasBody: false }), "200 | no silence");
  assert.equal(other.notify("active"), "200 | read | no silence");
  other.timer("refresh");
  assert.equal(other.response(481), "no refresh | SUBSCRIBE 3600 anew");
  other.response(200, { expires: 3600 });
  assert.equal(other.notify("active", { hasBody: false }), "200 | blank | no silence");
});

test("2.2 no NOTIFY: unknown after 32 s, and the subscription stays", () => {
  const it = ours();
  it.response(200);
  assert.equal(it.timer("silence"), "unknown");
  assert.equal(it.at, "watching");
  assert.match(it.notify("active"), /active$/);
});

test("2.2 refresh: at max(expires - 60, expires * 0.8), spread", () => {
  const at = (expires: number, chance: number) => ours(chance).response(200, { expires }).split(" | ")[0];
  assert.equal(at(28_800, 0), "refresh 28740s");
  assert.equal(at(120, 0), "refresh 96s");
  assert.equal(at(120, 0.5), "refresh 91.2s");
  assert.equal(at(1, 0), "refresh 1s");
  const it = active();
  assert.equal(it.timer("refresh"), "SUBSCRIBE 3600");
  assert.equal(it.response(200, { expires: 7200 }), "refresh 7140s");
});

test("2.2 expiry header: what the answer does not say is what was asked for", () => {
  assert.equal(ours().response(200).split(" | ")[0], "refresh 3540s");
});

test("2.2 423: once, with the other side's Min-Expires", () => {
  const it = ours();
  assert.equal(it.response(423, { minExpires: 7200 }), "SUBSCRIBE 7200 anew");
  assert.equal(it.response(423, { minExpires: 9000 }), "no refresh | retry 30s | unknown");
  const other = active();
  other.timer("refresh");
  assert.equal(other.response(423, { minExpires: 7200 }), "SUBSCRIBE 7200");
  assert.equal(ours().response(423, { minExpires: 10 }), "no refresh | retry 30s | unknown"); // makes no sense
});

test("2.2 481: anew at once, then backoff", () => {
  const it = active();
  it.timer("refresh");
  assert.equal(it.response(481), "no refresh | SUBSCRIBE 3600 anew");
  assert.equal(it.response(481), "no refresh | retry 30s | unknown");
  assert.equal(it.timer("retry"), "SUBSCRIBE 3600 anew");
});

test("2.2 answers by status", () => {
  const rows: [status: number, retryAfter: number | undefined, effects: string, at: subscriber.State["at"]][] = [
    [400, undefined, "retry 3600s | unknown", "resting"],
    [404, undefined, "retry 3600s | unknown", "resting"],
    [405, undefined, "retry 3600s | unknown", "resting"],
    [489, undefined, "retry 3600s | unknown", "resting"],
    [403, undefined, "refused", "stopped"],
    [603, undefined, "refused", "stopped"],
    [488, undefined, "refused", "stopped"],
    [480, undefined, "retry 30s | unknown", "resting"],
    [408, undefined, "retry 30s | unknown", "resting"],
    [500, undefined, "retry 30s | unknown", "resting"],
    [503, 120, "retry 120s | unknown", "resting"],
    [503, 1_000_000, "retry 3600s | unknown", "resting"],
    [504, 0, "retry 1s | unknown", "resting"],
  ];
  for (const [status, retryAfter, effects, at] of rows) {
    const it = ours();
    assert.equal(it.response(status, { retryAfter }), `no refresh | ${effects}`, String(status));
    assert.equal(it.at, at, String(status));
  }
});

test("2.2 transient: 30 s, 5 min, 1 h, spread; a NOTIFY forgives", () => {
  const it = ours();
  const rests = ["30", "300", "3600", "3600"].map((seconds) => {
    const said = it.response(480);
    it.timer("retry");
    return [said.includes(`retry ${seconds}s`), seconds];
  });
  assert.deepEqual(
    rests.map(([right]) => right),
    [true, true, true, true],
  );
  it.response(200);
  it.notify("active");
  it.timer("refresh");
  assert.match(it.response(480), /retry 30s/);
  assert.match(ours(0.5).response(480), /retry 31.5s/);
});

test("2.2 refused: only somebody here begins it again", () => {
  const it = ours();
  it.response(403);
  assert.equal(it.timer("retry"), "");
  assert.equal(it.timer("refresh"), "");
  assert.equal(it.on({ kind: "again" }), "SUBSCRIBE 3600 anew");
  assert.equal(it.on({ kind: "again" }), "");
});

test("2.2 end by notifier, RFC 6665 §4.1.3: reason by reason", () => {
  const rows: [state: string, effects: string][] = [
    ["terminated;reason=deactivated", "SUBSCRIBE 3600 anew"],
    ["terminated;reason=timeout", "SUBSCRIBE 3600 anew"],
    ["terminated", "SUBSCRIBE 3600 anew"],
    ["terminated;reason=probation", "retry 30s | unknown"],
    ["terminated;reason=probation;retry-after=90", "retry 90s | unknown"],
    ["terminated;reason=giveup", "retry 30s | unknown"],
    ["terminated;retry-after=90", "retry 90s | unknown"],
    ["terminated;reason=rejected", "refused"],
    ["terminated;reason=noresource", "gone"],
    ["terminated;reason=invariant", "gone"],
  ];
  for (const [state, effects] of rows) {
    const it = active();
    assert.equal(it.notify(state, { hasBody: false }), `200 | no refresh | no silence | ${effects}`, state);
  }
});

test("a notifier that ends each subscription at once is not asked in a circle", () => {
  const it = ours();
  it.response(200);
  assert.match(it.notify("terminated;reason=deactivated", { hasBody: false }), /SUBSCRIBE 3600 anew$/);
  it.response(200);
  assert.match(it.notify("terminated;reason=deactivated", { hasBody: false }), /retry 30s \| unknown$/);
});

test("P-1: a 200 without Event is a 200", () => {
  assert.match(ours().response(202, { expires: 60 }), /^refresh 48s/);
});

test("P-2: a NOTIFY before the 200", () => {
  const it = ours();
  assert.equal(it.notify("active;expires=3600"), "200 | read | refresh 3540s | no silence | active");
  assert.equal(it.response(200, { expires: 3600 }), "refresh 3540s"); // no silence to wait for
  assert.equal(it.at, "watching");
});

test("P-4: the body in the 200 is the NOTIFY with its CSeq", () => {
  const it = ours();
  assert.equal(it.response(200, { expires: 3600, piggybackCseq: 1 }), "refresh 3540s | read | active");
  assert.equal(it.notify("active", { cseq: 1 }), "500");
  assert.equal(it.notify("active", { cseq: 2 }), "200 | read | no silence");
});

test("P-5: BENOTIFY is read and never answered", () => {
  const it = active();
  assert.equal(it.notify("active;expires=60", { best: true }), "read | refresh 48s | no silence");
  assert.equal(
    it.notify("terminated;reason=rejected", { best: true, hasBody: false }),
    "no refresh | no silence | refused",
  );
  assert.equal(it.notify("active", { best: true }), "");
});

test("P-6: a NOTIFY after we left is answered 481 and read by nobody", () => {
  const it = active();
  assert.equal(it.on({ kind: "leave" }), "no refresh | SUBSCRIBE 0 | silence 32s");
  assert.equal(it.response(200, { expires: 0 }), "");
  assert.equal(it.notify("active"), "200"); // one that crossed
  assert.equal(it.notify("terminated;reason=timeout"), "200 | end");
  assert.equal(it.notify("active"), "481");
});

test("leaving in every state", () => {
  const leave = (it: ReturnType<typeof ours>) => it.on({ kind: "leave" });
  const asking = ours();
  assert.equal(leave(asking), "");
  assert.equal(asking.response(200), "no refresh | SUBSCRIBE 0 | silence 32s");
  assert.equal(asking.timer("silence"), "end"); // the last NOTIFY never came
  const refused = ours();
  leave(refused);
  assert.equal(refused.response(403), "end");
  const resting = ours();
  resting.response(480);
  assert.equal(leave(resting), "end");
  assert.equal(leave(resting), "");
  const gone = active();
  leave(gone);
  assert.equal(gone.response(481), "end");
});

test("CSeq: gaps are fine, what is behind is not", () => {
  const it = active();
  assert.match(it.notify("active", { cseq: 40 }), /^200/);
  assert.equal(it.notify("active", { cseq: 39 }), "500");
  assert.match(it.notify("active", { cseq: 41 }), /^200/);
});

test("a NOTIFY without Subscription-State counts as active; a grant of nothing as a failure", () => {
  assert.match(ours().notify(undefined), /active$/);
  assert.match(ours().response(200, { expires: 0 }), /retry 30s \| unknown$/);
});

test("SUB-17: one that was there before this process: refreshed in its dialog, begun anew without one, refused as it was", () => {
  const timer = (state: subscriber.State, name: subscriber.Timer) =>
    subscriber.on(state, { kind: "timer", timer: name }, 0);
  const going = timer(subscriber.resume(3600, "active", true), "refresh");
  assert.deepEqual(going.effects.map(shown), ["SUBSCRIBE 3600"]);
  const answered = subscriber.on(going.next, { kind: "response", status: 200, expires: 3600 }, 0);
  const event = { kind: "notify", state: parseSubscriptionState("active"), cseq: 7, hasBody: true } as const;
  // Nobody is told again what they were told before the restart.
  assert.deepEqual(subscriber.on(answered.next, event, 0).effects.map(shown), ["200", "read", "no silence"]);
  // The partner has forgotten it: another at once.
  const forgotten = subscriber.on(going.next, { kind: "response", status: 481 }, 0);
  assert.deepEqual(forgotten.effects.map(shown), ["no refresh", "SUBSCRIBE 3600 anew"]);
  const lost = timer(subscriber.resume(3600, "pending", false), "retry");
  assert.deepEqual(lost.effects.map(shown), ["SUBSCRIBE 3600 anew"]);
  const refused = subscriber.resume(3600, "refused", false);
  for (const name of ["refresh", "retry", "silence"] as const) assert.deepEqual(timer(refused, name).effects, []);
  assert.deepEqual(subscriber.on(refused, { kind: "again" }, 0).effects.map(shown), ["SUBSCRIBE 3600 anew"]);
});

test("1.2: a connection lost under a SUBSCRIBE: it is sent once more, and nobody is shown as gone for it", () => {
  const it = active();
  assert.equal(it.timer("refresh"), "SUBSCRIBE 3600");
  assert.equal(it.response(503, { lost: true }), "refresh 0.5s");
  assert.equal(it.timer("refresh"), "SUBSCRIBE 3600");
  // A second time in a row it is the partner that is not there.
  assert.equal(it.response(503, { lost: true }), "no refresh | retry 30s | unknown");
  const first = ours();
  assert.equal(first.response(503, { lost: true }), "retry 0.5s");
  assert.equal(first.timer("retry"), "SUBSCRIBE 3600 anew");
});

test("an outage that is over ends the rest of those who got no answer, each in its turn, and once", () => {
  const there = (ms: number): subscriber.Event => ({ kind: "reachable", ms });
  const rests: [status: number, more: { lost?: true; retryAfter?: number }, waits: boolean][] = [
    [408, {}, true],
    [503, {}, true],
    [408, { retryAfter: 60 }, false],
    [503, { retryAfter: 60 }, false], // throttled, or told when to come again
    [480, {}, false],
    [500, {}, false],
    [404, {}, false],
    [403, {}, false],
  ];
  for (const [status, more, waits] of rests) {
    const it = ours();
    it.response(status, more);
    assert.equal(it.waits, waits, `${status}`);
    assert.equal(it.on(there(0)), waits ? "no retry | SUBSCRIBE 3600 anew" : "", `${status} ${more.retryAfter}`);
    assert.equal(it.on(there(0)), "");
  }
  const later = ours();
  later.response(408);
  assert.equal(later.on(there(1_500)), "retry 1.5s");
  assert.equal(later.on(there(10)), "", "once for each outage");
  assert.equal(later.timer("retry"), "SUBSCRIBE 3600 anew");
  assert.equal(later.response(408), "no refresh | retry 300s");
  assert.equal(later.on(there(10)), "retry 0.01s");
});

test("1.2: the other side is lost: a refresh tells; it is there before: the refresh comes sooner", () => {
  const it = active();
  assert.equal(it.on({ kind: "doubt", ms: 2_000 }), "refresh 2s");
  assert.equal(it.waits, true);
  assert.equal(it.on({ kind: "reachable", ms: 300 }), "refresh 0.3s");
  assert.equal(it.on({ kind: "reachable", ms: 0 }), "");
  const first = active();
  first.on({ kind: "doubt", ms: 2_000 });
  assert.equal(first.on({ kind: "reachable", ms: 0 }), "no refresh | SUBSCRIBE 3600");
  // What is under way by then tells all the same; what is refused for good is not asked again.
  assert.equal(first.on({ kind: "doubt", ms: 2_000 }), "");
  assert.equal(first.response(503, { lost: true }), "refresh 0.5s");
  assert.equal(first.on({ kind: "reachable", ms: 0 }), "no refresh | SUBSCRIBE 3600");
  assert.equal(first.response(403), "no refresh | refused");
  assert.equal(first.on({ kind: "doubt", ms: 1 }), "");
  assert.equal(first.on({ kind: "reachable", ms: 0 }), "");
  // A NOTIFY of theirs says that they are there; the refresh still asks whether they know of it.
  const heard = active();
  heard.on({ kind: "doubt", ms: 2_000 });
  heard.notify("active");
  assert.equal(heard.on({ kind: "reachable", ms: 0 }), "");
  assert.equal(heard.timer("refresh"), "SUBSCRIBE 3600");
});
