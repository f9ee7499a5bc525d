import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fault } from "../base/fault.ts";
import * as dial from "./dial.ts";

const why = fault("remote-connection-refused");
const time: dial.Event = { kind: "time" };
const failed = (attempt: number): dial.Event => ({ kind: "failed", attempt, why });
const connected = (attempt: number): dial.Event => ({ kind: "connected", attempt });

/** Runs the events over targets "a", "b", ... and gives what each step did, as words. */
function play(targets: string, events: readonly dial.Event[]): string[] {
  let now = dial.begin([...targets]);
  const told = [now.effects.map(word).join(" ")];
  for (const event of events) {
    now = dial.on(now.next, event);
    told.push(now.effects.map(word).join(" "));
  }
  return told;
}

function word(effect: dial.Effect<string>): string {
  switch (effect.kind) {
    case "connect":
      return `connect ${effect.target}`;
    case "wait":
      return `wait ${effect.ms}`;
    case "cancel":
      return `cancel ${effect.attempt}`;
    case "won":
      return `won ${effect.target} [${effect.untried.join("")}]`;
    case "lost":
      return `lost ${effect.failures.length}`;
  }
}

test("RFC 8305 §5: one attempt each 250 ms, the first success ends it", () => {
  assert.deepEqual(play("abc", [time, time, connected(1)]), [
    "connect a wait 250",
    "connect b wait 250",
    "connect c",
    "cancel 0 cancel 2 won b [ac]",
  ]);
});

test("a failure starts the next attempt at once", () => {
  assert.deepEqual(play("abc", [failed(0), connected(1)]), ["connect a wait 250", "connect b wait 250", "won b [c]"]);
});

test("when all have failed, all faults are told", () => {
  assert.deepEqual(play("ab", [failed(0), failed(1)]), ["connect a wait 250", "connect b", "lost 2"]);
  assert.deepEqual(play("ab", [time, failed(1), failed(0)]).slice(2), ["", "lost 2"]);
  assert.deepEqual(play("", []), ["lost 0"]);
});

test("a success that crosses a cancel is let go", () => {
  assert.deepEqual(play("ab", [time, connected(0), connected(1)]).slice(2), ["cancel 1 won a [b]", "cancel 1"]);
});

test("a failure told twice, or of an attempt never made, starts nothing", () => {
  assert.deepEqual(play("abc", [failed(0), failed(0), failed(2)]).slice(2), ["", ""]);
});

test("abandoned: everything under way is cancelled, and nothing more is started", () => {
  assert.deepEqual(play("abc", [time, { kind: "abandon" }, time, failed(0)]).slice(2), ["cancel 0 cancel 1", "", ""]);
});

test("whatever happens: one end, no attempt twice, nothing left open", () => {
  const event = fc.oneof(
    fc.constant(time),
    fc.nat(4).map(failed),
    fc.nat(4).map(connected),
    fc.constant<dial.Event>({ kind: "abandon" }),
  );
  fc.assert(
    fc.property(fc.nat(4), fc.array(event, { maxLength: 20 }), (count, events) => {
      const open = new Set<number>();
      const connects: number[] = [];
      let ends = 0;
      let now = dial.begin(Array.from({ length: count }, (_, at) => at));
      const look = (happened: dial.Event | undefined) => {
        if (happened?.kind === "failed") open.delete(happened.attempt);
        for (const effect of now.effects) {
          if (effect.kind === "connect") {
            connects.push(effect.attempt);
            open.add(effect.attempt);
          }
          if (effect.kind === "cancel" || effect.kind === "won") open.delete(effect.attempt);
          if (effect.kind === "won" || effect.kind === "lost") ends++;
        }
        if (now.next.at === "done") assert.equal(open.size, 0);
        else assert.ok(open.size > 0, "waits for nothing");
      };
      look(undefined);
      for (const one of events) {
        now = dial.on(now.next, one);
        look(one);
      }
      assert.ok(ends <= 1);
      assert.equal(new Set(connects).size, connects.length);
    }),
  );
});
