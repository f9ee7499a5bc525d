import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { password, userName } from "./job.ts";
import { answers, cores, onCore, type Peer } from "./peer.ts";

/** Debian's Prosody with the features Comity has, passwords kept as hashes (its default), and the log at warnings. */
export const prosody: Peer = {
  name: "prosody",
  speaks: ["xmpp"],
  async start(setting, { host, domain, certificate, key, folder, more = "" }) {
    const { network, dns, authority } = setting;
    const file = join(folder, "prosody.cfg.lua");
    writeFileSync(
      file,
      `
run_as_root = true
data_path = "${folder}/data"
certificates = "${folder}"
interfaces = { "${network.address(host)}" }
c2s_ports = { 5222 }
s2s_ports = { 5269 }
modules_enabled = { "roster", "saslauth", "tls", "dialback", "disco", "carbons", "ping", "version", "smacks", "offline" }
authentication = "internal_hashed"
storage = "internal"
c2s_require_encryption = true
s2s_require_encryption = true
unbound = {
  resolvconf = false, hoststxt = false, forward = "${dns.address}@${dns.port}",
  options = { ["do-not-query-localhost:"] = "no" },
}
log = { { levels = { min = "${more === "" ? "warn" : "info"}" }, to = "console" } }
${more}VirtualHost "${domain}"
  ssl = { certificate = "${certificate}", key = "${key}", cafile = "${authority.path}" }
`,
    );
    const command = ["/usr/bin/prosody", "-F", "--config", file];
    const server = setting.keep(network.start(`prosody ${host}`, onCore(cores.server, command), { cwd: folder }));
    await answers(setting, host, 5222, 20_000);
    return server;
  },
  /** Accounts as mod_storage_internal keeps them; the first sign-in turns the password into hashes. */
  async addUsers(_, { domain, folder, users }) {
    const accounts = join(folder, "data", encoded(domain), "accounts");
    mkdirSync(accounts, { recursive: true });
    for (let number = 0; number < users; number++) {
      writeFileSync(join(accounts, `${encoded(userName(number))}.dat`), `return { password = "${password}" };\n`);
    }
  },
};

function encoded(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
