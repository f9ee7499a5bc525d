import { fault } from "../base/fault.ts";
import type { Random } from "../base/random.ts";
import type { Resolver, SrvData } from "../base/resolver.ts";
import { no, ok, type Result } from "../base/result.ts";
import { hostAddresses, saysNone, worst } from "./host-addresses.ts";
import { ipFamily, withoutBrackets } from "./ip-literal.ts";
import { dnsName } from "./name.ts";
import { orderSrv } from "./srv-order.ts";

/** A host or address and its port that an administrator named, in place of DNS. */
export type StaticRoute = { readonly host: string; readonly port: number; readonly directTls?: boolean };

/** One place to connect to, with how it was found. Two targets may share an address and differ in port. */
export type Target = {
  readonly address: string;
  readonly port: number;
  /** The name the address belongs to: an SRV target, a route's host, or the domain itself. */
  readonly host: string;
  /** TLS from the first byte (XEP-0368) instead of STARTTLS. */
  readonly directTls: boolean;
  readonly from: "static route" | "srv" | "fallback";
  /** SRV and address were vouched for by DNSSEC (RFC 7673 builds on it). */
  readonly authenticated: boolean;
};

export type TargetQuery = {
  /** The XMPP domain, in any form a JID may have it (U-labels, A-labels, an IP literal). */
  readonly domain: string;
  readonly service: "server" | "client";
  /** When there are any, they are used and DNS is not asked for the domain. */
  readonly staticRoutes?: readonly StaticRoute[];
};

/** SRV records of one domain that are looked at; a zone with more than that is a mistake or an attack. */
const srvRecordsMax = 20;

const services = {
  server: { starttls: "_xmpp-server._tcp", direct: "_xmpps-server._tcp", port: 5269 },
  client: { starttls: "_xmpp-client._tcp", direct: "_xmpps-client._tcp", port: 5222 },
} as const;

/**
 * Where to connect for a domain, in the order to try (RFC 6120 §3.2, XEP-0368 §3, RFC 8305 §4). At least one target, or
 * the fault that says why there is none: dns-service-refused, dns-no-records, dns-no-such-name, or what DNS failed with.
 */
export async function xmppTargets(
  query: TargetQuery,
  doors: { readonly resolver: Resolver; readonly random: Pick<Random, "below"> },
): Promise<Result<readonly Target[]>> {
  const { resolver, random } = doors;
  if (query.staticRoutes !== undefined && query.staticRoutes.length > 0) {
    return firstOf(query.staticRoutes.map((route) => hostTargets(resolver, { ...route, from: "static route" })));
  }
  const { starttls, direct, port } = services[query.service];
  const literal = withoutBrackets(query.domain);
  const fallback = { host: literal, port, from: "fallback" } as const;
  if (ipFamily(literal) !== undefined) return hostTargets(resolver, fallback);
  const domain = dnsName(query.domain);
  if (domain === undefined) return no(fault("dns-no-such-name", `${query.domain} is not a DNS name`));

  const [plain, secure] = await Promise.all([
    resolver.resolve(`${starttls}.${domain}`, "SRV"),
    resolver.resolve(`${direct}.${domain}`, "SRV"),
  ]);
  const wanted = [
    ...(secure.ok ? usable(secure.value.records, true, secure.value.authenticated) : []),
    ...(plain.ok ? usable(plain.value.records, false, plain.value.authenticated) : []),
  ];
  if (wanted.length > 0) {
    // XEP-0368 §3: direct TLS and STARTTLS records are one set; priorities and weights are mixed.
    const inOrder = orderSrv(wanted, (limit) => random.below(limit)).slice(0, srvRecordsMax);
    return firstOf(inOrder.map((record) => hostTargets(resolver, record)));
  }
  // RFC 2782: a sole record with the target "." says that the service is decidedly not available.
  if (plain.ok && plain.value.records.length > 0) return no(fault("dns-service-refused", domain));
  if (!plain.ok && !saysNone(plain.fault)) return no(plain.fault);
  // RFC 6120 §3.2.1 point 9, §3.2.2: A and AAAA only when there is no SRV record.
  return hostTargets(resolver, { ...fallback, host: domain });
}

type Host = StaticRoute & { readonly from: Target["from"]; readonly srvAuthenticated?: boolean };

function usable(records: readonly SrvData[], directTls: boolean, srvAuthenticated: boolean): (Host & SrvData)[] {
  return records
    .filter((record) => record.target !== "." && record.target !== "")
    .map((record) => ({ ...record, host: record.target, directTls, from: "srv", srvAuthenticated }));
}

/** One host's addresses as targets. */
async function hostTargets(resolver: Resolver, to: Host): Promise<Result<readonly Target[]>> {
  const found = await hostAddresses(resolver, to.host);
  if (!found.ok) return found;
  return ok(
    found.value.map(({ address, host, authenticated }) => ({
      address,
      port: to.port,
      host,
      directTls: to.directTls ?? false,
      from: to.from,
      authenticated: authenticated && (to.srvAuthenticated ?? true),
    })),
  );
}

/** All targets found, in order and each once; when there are none, the failure most worth telling. */
async function firstOf(lookups: readonly Promise<Result<readonly Target[]>>[]): Promise<Result<readonly Target[]>> {
  const found = await Promise.all(lookups);
  const once = new Map<string, Target>();
  for (const target of found.flatMap((one) => (one.ok ? one.value : []))) {
    const key = `${target.address} ${target.port} ${target.directTls}`;
    if (!once.has(key)) once.set(key, target);
  }
  if (once.size > 0) return ok([...once.values()]);
  const failed = found.flatMap((one) => (one.ok ? [] : [one.fault]));
  return no(worst(failed) ?? fault("dns-no-records"));
}
