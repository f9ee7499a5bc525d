import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { stringify } from "yaml";
import type { Identity } from "./authority.ts";
import type { Process } from "./process.ts";
import type { Setting } from "./setting.ts";
import { withSystemNames } from "./system-names.ts";

/** One domain of an ejabberd, and how it treats other servers. */
export type EjabberdDomain = {
  readonly name: string;
  readonly identity?: Identity;
  /** "trusted" is ejabberd's required_trusted: only certificates prove a domain. */
  readonly tls: "trusted" | "required" | "optional" | "none";
  readonly dialback: boolean;
  readonly users: Readonly<Record<string, string>>;
};

export type EjabberdOptions = {
  /** The last byte of its address. */
  readonly host: number;
  readonly domains: readonly EjabberdDomain[];
};

const starttls = { trusted: "required_trusted", required: "required", optional: "optional", none: false } as const;

/**
 * Debian's ejabberd in the foreground, without Erlang distribution (so no epmd, no cookie, and any number beside each other);
 * its users are added over its own HTTP API on the same address.
 */
export async function startEjabberd(setting: Setting, options: EjabberdOptions): Promise<Process> {
  const { network, dns, authority } = setting;
  const { host, domains } = options;
  const address = network.address(host);
  const folder = join(network.folder, `ejabberd-${host}`);
  mkdirSync(join(folder, "spool"), { recursive: true });
  const file = join(folder, "ejabberd.yml");
  const inetrc = join(folder, "inetrc");
  writeFileSync(file, stringify(configuration(domains, authority.path, address)));
  const nameserver = `{nameserver, {${dns.address.replaceAll(".", ",")}}, ${dns.port}}.`;
  writeFileSync(inetrc, `{resolv_conf, ""}.\n{hosts_file, ""}.\n{lookup, [dns]}.\n${nameserver}\n`); // in this order
  const spool = `"${folder}/spool"`;
  const erl = [
    "erl",
    "+Bd",
    "-noinput",
    "-mnesia",
    "dir",
    spool,
    "-ejabberd",
    "log_rotate_count",
    "0",
    "-s",
    "ejabberd",
  ];
  const program = network.start(`ejabberd ${host}`, withSystemNames(dns, folder, erl), {
    cwd: folder,
    env: {
      EJABBERD_CONFIG_PATH: file,
      EJABBERD_LOG_PATH: join(folder, "ejabberd.log"),
      ERL_LIBS: libraries(),
      ERL_INETRC: inetrc,
      ERL_CRASH_DUMP_BYTES: "0",
      HOME: folder,
    },
  });
  const server = setting.keep(program);
  await server.line(/ejabberd .* is started in the node/, 60_000);
  await server.line(/Start accepting TCP connections at .*:5280/, 10_000);
  for (const domain of domains) {
    for (const [user, password] of Object.entries(domain.users))
      await register(setting, address, user, domain.name, password);
  }
  return server;
}

/** Where Debian has put its code on this kind of machine, as its own launcher says. */
function libraries(): string {
  const launcher = readFileSync("/usr/sbin/ejabberdctl", "utf8");
  return /^ERL_LIBS='?([^'\n]+)'?$/m.exec(launcher)?.[1] ?? "/usr/lib";
}

/** Its own HTTP API, asked from inside the network. */
async function register({ network }: Setting, address: string, user: string, host: string, password: string) {
  const script = `
    const [url, body] = process.argv.slice(1);
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const said = await answer.text();
    if (!answer.ok && !said.includes("already registered")) throw new Error(answer.status + " " + said);`;
  const body = JSON.stringify({ user, host, password });
  const url = `http://${address}:5280/api/register`;
  await network.run([execPath, "--input-type=module", "-e", script, "--", url, body], 10_000);
}

function configuration(domains: readonly EjabberdDomain[], trust: string, ip: string): unknown {
  const dialback = Object.fromEntries(
    domains.filter((domain) => domain.dialback).map(({ name }) => [name, { modules: { mod_s2s_dialback: {} } }]),
  );
  return {
    loglevel: "debug",
    hosts: domains.map((domain) => domain.name),
    certfiles: domains.flatMap(({ identity }) => (identity === undefined ? [] : [identity.certificate, identity.key])),
    ca_file: trust,
    acme: { auto: false },
    listen: [
      { port: 5222, ip, module: "ejabberd_c2s", starttls: true, access: "all" },
      { port: 5269, ip, module: "ejabberd_s2s_in" },
      { port: 5280, ip, module: "ejabberd_http", request_handlers: { "/api": "mod_http_api" } },
    ],
    host_config: Object.fromEntries(domains.map(({ name, tls }) => [name, { s2s_use_starttls: starttls[tls] }])),
    append_host_config: dialback,
    s2s_dns_timeout: 5,
    s2s_max_retry_delay: 1,
    auth_method: "internal",
    auth_password_format: "plain",
    api_permissions: { tests: { who: [{ ip: "127.0.0.0/8" }], what: "*" } },
    modules: {
      mod_disco: {},
      mod_offline: {},
      mod_ping: {},
      mod_roster: {},
      mod_stream_mgmt: {},
    },
  };
}
