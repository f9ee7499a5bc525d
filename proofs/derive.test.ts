import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock, SimTime } from "../src/sim/clock.ts";
import { simDerive } from "../src/sim/derive.ts";
import { systemClock } from "../src/world/clock.ts";
import { threadPoolDerive } from "../src/world/derive.ts";
import { deriveContract } from "./derive-contract.ts";
import { realTime } from "./time.ts";

deriveContract("derive in the thread pool", (atOnceMax) => ({
  derive: threadPoolDerive(atOnceMax),
  time: realTime(systemClock()),
}));

deriveContract("simulated derive", () => {
  const time = new SimTime();
  const clock = new SimClock(time);
  return { derive: simDerive(clock), time: { clock, until: (promise) => time.until(promise) } };
});

test("derive in the thread pool: with one at a time, answers come in the order of the questions", async () => {
  const derive = threadPoolDerive(1);
  const answered: number[] = [];
  const ask = async (n: number, iterations: number): Promise<void> => {
    await derive.pbkdf2("p", Buffer.from("salt"), iterations, "SHA-1");
    answered.push(n);
  };
  await Promise.all([ask(1, 20_000), ask(2, 1), ask(3, 1)]);
  assert.deepEqual(answered, [1, 2, 3]);
});
