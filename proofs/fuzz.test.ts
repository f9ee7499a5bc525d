import { test } from "node:test";
import { fuzzModules, runModule } from "./fuzz/run.ts";

const rounds = 100;

for (const module of await fuzzModules()) {
  test(`${rounds} rounds of mutations break no promise: ${module.name}`, () => {
    const failure = runModule(module, 1, rounds);
    if (failure !== undefined) throw failure.error;
  });
}

test("what a module throws comes back with the seed that does it again", ({ assert }) => {
  const numbers: number[] = [];
  const module = {
    name: "throws",
    fuzz: (random: (limit: number) => number) => {
      numbers.push(random(1_000_000));
      if (numbers.length === 3) throw new Error("third");
    },
  };
  const failure = runModule(module, 7, 1_000);
  assert.equal(failure?.seed, 9);
  runModule(module, 9, 1);
  assert.equal(numbers[3], numbers[2]);
});
