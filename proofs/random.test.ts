import assert from "node:assert/strict";
import { test } from "node:test";
import { SimRandom } from "../src/sim/random.ts";
import { systemRandom } from "../src/world/random.ts";
import { randomContract } from "./random-contract.ts";

randomContract("system random", systemRandom);
randomContract("random from a seed", () => new SimRandom(7));

test("random from a seed: one seed is one sequence, another seed another", () => {
  const draw = (seed: number) => {
    const random = new SimRandom(seed);
    return [random.below(1e6), random.id(), [...random.bytes(4)], random.fork().below(1e6)];
  };
  assert.deepEqual(draw(43), draw(43));
  assert.notDeepEqual(draw(43), draw(44));
  assert.equal(new Set(Array.from({ length: 1_000 }, (_, seed) => JSON.stringify(draw(seed)))).size, 1_000);
});
