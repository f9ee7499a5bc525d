import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import type { RecordType, Resolver, SrvData } from "../base/resolver.ts";
import { no, ok } from "../base/result.ts";
import { type TargetQuery, xmppTargets } from "./xmpp-targets.ts";
import { lookUp, type Zone } from "./zone.ts";

const srv = (target: string, port: number, priority = 0, weight = 0): SrvData => ({ priority, weight, port, target });

function resolverOver(zone: Zone, asked: string[] = [], authenticated = false): Resolver {
  return {
    resolve: async (name, type: RecordType) => {
      asked.push(`${type} ${name}`);
      const found = lookUp(zone, name, type);
      if (found.kind === "silent") return no(fault("dns-timeout", name));
      if (found.kind === "servfail") return no(fault("dns-server-failure", name));
      if (found.kind === "nothing") return no(fault(found.exists ? "dns-no-records" : "dns-no-such-name", name));
      return ok({ records: found.records, ttlSeconds: found.ttlSeconds, authenticated }) as never;
    },
    flush: () => {},
  };
}

/** The targets as text, "address:port host", with "tls" where it is direct; or the fault's code. */
async function targets(zone: Zone, query: Partial<TargetQuery> = {}, asked: string[] = []) {
  const resolver = resolverOver(zone, asked);
  const found = await xmppTargets(
    { domain: "example.org", service: "server", ...query },
    { resolver, random: { below: () => 0 } },
  );
  if (!found.ok) return found.fault.code;
  return found.value.map((one) => `${one.address}:${one.port} ${one.host} ${one.directTls ? "tls " : ""}${one.from}`);
}

test("RFC 6120 §3.2.1: SRV, in order of priority", async () => {
  const zone: Zone = {
    "_xmpp-server._tcp.example.org": { SRV: [srv("b.example.org", 5270, 20), srv("a.example.org", 5269, 10)] },
    "a.example.org": { A: ["192.0.2.1"] },
    "b.example.org": { A: ["192.0.2.2"] },
  };
  assert.deepEqual(await targets(zone), ["192.0.2.1:5269 a.example.org srv", "192.0.2.2:5270 b.example.org srv"]);
});

test("XEP-0368 §3: direct TLS and STARTTLS are mixed by priority", async () => {
  const zone: Zone = {
    "_xmpp-server._tcp.example.org": { SRV: [srv("a.example.org", 5269, 10), srv("a.example.org", 5279, 30)] },
    "_xmpps-server._tcp.example.org": { SRV: [srv("a.example.org", 5270, 20), srv("a.example.org", 443, 5)] },
    "a.example.org": { A: ["192.0.2.1"] },
  };
  assert.deepEqual(await targets(zone), [
    "192.0.2.1:443 a.example.org tls srv",
    "192.0.2.1:5269 a.example.org srv",
    "192.0.2.1:5270 a.example.org tls srv",
    "192.0.2.1:5279 a.example.org srv",
  ]);
});

test("several SRV targets with one address and different ports are different targets", async () => {
  const zone: Zone = {
    "_xmpp-server._tcp.example.org": { SRV: [srv("a.example.org", 5269, 1), srv("b.example.org", 5275, 2)] },
    "a.example.org": { A: ["192.0.2.1"] },
    "b.example.org": { A: ["192.0.2.1"] },
  };
  assert.deepEqual(await targets(zone), ["192.0.2.1:5269 a.example.org srv", "192.0.2.1:5275 b.example.org srv"]);
});

test("the same place twice is one target", async () => {
  const zone: Zone = {
    "_xmpp-server._tcp.example.org": { SRV: [srv("a.example.org", 5269, 1), srv("b.example.org", 5269, 2)] },
    "a.example.org": { A: ["192.0.2.1"] },
    "b.example.org": { A: ["192.0.2.1"] },
  };
  assert.deepEqual(await targets(zone), ["192.0.2.1:5269 a.example.org srv"]);
});

test("RFC 8305 §4: the families take turns, IPv6 first", async () => {
  const zone: Zone = {
    "_xmpp-server._tcp.example.org": { SRV: [srv("a.example.org", 5269)] },
    "a.example.org": { A: ["192.0.2.1", "192.0.2.2", "192.0.2.3"], AAAA: ["2001:db8::1", "2001:db8::2"] },
  };
  assert.deepEqual(
    ((await targets(zone)) as string[]).map((one) => one.replace(/:5269.*/, "")),
    ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"],
  );
});

test("RFC 6120 §3.2.2: addresses on 5269 only without SRV", async () => {
  const zone: Zone = { "example.org": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"] } };
  assert.deepEqual(await targets(zone), [
    "2001:db8::1:5269 example.org fallback",
    "192.0.2.1:5269 example.org fallback",
  ]);
  // A dead SRV target is no reason to fall back: the domain has said where its server is.
  const dead: Zone = { ...zone, "_xmpp-server._tcp.example.org": { SRV: [srv("gone.example.org", 5269)] } };
  const asked: string[] = [];
  assert.equal(await targets(dead, {}, asked), "dns-no-such-name");
  assert.ok(!asked.includes("A example.org"));
});

test('RFC 2782: the target "." says no', async () => {
  const refused: Zone = {
    "example.org": { A: ["192.0.2.1"] },
    "_xmpp-server._tcp.example.org": { SRV: [srv(".", 0)] },
  };
  assert.equal(await targets(refused), "dns-service-refused");
  const onlyDirect: Zone = {
    ...refused,
    "_xmpps-server._tcp.example.org": { SRV: [srv("a.example.org", 443)] },
    "a.example.org": { A: ["192.0.2.2"] },
  };
  assert.deepEqual(await targets(onlyDirect), ["192.0.2.2:443 a.example.org tls srv"]);
  const noDirect: Zone = {
    "example.org": { A: ["192.0.2.1"] },
    "_xmpps-server._tcp.example.org": { SRV: [srv(".", 0)] },
  };
  assert.deepEqual(await targets(noDirect), ["192.0.2.1:5269 example.org fallback"]);
});

test("a DNS failure is told as such, and is no reason to fall back", async () => {
  const zone: Zone = { "example.org": { A: ["192.0.2.1"] }, "_xmpp-server._tcp.example.org": { failing: "servfail" } };
  assert.equal(await targets(zone), "dns-server-failure");
  const oneFails: Zone = {
    "_xmpp-server._tcp.example.org": { SRV: [srv("a.example.org", 1, 1), srv("b.example.org", 2, 2)] },
    "a.example.org": { failing: "silent" },
    "b.example.org": { A: ["192.0.2.2"] },
  };
  assert.deepEqual(await targets(oneFails), ["192.0.2.2:2 b.example.org srv"]);
  assert.equal(await targets({ ...oneFails, "b.example.org": {} }), "dns-timeout");
  assert.equal(await targets({}), "dns-no-such-name");
  // Some servers fail on _xmpps-server only; that must not cost the domain.
  const odd: Zone = { "example.org": { A: ["192.0.2.1"] }, "_xmpps-server._tcp.example.org": { failing: "servfail" } };
  assert.deepEqual(await targets(odd), ["192.0.2.1:5269 example.org fallback"]);
});

test("RT-07: static routes stand in place of DNS, in the order given", async () => {
  const zone: Zone = {
    "_xmpp-server._tcp.example.org": { SRV: [srv("a.example.org", 5269)] },
    "a.example.org": { A: ["192.0.2.1"] },
    "gw.example.net": { A: ["192.0.2.7"], AAAA: ["2001:db8::7"] },
  };
  const staticRoutes = [
    { host: "198.51.100.1", port: 5299 },
    { host: "gw.example.net", port: 5270, directTls: true },
    { host: "[2001:db8::9]", port: 5269 },
  ];
  const asked: string[] = [];
  assert.deepEqual(await targets(zone, { staticRoutes }, asked), [
    "198.51.100.1:5299 198.51.100.1 static route",
    "2001:db8::7:5270 gw.example.net tls static route",
    "192.0.2.7:5270 gw.example.net tls static route",
    "2001:db8::9:5269 2001:db8::9 static route",
  ]);
  assert.deepEqual(asked.sort(), ["A gw.example.net", "AAAA gw.example.net"]);
});

test("clients have their own names and port", async () => {
  const zone: Zone = {
    "example.org": { A: ["192.0.2.1"] },
    "_xmpp-server._tcp.example.org": { SRV: [srv("a.example.org", 5269)] },
  };
  assert.deepEqual(await targets(zone, { service: "client" }), ["192.0.2.1:5222 example.org fallback"]);
});

test("a domain may be an address, or have letters beyond ASCII", async () => {
  const asked: string[] = [];
  assert.deepEqual(await targets({}, { domain: "192.0.2.8" }, asked), ["192.0.2.8:5269 192.0.2.8 fallback"]);
  assert.deepEqual(await targets({}, { domain: "[2001:db8::8]" }, asked), ["2001:db8::8:5269 2001:db8::8 fallback"]);
  assert.deepEqual(asked, []);
  const zone: Zone = { "xn--bcher-kva.example": { A: ["192.0.2.1"] } };
  assert.deepEqual(await targets(zone, { domain: "bücher.example" }), [
    "192.0.2.1:5269 xn--bcher-kva.example fallback",
  ]);
});

test("DNSSEC counts only when SRV and address both have it", async () => {
  const zone: Zone = {
    "_xmpp-server._tcp.example.org": { SRV: [srv("a.example.org", 5269)] },
    "a.example.org": { A: ["192.0.2.1"] },
  };
  const secure = resolverOver(zone, [], true);
  const securing = (only: RecordType): Resolver => ({
    resolve: (name, type) => (type === only ? secure : resolverOver(zone)).resolve(name, type),
    flush: () => {},
  });
  for (const [resolver, wanted] of [
    [secure, true],
    [securing("SRV"), false],
    [securing("A"), false],
  ] as const) {
    const found = await xmppTargets(
      { domain: "example.org", service: "server" },
      { resolver, random: { below: () => 0 } },
    );
    assert.equal(found.ok && found.value[0]?.authenticated, wanted);
  }
});
