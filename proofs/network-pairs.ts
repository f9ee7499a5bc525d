import type { Plan } from "../src/sim/plan.ts";
import { type SimWorld, simWorld } from "../src/sim/world.ts";
import { systemClock } from "../src/world/clock.ts";
import { systemNetwork } from "../src/world/network.ts";
import type { NetworkPair } from "./network-contract.ts";
import { realTime } from "./time.ts";

/** Two addresses of this machine as two hosts. */
export function systemPair(): NetworkPair {
  const clock = systemClock();
  const network = systemNetwork(clock);
  return { time: realTime(clock), one: network, two: network, oneAddress: "127.0.0.2", twoAddress: "127.0.0.3" };
}

/** Two hosts of a simulated world. */
export function simulatedPair(seed: number, plan: Partial<Plan> = {}): NetworkPair & { readonly sim: SimWorld } {
  const sim = simWorld(seed, { splitChance: 0.3, latencyMs: [0, 10], ...plan });
  const one = sim.host({ name: "one", addresses: ["10.0.0.1"] });
  const two = sim.host({ name: "two", addresses: ["10.0.0.2"] });
  return {
    sim,
    time: { clock: one.clock, until: (promise) => sim.until(promise) },
    one: one.world.network,
    two: two.world.network,
    oneAddress: "10.0.0.1",
    twoAddress: "10.0.0.2",
  };
}
