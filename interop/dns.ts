import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Zone, ZoneEntry } from "../src/dns/zone.ts";
import type { Network } from "./network.ts";
import type { Process } from "./process.ts";

/** The real port where we may have it; what asks through the C library (see system-names.ts) can use no other. */
const dnsPort = process.getuid?.() === 0 ? 53 : 5300;

/** The DNS server, where it is, and what it says. */
export type Dns = {
  readonly process: Process;
  readonly address: string;
  readonly port: number;
  readonly zone: Zone;
};

/** Runs Unbound with these records and no others: every other name does not exist, nothing is asked outside. */
export async function startDns(network: Network, zone: Zone): Promise<Dns> {
  const address = network.address(53);
  const folder = join(network.folder, "dns");
  mkdirSync(folder);
  const file = join(folder, "unbound.conf");
  writeFileSync(file, configuration(address, folder, zone));
  const server = network.start("unbound", ["/usr/sbin/unbound", "-d", "-p", "-c", file]);
  await server.line(/start of service/, 10_000);
  return { process: server, address, port: dnsPort, zone };
}

/** The records of a domain served by one host: SRV for servers and clients, and the host's address. */
export function served(domain: string, address: string, ports: { server?: number; client?: number } = {}): Zone {
  const target = `xmpp.${domain}`;
  const srv = (port: number) => ({ SRV: [{ priority: 0, weight: 0, port, target }] });
  return {
    [`_xmpp-server._tcp.${domain}`]: srv(ports.server ?? 5269),
    [`_xmpp-client._tcp.${domain}`]: srv(ports.client ?? 5222),
    [target]: { A: [address] },
  };
}

/** The records of a domain that has no SRV: its address alone. */
export function addressOnly(domain: string, address: string): Zone {
  return { [domain]: { A: [address] } };
}

function configuration(address: string, folder: string, zone: Zone): string {
  const data = Object.entries(zone).flatMap(([name, entry]) => lines(name, entry));
  return `server:
  directory: "${folder}"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  verbosity: 1
  num-threads: 1
  interface: ${address}
  port: ${dnsPort}
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  module-config: "iterator"
  local-zone: "." static
  local-data: ". 60 IN SOA ns.test. admin.test. 1 60 60 60 5"
${data.map((line) => `  local-data: '${line}'\n`).join("")}remote-control:
  control-enable: no
`;
}

function lines(name: string, entry: ZoneEntry): string[] {
  const ttl = entry.ttlSeconds ?? 60;
  return [
    ...(entry.A ?? []).map((address) => `${name}. ${ttl} IN A ${address}`),
    ...(entry.AAAA ?? []).map((address) => `${name}. ${ttl} IN AAAA ${address}`),
    ...(entry.SRV ?? []).map(({ priority, weight, port, target }) => {
      const to = target === "." ? "." : `${target}.`;
      return `${name}. ${ttl} IN SRV ${priority} ${weight} ${port} ${to}`;
    }),
    ...(entry.CNAME === undefined ? [] : [`${name}. ${ttl} IN CNAME ${entry.CNAME}.`]),
  ];
}
