import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "./authority.ts";
import type { Dns } from "./dns.ts";
import type { Network } from "./network.ts";
import { Process } from "./process.ts";

/** One domain of a Prosody, and how it treats other servers. */
export type ProsodyDomain = {
  readonly name: string;
  readonly identity?: Identity;
  /** "required" and "none" are both ways; Prosody has nothing between for what it opens itself. */
  readonly tls: "required" | "optional" | "none";
  /** Whether it accepts only certificates that prove the other domain. */
  readonly strict?: boolean;
  readonly dialback: boolean;
  readonly users: Readonly<Record<string, string>>;
};

export type ProsodyOptions = {
  readonly network: Network;
  readonly dns: Dns;
  readonly host: number;
  /** PEM of whom it trusts. */
  readonly trust: string;
  readonly domains: readonly ProsodyDomain[];
};

/** Debian's Prosody in the foreground, on an address of its own, with a folder of its own. */
export async function startProsody(options: ProsodyOptions): Promise<Process> {
  const folder = join(options.network.folder, `prosody-${options.host}`);
  mkdirSync(folder, { recursive: true });
  for (const domain of options.domains) addUsers(join(folder, "data"), domain);
  const file = join(folder, "prosody.cfg.lua");
  writeFileSync(file, configuration(options, folder));
  const server = new Process(`prosody ${options.host}`, "/usr/bin/prosody", ["-F", "--config", file], { cwd: folder });
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

function configuration({ network, dns, host, trust, domains }: ProsodyOptions, folder: string): string {
  return `
run_as_root = true
data_path = "${folder}/data"
certificates = "${folder}"
interfaces = { "${network.address(host)}" }
c2s_ports = { 5222 }
s2s_ports = { 5269 }
modules_enabled = { "roster", "saslauth", "tls", "dialback", "disco", "ping", "smacks", "offline" }
authentication = "internal_plain"
allow_unencrypted_plain_auth = false
unbound = {
  resolvconf = false, hoststxt = false, forward = "${dns.address}@${dns.port}",
  options = { ["do-not-query-localhost:"] = "no" },
}
log = { { levels = { min = "debug" }, to = "console" } }
${domains.map((domain) => virtualHost(domain, trust)).join("")}`;
}

function virtualHost({ name, identity, tls, strict, dialback }: ProsodyDomain, trust: string): string {
  const disabled = [...(dialback ? [] : ["dialback"]), ...(tls === "none" ? ["tls"] : [])];
  const ssl =
    identity === undefined
      ? ""
      : `ssl = { certificate = "${identity.certificate}", key = "${identity.key}", cafile = "${trust}" }`;
  return `
VirtualHost "${name}"
  modules_disabled = { ${disabled.map((module) => `"${module}"`).join(", ")} }
  s2s_require_encryption = ${tls === "required"}
  c2s_require_encryption = ${tls !== "none"}
  s2s_secure_auth = ${strict ?? false}
  ${tls === "none" ? "allow_unencrypted_plain_auth = true" : ""}
  ${ssl}
`;
}
