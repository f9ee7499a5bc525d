import { createServer, type Server } from "node:net";
import { after, before } from "node:test";
import { simWorld } from "../src/sim/world.ts";
import { systemClock } from "../src/world/clock.ts";
import { systemNetwork } from "../src/world/network.ts";
import { type NetworkUnderTest, networkContract } from "./network-contract.ts";
import { realTime } from "./time.ts";
import { tlsContract } from "./tls-contract.ts";

let silentServer: Server;
before(() => {
  silentServer = createServer(() => {});
  return new Promise<void>((done) => silentServer.listen(0, "127.0.0.4", done));
});
after(() => silentServer.close());

async function system(): Promise<NetworkUnderTest> {
  const clock = systemClock();
  const network = systemNetwork(clock);
  const silent = async () => {
    const at = silentServer.address();
    if (at === null || typeof at === "string") throw new Error("the silent server does not listen");
    return { address: at.address, port: at.port };
  };
  const time = realTime(clock);
  return { time, one: network, two: network, oneAddress: "127.0.0.2", twoAddress: "127.0.0.3", silent };
}

async function simulated(seed: number): Promise<NetworkUnderTest> {
  const sim = simWorld(seed, { splitChance: 0.3, latencyMs: [0, 10] });
  const one = sim.host({ name: "one", addresses: ["10.0.0.1"] });
  const two = sim.host({ name: "two", addresses: ["10.0.0.2"] });
  return {
    time: { clock: one.clock, until: (promise) => sim.until(promise) },
    one: one.world.network,
    two: two.world.network,
    oneAddress: "10.0.0.1",
    twoAddress: "10.0.0.2",
    silent: async () => ({ address: "10.9.9.9", port: 5269 }),
  };
}

networkContract("system network", system);
tlsContract("system network", system);
for (const seed of [1, 2, 3]) {
  networkContract(`simulated network, seed ${seed}`, () => simulated(seed));
  tlsContract(`simulated network, seed ${seed}`, () => simulated(seed));
}
