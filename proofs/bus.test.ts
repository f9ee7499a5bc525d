import { SimBusHub } from "../src/sim/bus.ts";
import { SimClock, SimTime } from "../src/sim/clock.ts";
import { SimRandom } from "../src/sim/random.ts";
import { busHub } from "../src/world/bus.ts";
import { systemClock } from "../src/world/clock.ts";
import { busContract } from "./bus-contract.ts";
import { realTime } from "./time.ts";

busContract("local bus", async () => {
  const hub = busHub();
  return { time: realTime(systemClock()), one: hub.join("one"), two: hub.join("two") };
});

busContract("simulated bus", async () => {
  const time = new SimTime();
  const clock = new SimClock(time);
  const hub = new SimBusHub([0, 10]);
  const join = (node: string, seed: number) => hub.join({ node, clock, random: new SimRandom(seed) });
  return { time: { clock, until: (promise) => time.until(promise) }, one: join("one", 1), two: join("two", 2) };
});
