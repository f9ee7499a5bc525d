import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { cores, onCore, type Peer } from "./peer.ts";

const program = fileURLToPath(new URL("floor.ts", import.meta.url));

/** The bare relay in the same Node. */
export const floor: Peer = {
  name: "floor",
  speaks: ["raw"],
  async start(setting, { host, certificate, key }) {
    const args = [setting.network.address(host), "5222", certificate, key];
    const server = setting.keep(setting.network.start("floor", onCore(cores.server, [execPath, program, ...args])));
    await server.line(/ready/, 10_000);
    return server;
  },
  async addUsers() {},
};
