import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { run } from "../interop/process.ts";
import { listenerKinds } from "../src/config/listener-schema.ts";
import { inParallel } from "./client.ts";
import { password, userName } from "./job.ts";
import { cores, onCore, type Peer } from "./peer.ts";

const launcher = fileURLToPath(new URL("../bin/comity", import.meta.url));

/** Its SIP listeners, on their usual ports. */
const sip = ["sip-udp", "sip-tcp", "sip-tls"].filter((kind) => kind in listenerKinds);

/** Comity as a user starts it, with the defaults; only what one address and one partner may do is raised. */
export const comity: Peer = {
  name: "comity",
  speaks: sip.length > 0 ? ["xmpp", "sip"] : ["xmpp"],
  async start(setting, { host, domain, certificate, key, folder, profiles }) {
    const { network, dns, authority } = setting;
    const address = network.address(host);
    const configuration = {
      domains: [{ name: domain, certificate, key }],
      listeners: [
        { kind: "xmpp-client", address },
        { kind: "xmpp-server", address },
        ...sip.map((kind) => ({ kind, address })),
      ],
      tls: { trust: { system: false, files: [authority.path] } },
      dns: { servers: [`${dns.address}:${dns.port}`] },
      log: { level: "warn" },
      limits: { connectionsPerAddressMax: 20_000, sipPartnerRequestsPerSecondMax: 1_000_000 },
    };
    writeFileSync(join(folder, "comity.yaml"), stringify(configuration));
    const command = [launcher, "serve", "--config", join(folder, "comity.yaml"), "--home", folder];
    const env: Record<string, string> =
      profiles === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-interval=250 --cpu-prof-dir=${profiles}` };
    const server = setting.keep(network.start(`comity ${host}`, onCore(cores.server, command), { cwd: folder, env }));
    try {
      await server.line(/\bready\b/, 20_000);
    } catch (error) {
      await server.stop(); // one that is only late would hold the data folder against all that follow
      throw error;
    }
    return server;
  },
  async startGateway(setting, place) {
    return [await this.start(setting, place)];
  },
  async addPartner({ folder }, { domain, address, port, mode }) {
    const at = ["--config", join(folder, "comity.yaml"), "--home", folder];
    // As fast as a partner may be sent to.
    const how = ["--type", "simple", "--route", `${address}:${port}`, "--rate", "10000", "--mode", mode];
    await run(launcher, ["partner", "add", domain, ...how, ...at], 20_000);
  },
  async addUsers(_, { domain, folder, users }) {
    const options = ["--password", password, "--config", join(folder, "comity.yaml"), "--home", folder];
    await inParallel(users, 2, (number) =>
      run(launcher, ["user", "add", `${userName(number)}@${domain}`, ...options], 20_000),
    );
  },
};
