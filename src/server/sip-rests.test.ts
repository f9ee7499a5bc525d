import assert from "node:assert/strict";
import { test } from "node:test";
import { usualSettings } from "../../proofs/usual-settings.ts";
import { limitsWith } from "../base/limits.ts";
import { simWorld } from "../sim/world.ts";
import { SipRests } from "./sip-rests.ts";
import { Site } from "./site.ts";

const limits = limitsWith({ sipServerRestMs: 10_000, sipServerRestMaxMs: 60_000, sipServersRestingMax: 3 });

function restsIn() {
  const world = simWorld(1);
  const host = world.host({ name: "ours.example", addresses: ["192.0.2.1"] });
  return {
    world,
    rests: new SipRests(new Site(host.world, { ...usualSettings, limits, domains: new Map(), listeners: [] })),
  };
}

const place = (last: number) => ({ transport: "tcp", address: `192.0.2.${last}`, port: 5060 }) as const;
const [a, b, c, d] = [place(11), place(12), place(13), place(14)];

test("who failed is tried last, who asked to be left alone is not tried; the others keep their order", () => {
  const { rests } = restsIn();
  assert.deepEqual(rests.inOrder([a, b, c]), [a, b, c]);
  rests.leave(a, "silent", undefined, undefined);
  rests.leave(b, "unavailable", 30, undefined);
  assert.deepEqual(rests.inOrder([a, b, c, d]), [c, d, a]);
  assert.ok(rests.has(a) && rests.has(b) && !rests.has(c));
});

test("an answer ends the rest of one that failed, and not the time another asked for", () => {
  const { rests } = restsIn();
  rests.leave(a, "silent", undefined, undefined);
  rests.leave(b, "unavailable", 30, undefined);
  rests.lives(a);
  rests.lives(b);
  assert.deepEqual(rests.inOrder([a, b]), [a]);
});

test("when its time is over it is asked whether it lives, and rests twice as long each time it does not, up to a limit", async () => {
  const { world, rests } = restsIn();
  const asked: number[] = [];
  let lives = false;
  let seconds = 0;
  rests.leave(a, "unreachable", undefined, async () => {
    asked.push(seconds);
    return lives;
  });
  for (; seconds < 200; seconds++) await world.runFor(1_000);
  const pauses = asked.map((at, number) => at - (asked[number - 1] ?? 0));
  assert.deepEqual(pauses.slice(1), [20, 40, 60, 60]);
  assert.ok(rests.has(a));
  lives = true;
  for (; seconds < 300; seconds++) await world.runFor(1_000);
  assert.equal(rests.has(a), false);
  assert.equal(rests.count, 0);
});

test("one that is nobody's any more is forgotten; what failed while it rested changes nothing", async () => {
  const { world, rests } = restsIn();
  rests.leave(a, "silent", undefined, async () => undefined);
  await world.runFor(9_000);
  rests.leave(a, "silent", undefined, undefined);
  await world.runFor(2_000);
  assert.equal(rests.count, 0);
});

test("a Retry-After counts up to the limit, replaces what was there, and ends by itself; 0 is none", async () => {
  const { world, rests } = restsIn();
  rests.leave(a, "unavailable", 0, undefined);
  assert.equal(rests.count, 0);
  rests.leave(a, "silent", undefined, async () => false);
  rests.leave(a, "unavailable", 86_400, undefined);
  assert.deepEqual(rests.inOrder([a]), []);
  await world.runFor(59_000);
  assert.ok(rests.has(a));
  await world.runFor(2_000);
  assert.equal(rests.has(a), false);
});

test("no more are remembered than the limit says, and none once the node stops", () => {
  const { rests } = restsIn();
  for (const each of [a, b, c, d]) rests.leave(each, "lost", undefined, undefined);
  assert.equal(rests.count, 3);
  assert.equal(rests.has(d), false);
  rests.end();
  assert.equal(rests.count, 0);
  rests.leave(a, "lost", undefined, undefined);
  assert.equal(rests.count, 0);
});
