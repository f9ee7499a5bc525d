import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { stringify } from "yaml";
import type { Setting } from "../interop/setting.ts";
import { withSystemNames } from "../interop/system-names.ts";
import { password, userName } from "./job.ts";
import { answers, cores, onCore, type Peer, type Place } from "./peer.ts";

/** Debian's ejabberd with the features Comity has, passwords kept as hashes, and the log at warnings. */
export const ejabberd: Peer = {
  name: "ejabberd",
  speaks: ["xmpp"],
  async start(setting, place) {
    const { network, dns } = setting;
    const { folder, host } = place;
    mkdirSync(join(folder, "spool"), { recursive: true });
    const file = join(folder, "ejabberd.yml");
    const inetrc = join(folder, "inetrc");
    writeFileSync(file, stringify(configuration(setting, place)));
    const nameserver = `{nameserver, {${dns.address.replaceAll(".", ",")}}, ${dns.port}}.`;
    writeFileSync(inetrc, `{resolv_conf, ""}.\n{hosts_file, ""}.\n{lookup, [dns]}.\n${nameserver}\n`);
    // As ejabberdctl starts it, without Erlang distribution.
    const flags = ["+K", "true", "+P", "250000", "+Bd", "-noinput", "-mnesia", "dir", `"${folder}/spool"`];
    const command = withSystemNames(dns, folder, ["erl", ...flags, "-s", "ejabberd"]);
    const server = setting.keep(
      network.start(`ejabberd ${host}`, onCore(cores.server, command), {
        cwd: folder,
        env: {
          EJABBERD_CONFIG_PATH: file,
          EJABBERD_LOG_PATH: join(folder, "ejabberd.log"),
          ERL_LIBS: "/usr/lib/x86_64-linux-gnu",
          ERL_INETRC: inetrc,
          ERL_CRASH_DUMP_BYTES: "0",
          HOME: folder,
        },
      }),
    );
    await answers(setting, host, 5222, 60_000);
    await answers(setting, host, 5280, 10_000);
    return server;
  },
  /** Over its own HTTP API, asked from inside the network. */
  async addUsers({ network }, { host, domain, users }) {
    const script = `
      const [url, host, password, names] = process.argv.slice(1);
      for (const user of names.split(" ")) {
        const body = JSON.stringify({ user, host, password });
        const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
        if (!answer.ok) throw new Error(answer.status + " " + (await answer.text()));
      }`;
    const names = Array.from({ length: users }, (_, number) => userName(number)).join(" ");
    const url = `http://${network.address(host)}:5280/api/register`;
    await network.run([execPath, "--input-type=module", "-e", script, "--", url, domain, password, names], 120_000);
  },
};

function configuration({ network, authority }: Setting, { host, domain, certificate, key }: Place): unknown {
  const ip = network.address(host);
  return {
    loglevel: "warning",
    hosts: [domain],
    certfiles: [certificate, key],
    ca_file: authority.path,
    acme: { auto: false },
    listen: [
      { port: 5222, ip, module: "ejabberd_c2s", starttls_required: true, access: "all" },
      { port: 5269, ip, module: "ejabberd_s2s_in" },
      { port: 5280, ip, module: "ejabberd_http", request_handlers: { "/api": "mod_http_api" } },
    ],
    s2s_use_starttls: "required",
    auth_method: "internal",
    auth_password_format: "scram",
    api_permissions: { bench: { who: [{ ip: "127.0.0.0/8" }], what: "*" } },
    modules: {
      mod_carboncopy: {},
      mod_disco: {},
      mod_offline: {},
      mod_ping: {},
      mod_roster: {},
      mod_s2s_dialback: {},
      mod_stream_mgmt: {},
      mod_version: {},
    },
  };
}
