import { SimClock, SimTime } from "../src/sim/clock.ts";
import { systemClock } from "../src/world/clock.ts";
import { clockContract } from "./clock-contract.ts";
import { realTime, type Time } from "./time.ts";

clockContract("system clock", () => realTime(systemClock()));
clockContract("simulated clock", simTime);

function simTime(): Time {
  const time = new SimTime();
  return { clock: new SimClock(time), until: (promise) => time.until(promise) };
}
