import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../base/clock.ts";
import { Wheel } from "../base/wheel.ts";
import { DelayLine, Waiter } from "./delay-line.ts";

/** A clock the test turns, in steps of ten milliseconds. */
class HandClock implements Clock {
  #nowMs = 1_000.25;
  #asked: { readonly at: number; readonly then: () => void }[] = [];

  now = (): number => this.#nowMs;
  monotonicMs = (): number => this.#nowMs;

  after(ms: number, then: () => void): () => void {
    this.#asked.push({ at: this.#nowMs + ms, then });
    return () => {};
  }

  endOfTurn(then: () => void): void {
    then();
  }

  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10) {
      this.#nowMs += 10;
      const due = this.#asked.filter(({ at }) => at <= this.#nowMs);
      this.#asked = this.#asked.filter(({ at }) => at > this.#nowMs);
      for (const { then } of due) then();
    }
  }
}

class Named extends Waiter {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

function lineOf(ms: number) {
  const clock = new HandClock();
  const told: string[] = [];
  const tell = (item: Named): void => void told.push(item.name);
  return { clock, told, line: new DelayLine<Named>(new Wheel(clock, 10), clock.monotonicMs, () => ms, tell) };
}

test("each is told when its time is over, in the order they came", () => {
  const { clock, told, line } = lineOf(500);
  line.add(new Named("a"));
  clock.pass(200);
  line.add(new Named("b"));
  line.add(new Named("c"));
  clock.pass(290);
  assert.deepEqual(told, []);
  clock.pass(30);
  assert.deepEqual(told, ["a"]);
  assert.equal(line.size, 2);
  clock.pass(220);
  assert.deepEqual(told, ["a", "b", "c"]);
  assert.equal(line.size, 0);
});

test("whoever is taken out is not told, wherever they stand", () => {
  const { clock, told, line } = lineOf(500);
  const all = ["first", "second", "third", "fourth", "last"].map((name) => new Named(name));
  for (const item of all) line.add(item);
  for (const at of [0, 2, 4]) line.remove(all[at] as Named);
  line.remove(all[2] as Named);
  assert.equal(line.size, 2);
  clock.pass(600);
  assert.deepEqual(told, ["second", "fourth"]);
});

test("who is added again begins anew", () => {
  const { clock, told, line } = lineOf(500);
  const [a, b] = [new Named("a"), new Named("b")];
  line.add(a);
  line.add(b);
  clock.pass(300);
  line.add(a);
  assert.equal(line.size, 2);
  clock.pass(300);
  assert.deepEqual(told, ["b"]);
  clock.pass(300);
  assert.deepEqual(told, ["b", "a"]);
});

test("who is told may add and take out others", () => {
  const clock = new HandClock();
  const told: string[] = [];
  const [a, b, c] = [new Named("a"), new Named("b"), new Named("c")];
  const line: DelayLine<Named> = new DelayLine<Named>(
    new Wheel(clock, 10),
    clock.monotonicMs,
    () => 100,
    (item) => {
      told.push(item.name);
      if (item !== a) return;
      line.remove(b);
      line.add(c);
    },
  );
  line.add(a);
  line.add(b);
  clock.pass(150);
  assert.deepEqual(told, ["a"]);
  clock.pass(150);
  assert.deepEqual(told, ["a", "c"]);
});
