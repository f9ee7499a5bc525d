import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cancel, Clock } from "./clock.ts";
import { Alarm, Wheel } from "./wheel.ts";

/** A clock the test turns: what is due happens when time is let pass. */
class HandClock implements Clock {
  #nowMs = 1_234.5;
  #asked: { readonly at: number; readonly then: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, then: () => void): Cancel {
    const asked = { at: this.#nowMs + ms, then };
    this.#asked.push(asked);
    return () => {
      this.#asked = this.#asked.filter((each) => each !== asked);
    };
  }

  endOfTurn(then: () => void): void {
    this.after(0, then);
  }

  /** Things asked for and not yet happened. */
  get asleep(): number {
    return this.#asked.length;
  }

  /** Lets `ms` pass, in steps of one. */
  pass(ms: number): void {
    for (let step = 0; step < ms; step++) this.jump(1);
  }

  /** Time stands still for everybody and then is `ms` later, as on a suspended machine. */
  jump(ms: number): void {
    this.#nowMs += ms;
    const due = this.#asked.filter((each) => each.at <= this.#nowMs);
    this.#asked = this.#asked.filter((each) => each.at > this.#nowMs);
    for (const each of due) each.then();
  }
}

function rung(clock: HandClock, list: number[]): Alarm {
  return new Alarm(() => void list.push(clock.monotonicMs() - 1_234.5));
}

test("an alarm rings once, never early, at most one tick late", () => {
  for (const ms of [0, 1, 99, 100, 101, 250, 51_199, 51_200, 51_201, 120_050]) {
    const clock = new HandClock();
    const wheel = new Wheel(clock, 100);
    clock.pass(37);
    const heard: number[] = [];
    wheel.set(rung(clock, heard), ms);
    clock.pass(ms + 300);
    assert.equal(heard.length, 1, `${ms} ms`);
    const late = (heard[0] ?? 0) - 37 - ms;
    assert.ok(late >= 0 && late <= 200, `${ms} ms rang ${late} ms late`);
    assert.equal(wheel.size, 0);
  }
});

test("alarms of one slot keep apart: set, moved and cleared in any order", () => {
  const clock = new HandClock();
  const wheel = new Wheel(clock, 100);
  const heard: string[] = [];
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => new Alarm(() => void heard.push(name)));
  assert.ok(a && b && c && d);
  for (const alarm of [a, b, c, d]) wheel.set(alarm, 500);
  wheel.clear(b); // from the middle
  wheel.clear(d); // from the head
  wheel.clear(d);
  wheel.set(a, 900); // moved
  assert.equal(wheel.size, 2);
  assert.deepEqual(
    [a, b, c, d].map((alarm) => alarm.isSet),
    [true, false, true, false],
  );
  clock.pass(700);
  assert.deepEqual(heard, ["c"]);
  clock.pass(400);
  assert.deepEqual(heard, ["c", "a"]);
});

test("an alarm may set itself again, and others, while it rings", () => {
  const clock = new HandClock();
  const wheel = new Wheel(clock, 100);
  const heard: number[] = [];
  const again: Alarm = new Alarm(() => {
    heard.push(clock.monotonicMs());
    if (heard.length < 5) wheel.set(again, 1_000);
  });
  wheel.set(again, 1_000);
  clock.pass(10_000);
  assert.equal(heard.length, 5);
});

test("an alarm cleared or moved by another of the same moment does not ring then", () => {
  const clock = new HandClock();
  const wheel = new Wheel(clock, 100);
  const heard: string[] = [];
  const pair: Alarm[] = ["one", "two"].map(
    (name, n) =>
      new Alarm(() => {
        heard.push(name);
        const other = pair[1 - n];
        if (other !== undefined) wheel.clear(other);
      }),
  );
  for (const alarm of pair) wheel.set(alarm, 500);
  clock.pass(1_000);
  assert.equal(heard.length, 1);
  assert.equal(wheel.size, 0);
});

test("after a long sleep everything due rings, once, and the rest keeps its time", () => {
  const clock = new HandClock();
  const wheel = new Wheel(clock, 100);
  const heard: string[] = [];
  wheel.set(new Alarm(() => void heard.push("soon")), 300);
  wheel.set(new Alarm(() => void heard.push("an hour")), 3_600_000);
  wheel.set(new Alarm(() => void heard.push("two hours")), 7_200_000);
  clock.jump(4_000_000);
  clock.pass(200);
  assert.deepEqual(heard.sort(), ["an hour", "soon"]);
  clock.jump(3_300_000);
  assert.deepEqual(heard, ["an hour", "soon", "two hours"]);
});

test("a wheel with no alarms asks the clock for nothing; a stopped one rings nothing", () => {
  const clock = new HandClock();
  const wheel = new Wheel(clock, 100);
  assert.equal(clock.asleep, 0);
  const heard: number[] = [];
  wheel.set(rung(clock, heard), 100);
  assert.equal(clock.asleep, 1);
  clock.pass(400);
  assert.equal(clock.asleep, 0);
  wheel.set(rung(clock, heard), 100);
  wheel.stop();
  clock.pass(400);
  assert.equal(heard.length, 1);
  assert.equal(clock.asleep, 0);
});

test("ten thousand alarms at random all ring in their time", () => {
  const clock = new HandClock();
  const wheel = new Wheel(clock, 100);
  let state = 7;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % limit;
  };
  let rang = 0;
  for (let n = 0; n < 10_000; n++) {
    const due = clock.monotonicMs() + random(200_000);
    const alarm = new Alarm(() => {
      rang++;
      const late = clock.monotonicMs() - due;
      assert.ok(late >= 0 && late <= 200, `${late} ms late`);
    });
    wheel.set(alarm, due - clock.monotonicMs());
  }
  clock.pass(200_300);
  assert.equal(rang, 10_000);
});
