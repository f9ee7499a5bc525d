import assert from "node:assert/strict";
import { test } from "node:test";
import { Wheel } from "../base/wheel.ts";
import { SimWorld } from "../sim/world.ts";
import { PacedQueue } from "./paced-queue.ts";

/** A queue in simulated time. */
async function set(perSecond: number) {
  const world = new SimWorld(1);
  const { clock } = world.host({ name: "here.example", addresses: ["192.0.2.1"] }).world;
  const queue = new PacedQueue(perSecond, new Wheel(clock, 100), () => clock.monotonicMs());
  const sent: { readonly what: string; readonly at: number }[] = [];
  const add = (kind: "urgent" | "background", what: string) =>
    queue.add(kind, () => void sent.push({ what, at: clock.monotonicMs() }));
  return { world, queue, sent, add };
}

test("PAR-07: whatever is wanted when, no second has more than 20 at a pace of 15; each kind in its order", async () => {
  const { world, sent, add } = await set(15);
  for (let second = 0; second < 20; second++) {
    if (second % 5 === 0) for (let n = 0; n < 30; n++) add(n % 2 === 0 ? "urgent" : "background", `${second} ${n}`);
    await world.time.runFor(1_000);
  }
  assert.equal(sent.length, 120);
  const most = Math.max(...sent.map(({ at: from }) => sent.filter(({ at }) => at >= from && at < from + 1_000).length));
  assert.ok(most <= 20 && most >= 15, `${most} in one second`);
  for (const rest of [0, 1]) {
    const kind = sent.map(({ what }) => what).filter((what) => Number(what.split(" ")[1]) % 2 === rest);
    const order = [...kind].sort((a, b) => {
      const [[s = 0, n = 0], [t = 0, m = 0]] = [a, b].map((each) => each.split(" ").map(Number)) as [
        number[],
        number[],
      ];
      return s - t || n - m;
    });
    assert.deepEqual(kind, order);
  }
});

test("what people wait for goes first, and leaves the rest every third turn", async () => {
  const { world, sent, add } = await set(10);
  for (let n = 0; n < 30; n++) add("background", `b${n}`);
  const before = sent.length;
  for (let n = 0; n < 6; n++) add("urgent", `u${n}`);
  await world.time.runFor(1_000);
  const after = sent.slice(before, before + 9).map(({ what }) => what[0]);
  assert.equal(after.filter((kind) => kind === "u").length, 6, after.join(""));
  await world.time.runFor(10_000);
  assert.equal(sent.length, 36);
});

test("more than half a minute's worth of what people wait for is not taken", async () => {
  const { queue, add } = await set(10);
  const taken = Array.from({ length: 400 }, (_, n) => add("urgent", `${n}`)).filter((each) => each).length;
  assert.ok(taken >= 300 && taken <= 303, `${taken}`);
  assert.equal(queue.size, 300);
  assert.ok(add("background", "presence"));
});
