import { ipFamily } from "./ip-literal.ts";

/** A machine that serves a domain, as the world reaches it. A port left out is not offered. */
export type ServingHost = {
  /** Its name in DNS; SRV records may not point at addresses (RFC 2782). */
  readonly name: string;
  readonly addresses: readonly string[];
  readonly clientPort?: number;
  /** TLS from the first byte (XEP-0368). */
  readonly clientTlsPort?: number;
  readonly serverPort?: number;
  readonly serverTlsPort?: number;
  readonly sipUdpPort?: number;
  readonly sipTcpPort?: number;
  readonly sipTlsPort?: number;
  /** SIP over TLS for other organisations' servers, Microsoft's above all; often the same as sipTlsPort. */
  readonly sipFederationPort?: number;
  /** Lower is tried first; 0 when left out. */
  readonly priority?: number;
  readonly weight?: number;
};

/** One record to publish: the owner's name without a final dot, and its data as a zone file has it. */
export type ZoneRecord = {
  readonly name: string;
  readonly type: "A" | "AAAA" | "SRV" | "NAPTR";
  readonly ttlSeconds: number;
  readonly data: string;
  /** What it is for, in words. */
  readonly why: string;
};

const services = [
  ["_xmpp-client._tcp", "clientPort", "people's clients, STARTTLS"],
  ["_xmpps-client._tcp", "clientTlsPort", "people's clients, direct TLS"],
  ["_xmpp-server._tcp", "serverPort", "other organisations' servers, STARTTLS"],
  ["_xmpps-server._tcp", "serverTlsPort", "other organisations' servers, direct TLS"],
  ["_sips._tcp", "sipTlsPort", "SIP over TLS"],
  ["_sip._tcp", "sipTcpPort", "SIP over TCP"],
  ["_sip._udp", "sipUdpPort", "SIP over UDP"],
  ["_sipfederationtls._tcp", "sipFederationPort", "other organisations' SIP servers, as Microsoft's look for them"],
] as const;

/** RFC 3263 §4.1: which transports there are, the one to take first with the lowest order. */
const naptrServices = [
  ["_sips._tcp", "sipTlsPort", "SIPS+D2T", 10],
  ["_sip._tcp", "sipTcpPort", "SIP+D2T", 20],
  ["_sip._udp", "sipUdpPort", "SIP+D2U", 30],
] as const;

/**
 * The records a domain must publish so that clients and partners find its hosts (RFC 6120 §3.2.1, XEP-0368,
 * RFC 3263 §4). What no host offers is said with the target "." only for XMPP's plain services: without SRV, others would try
 * the domain's own address. For SIP the NAPTR records say it.
 */
export function zoneRecords(domain: string, hosts: readonly ServingHost[], ttlSeconds = 3600): readonly ZoneRecord[] {
  const srv = services.flatMap(([service, port, why]): ZoneRecord[] => {
    const name = `${service}.${domain}`;
    const offering = hosts.flatMap((host) => {
      const at = host[port];
      if (at === undefined) return [];
      const data = `${host.priority ?? 0} ${host.weight ?? 0} ${at} ${host.name}.`;
      return [{ name, type: "SRV" as const, ttlSeconds, data, why }];
    });
    if (offering.length > 0 || !service.startsWith("_xmpp-")) return offering;
    return [{ name, type: "SRV", ttlSeconds, data: "0 0 0 .", why: `not offered: ${why}` }];
  });
  const addresses = hosts.flatMap((host) =>
    host.addresses.map(
      (address): ZoneRecord => ({
        name: host.name,
        type: ipFamily(address) === 6 ? "AAAA" : "A",
        ttlSeconds,
        data: address,
        why: "where it is",
      }),
    ),
  );
  const naptr = naptrServices.flatMap(([service, port, name, order]): ZoneRecord[] => {
    if (!hosts.some((host) => host[port] !== undefined)) return [];
    const data = `${order} 50 "s" "${name}" "" ${service}.${domain}.`;
    return [{ name: domain, type: "NAPTR", ttlSeconds, data, why: "which transports SIP has here" }];
  });
  return [...srv, ...naptr, ...addresses];
}

/** The records as lines for a zone file (RFC 1035 §5.1), in columns, each with its reason as a comment. */
export function zoneText(records: readonly ZoneRecord[]): string {
  const width = Math.max(0, ...records.map((record) => record.name.length + 1));
  const dataWidth = Math.max(0, ...records.map((record) => record.data.length));
  const typeWidth = Math.max(4, ...records.map((record) => record.type.length));
  return records
    .map(({ name, type, ttlSeconds, data, why }) => {
      const owner = `${name}.`.padEnd(width);
      return `${owner} ${ttlSeconds} IN ${type.padEnd(typeWidth)} ${data.padEnd(dataWidth)} ; ${why}\n`;
    })
    .join("");
}
