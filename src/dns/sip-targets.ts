import { fault } from "../base/fault.ts";
import type { Random } from "../base/random.ts";
import type { NaptrData, Resolver } from "../base/resolver.ts";
import { no, ok, type Result } from "../base/result.ts";
import { hostAddresses, saysNone, worst } from "./host-addresses.ts";
import { ipFamily, withoutBrackets } from "./ip-literal.ts";
import { dnsName } from "./name.ts";
import { orderSrv } from "./srv-order.ts";

export type SipTransport = "udp" | "tcp" | "tls";

/** A place an administrator named, in place of DNS. Lower priorities go first; equal ones share by weight (RFC 2782). */
export type SipRoute = {
  readonly host: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly priority?: number;
  readonly weight?: number;
};

/** One place to send to, with how it was found. */
export type SipTarget = {
  readonly transport: SipTransport;
  readonly address: string;
  readonly port: number;
  /** The name the address belongs to: an SRV target, a route's host, or the asked host itself. */
  readonly host: string;
  /** What was asked for: the name a certificate must carry (RFC 5922 §7.1), wherever DNS has led. */
  readonly domain: string;
  /** "uri": an address or a port stood in it. */
  readonly from: "static route" | "federation srv" | "naptr" | "srv" | "uri" | "fallback";
  /** All records on the way were vouched for by DNSSEC. */
  readonly authenticated: boolean;
};

export type SipTargetQuery = {
  /** The URI's maddr where it has one, else its host (RFC 3263 §4): a name in any form, or an address. */
  readonly host: string;
  readonly port?: number | undefined;
  /** The URI's transport parameter. */
  readonly transport?: SipTransport | undefined;
  /** sips: nothing but TLS will do. */
  readonly secure: boolean;
  /** "federation": the record Microsoft's servers go by is asked for first. */
  readonly service: "any" | "federation";
  /** When there are any, they are used and DNS is not asked for the host. */
  readonly staticRoutes?: readonly SipRoute[];
  /** What may be used, in any order. */
  readonly allowed: readonly SipTransport[];
};

/** Records of one kind that are looked at; a zone with more than that is a mistake or an attack. */
const naptrRecordsMax = 20;
const srvRecordsMax = 20;

/** Where the domain leaves the choice to us, what is encrypted goes first, then what does not lose. */
const preferred = ["tls", "tcp", "udp"] as const;

const srvNames = { tls: "_sips._tcp", tcp: "_sip._tcp", udp: "_sip._udp" } as const;

/** RFC 3263 §4.1, RFC 3261 §19.1.2. */
const naptrServices: Readonly<Record<string, SipTransport>> = { "SIPS+D2T": "tls", "SIP+D2T": "tcp", "SIP+D2U": "udp" };

type Doors = { readonly resolver: Resolver; readonly random: Pick<Random, "below"> };
type Place = Pick<SipTarget, "transport" | "port" | "host" | "from"> & { readonly authenticated: boolean };

/**
 * Where to send a request, in the order to try (RFC 3263 §4). At least one target, or the fault that says why there is none:
 * dns-service-refused, dns-no-records, dns-no-such-name, what DNS failed with, or sip-send-failed where no transport both
 * sides allow is left.
 */
export async function sipTargets(query: SipTargetQuery, doors: Doors): Promise<Result<readonly SipTarget[]>> {
  const allowed = allowedBy(query);
  const domain = dnsName(withoutBrackets(query.host)) ?? query.host;
  const targetsOf = (places: readonly Place[]) => allOf(places, domain, doors.resolver);
  if (query.staticRoutes !== undefined && query.staticRoutes.length > 0) {
    const routes = query.staticRoutes
      .filter(({ transport }) => allowed.includes(transport))
      .map((route) => ({ priority: 0, weight: 0, ...route, from: "static route" as const, authenticated: true }));
    if (routes.length === 0) return no(fault("sip-send-failed", `no transport is left for ${query.host}`));
    return targetsOf(orderSrv(routes, (limit) => doors.random.below(limit)));
  }
  const [fallback] = allowed;
  if (fallback === undefined) return no(fault("sip-send-failed", `no transport is left for ${query.host}`));
  const straight = { transport: fallback, host: query.host, authenticated: true };
  // RFC 3263 §4.2: an address, or a port, leaves nothing to ask but the address.
  if (query.port !== undefined || ipFamily(withoutBrackets(query.host)) !== undefined) {
    return targetsOf([{ ...straight, port: query.port ?? portOf(fallback), from: "uri" }]);
  }
  if (dnsName(query.host) === undefined) return no(fault("dns-no-such-name", `${query.host} is not a DNS name`));
  const asked = await askedOf(query, domain, allowed, fallback, doors);
  if (!asked.ok) return asked;
  if (asked.value.length > 0) return targetsOf(asked.value.slice(0, srvRecordsMax));
  return targetsOf([{ ...straight, port: portOf(fallback), from: "fallback" }]);
}

/** What NAPTR and SRV say; empty when they say nothing, and the host's own addresses count. */
async function askedOf(
  query: SipTargetQuery,
  domain: string,
  allowed: readonly SipTransport[],
  fallback: SipTransport,
  doors: Doors,
): Promise<Result<readonly Place[]>> {
  if (query.service === "federation" && allowed.includes("tls")) {
    const found = await srvPlaces(`_sipfederationtls._tcp.${domain}`, "tls", "federation srv", true, doors);
    // A domain that says where federation goes does not mean its clients' door.
    if (found.ok || found.fault.code === "dns-service-refused") return found;
  }
  if (query.transport === undefined) {
    const pointed = await naptrPlaces(domain, allowed, doors);
    if (pointed !== undefined) return pointed;
  }
  const names = preferred.filter((transport) => allowed.includes(transport));
  const found = await Promise.all(
    names.map((transport) => srvPlaces(`${srvNames[transport]}.${domain}`, transport, "srv", true, doors)),
  );
  const places = found.flatMap((each) => (each.ok ? each.value : []));
  if (places.length > 0) return ok(places);
  // What failed, or was refused, for the transport we should fall back to is no reason to fall back.
  const own = found[names.indexOf(fallback)];
  return own !== undefined && !own.ok && !saysNone(own.fault) ? own : ok([]);
}

/** RFC 3263 §4.1: the NAPTR records we can follow, in order of order and preference; undefined when there are none. */
async function naptrPlaces(
  domain: string,
  allowed: readonly SipTransport[],
  doors: Doors,
): Promise<Result<readonly Place[]> | undefined> {
  const answer = await doors.resolver.resolve(domain, "NAPTR");
  // Servers and boxes between that choke on NAPTR are many; SRV says the same.
  if (!answer.ok) return undefined;
  const pointers = answer.value.records
    .slice(0, naptrRecordsMax)
    .flatMap((record) => pointerOf(record, allowed))
    .sort((a, b) => a.order - b.order || a.preference - b.preference);
  if (pointers.length === 0) return undefined;
  const { authenticated } = answer.value;
  const found = await Promise.all(
    pointers.map(({ name, transport }) => srvPlaces(name, transport, "naptr", authenticated, doors)),
  );
  const places = found.flatMap((each) => (each.ok ? each.value : []));
  if (places.length > 0) return ok(places);
  // The domain has said where its servers are: that these names lead nowhere is its answer.
  return no(worst(found.flatMap((each) => (each.ok ? [] : [each.fault]))) ?? fault("dns-no-records", domain));
}

type Pointer = Pick<NaptrData, "order" | "preference"> & { readonly name: string; readonly transport: SipTransport };

function pointerOf(record: NaptrData, allowed: readonly SipTransport[]): Pointer[] {
  const transport = naptrServices[record.services.toUpperCase()];
  const name = dnsName(record.replacement);
  const fits = record.flags.toLowerCase() === "s" && record.regexp === "" && name !== undefined;
  if (transport === undefined || !fits || !allowed.includes(transport)) return [];
  return [{ order: record.order, preference: record.preference, name, transport }];
}

async function srvPlaces(
  name: string,
  transport: SipTransport,
  from: Place["from"],
  sure: boolean,
  { resolver, random }: Doors,
): Promise<Result<readonly Place[]>> {
  const answer = await resolver.resolve(name, "SRV");
  if (!answer.ok) return answer;
  const { records } = answer.value;
  const usable = records.filter(({ target }) => target !== "." && target !== "");
  // RFC 2782: a sole record with the target "." says that the service is decidedly not available.
  if (usable.length === 0) return no(fault("dns-service-refused", name));
  const authenticated = answer.value.authenticated && sure;
  return ok(
    orderSrv(usable, (limit) => random.below(limit))
      .slice(0, srvRecordsMax)
      .map(({ target, port }) => ({ transport, host: target, port, from, authenticated })),
  );
}

/** The addresses of all places, in order and each once; when there are none, the failure most worth telling. */
async function allOf(
  places: readonly Place[],
  domain: string,
  resolver: Resolver,
): Promise<Result<readonly SipTarget[]>> {
  const found = await Promise.all(places.map(({ host }) => hostAddresses(resolver, host)));
  const once = new Map<string, SipTarget>();
  for (const [at, { transport, port, from, authenticated }] of places.entries()) {
    const answer = found[at];
    if (answer === undefined || !answer.ok) continue;
    for (const each of answer.value) {
      const key = `${transport} ${each.address} ${port}`;
      const target = { transport, port, domain, from, ...each, authenticated: authenticated && each.authenticated };
      if (!once.has(key)) once.set(key, target);
    }
  }
  if (once.size > 0) return ok([...once.values()]);
  return no(worst(found.flatMap((each) => (each.ok ? [] : [each.fault]))) ?? fault("dns-no-records"));
}

/**
 * The transports left by the URI and by our own rules, the one to use without any record first: UDP for sip, TLS for sips
 * (RFC 3263 §4.1).
 */
function allowedBy({ secure, transport, allowed }: SipTargetQuery): readonly SipTransport[] {
  const wish = ["udp", "tcp", "tls"] as const;
  // RFC 3261 §26.2.2: over sips, transport=tcp means TLS over TCP; there is no TLS over UDP here.
  const wanted = secure && transport === "tcp" ? "tls" : transport;
  return wish.filter(
    (each) => allowed.includes(each) && (!secure || each === "tls") && (wanted === undefined || each === wanted),
  );
}

function portOf(transport: SipTransport): number {
  return transport === "tls" ? 5061 : 5060;
}
