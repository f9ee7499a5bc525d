import { simulatedWebSockets, systemWebSockets } from "./web-socket-clients.ts";
import { webSocketContract } from "./web-socket-contract.ts";

webSocketContract("system network", systemWebSockets);
for (const seed of [1, 2, 3]) webSocketContract(`simulated network, seed ${seed}`, () => simulatedWebSockets(seed));
