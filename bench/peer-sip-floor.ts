import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { cores, onCore, type Peer } from "./peer.ts";

const program = fileURLToPath(new URL("sip-floor.ts", import.meta.url));

/** The bare relays over UDP, TCP and TLS in the same Node. */
export const sipFloor: Peer = {
  name: "sip-floor",
  speaks: ["sip-raw"],
  async start(setting, { host, certificate, key }) {
    const args = [setting.network.address(host), certificate, key];
    const server = setting.keep(setting.network.start("sip-floor", onCore(cores.server, [execPath, program, ...args])));
    await server.line(/ready/, 10_000);
    return server;
  },
  async addUsers() {},
};
