import { createServer, type Server } from "node:net";
import { after, before } from "node:test";
import { type NetworkUnderTest, networkContract } from "./network-contract.ts";
import { simulatedPair, systemPair } from "./network-pairs.ts";
import { tlsContract } from "./tls-contract.ts";

let silentServer: Server;
before(() => {
  silentServer = createServer(() => {});
  return new Promise<void>((done) => silentServer.listen(0, "127.0.0.4", done));
});
after(() => silentServer.close());

async function system(): Promise<NetworkUnderTest> {
  const silent = async () => {
    const at = silentServer.address();
    if (at === null || typeof at === "string") throw new Error("the silent server does not listen");
    return { address: at.address, port: at.port };
  };
  return { ...systemPair(), silent };
}

async function simulated(seed: number): Promise<NetworkUnderTest> {
  return { ...simulatedPair(seed), silent: async () => ({ address: "10.9.9.9", port: 5269 }) };
}

networkContract("system network", system);
tlsContract("system network", system);
for (const seed of [1, 2, 3]) {
  networkContract(`simulated network, seed ${seed}`, () => simulated(seed));
  tlsContract(`simulated network, seed ${seed}`, () => simulated(seed));
}
