import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "./authority.ts";
import type { Process } from "./process.ts";
import type { Setting } from "./setting.ts";

/** One domain of a Prosody, and how it treats other servers. */
export type ProsodyDomain = {
  readonly name: string;
  /** Without one, it has no TLS at all. */
  readonly identity?: Identity;
  readonly dialback: boolean;
  readonly users: Readonly<Record<string, string>>;
};

export type ProsodyOptions = {
  /** The last byte of its address. */
  readonly host: number;
  /** Whether any link must be encrypted. */
  readonly tlsRequired: boolean;
  /** Foreign domains whose certificate must prove them. */
  readonly strictWith?: readonly string[];
  readonly domains: readonly ProsodyDomain[];
};

/** Debian's Prosody in the foreground, on an address of its own, with a folder of its own. */
export async function startProsody(setting: Setting, options: ProsodyOptions): Promise<Process> {
  const folder = join(setting.network.folder, `prosody-${options.host}`);
  mkdirSync(folder, { recursive: true });
  for (const domain of options.domains) addUsers(join(folder, "data"), domain);
  const file = join(folder, "prosody.cfg.lua");
  writeFileSync(file, configuration(setting, options, folder));
  const command = ["/usr/bin/prosody", "-F", "--config", file];
  const server = setting.keep(setting.network.start(`prosody ${options.host}`, command, { cwd: folder }));
  await server.line(/Activated service 's2s' on/, 20_000);
  return server;
}

/** Accounts as mod_storage_internal keeps them. */
function addUsers(data: string, domain: ProsodyDomain): void {
  const encoded = (text: string) =>
    text.replace(/[^A-Za-z0-9]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`);
  const accounts = join(data, encoded(domain.name), "accounts");
  mkdirSync(accounts, { recursive: true });
  for (const [user, password] of Object.entries(domain.users)) {
    writeFileSync(join(accounts, `${encoded(user)}.dat`), `return { password = "${password}" };\n`);
  }
}

function configuration({ network, dns, authority }: Setting, options: ProsodyOptions, folder: string): string {
  const { host, tlsRequired, strictWith = [], domains } = options;
  return `
run_as_root = true
data_path = "${folder}/data"
certificates = "${folder}"
interfaces = { "${network.address(host)}" }
c2s_ports = { 5222 }
s2s_ports = { 5269 }
modules_enabled = { "roster", "saslauth", "tls", "dialback", "disco", "ping", "smacks", "offline" }
authentication = "internal_plain"
c2s_require_encryption = false
s2s_require_encryption = ${tlsRequired}
s2s_secure_domains = { ${quoted(strictWith)} }
unbound = {
  resolvconf = false, hoststxt = false, forward = "${dns.address}@${dns.port}",
  options = { ["do-not-query-localhost:"] = "no" },
}
log = { { levels = { min = "debug" }, to = "console" } }
${domains.map((domain) => virtualHost(domain, authority.path)).join("")}`;
}

function virtualHost({ name, identity, dialback }: ProsodyDomain, trust: string): string {
  const disabled = [...(dialback ? [] : ["dialback"]), ...(identity === undefined ? ["tls"] : [])];
  const { certificate, key } = identity ?? {};
  const ssl = identity === undefined ? "" : `certificate = "${certificate}", key = "${key}", cafile = "${trust}"`;
  return `
VirtualHost "${name}"
  modules_disabled = { ${quoted(disabled)} }
  ssl = { ${ssl} }
`;
}

function quoted(list: readonly string[]): string {
  return list.map((one) => `"${one}"`).join(", ");
}
