import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dns } from "./dns.ts";

/**
 * A command for a program that asks the C library for addresses: it runs in a mount namespace of its own where
 * /etc/resolv.conf and /etc/hosts are ours (unshare(1); as root, or in a user namespace where those are allowed). The process
 * that is started becomes the program, so its pid is the program's.
 */
export function withSystemNames(dns: Dns, folder: string, command: readonly string[]): readonly string[] {
  const resolvConf = join(folder, "resolv.conf");
  const hosts = join(folder, "hosts");
  writeFileSync(resolvConf, `nameserver ${dns.address}\noptions timeout:2 attempts:2\n`);
  // The C library knows no port but 53; where that is not ours to take, it reads the same addresses from its table.
  const table = dns.port === 53 ? [] : Object.entries(dns.zone);
  const lines = table.flatMap(([name, entry]) => (entry.A ?? []).map((address) => `${address} ${name}\n`));
  writeFileSync(hosts, `127.0.0.1 localhost\n${lines.join("")}`);
  const script = `mount --bind '${resolvConf}' /etc/resolv.conf && mount --bind '${hosts}' /etc/hosts && exec "$@"`;
  return ["unshare", ...withUser("--mount", "sh", "-c", script, "sh", ...command)];
}

/** unshare(1)'s arguments, with the one that lets a user who is not root do it. */
export function withUser(...args: readonly string[]): readonly string[] {
  return process.getuid?.() === 0 ? args : ["--map-root-user", ...args];
}
