import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import type { NaptrData, RecordType, Resolver, SrvData } from "../base/resolver.ts";
import { no, ok } from "../base/result.ts";
import { type SipTargetQuery, sipTargets } from "./sip-targets.ts";
import { lookUp, type Zone } from "./zone.ts";

const srv = (target: string, port: number, priority = 0, weight = 0): SrvData => ({ priority, weight, port, target });

const naptr = (order: number, services: string, replacement: string, changes: Partial<NaptrData> = {}): NaptrData => ({
  order,
  preference: 50,
  flags: "s",
  services,
  regexp: "",
  replacement,
  ...changes,
});

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

const plain: SipTargetQuery = {
  host: "example.org",
  secure: false,
  service: "any",
  allowed: ["udp", "tcp", "tls"],
};

/** The targets as text, "transport address:port host from"; or the fault's code. */
async function targets(zone: Zone, query: Partial<SipTargetQuery> = {}, asked: string[] = []) {
  const doors = { resolver: resolverOver(zone, asked), random: { below: () => 0 } };
  const found = await sipTargets({ ...plain, ...query }, doors);
  if (!found.ok) return found.fault.code;
  return found.value.map((one) => `${one.transport} ${one.address}:${one.port} ${one.host} ${one.from}`);
}

/** Three servers; each test says how they are found. */
const hosts: Zone = {
  "example.org": { A: ["192.0.2.9"], AAAA: ["2001:db8::9"] },
  "a.example.org": { A: ["192.0.2.1"] },
  "b.example.org": { A: ["192.0.2.2"] },
  "c.example.net": { A: ["192.0.2.3"] },
};

/** RFC 3263 §4.1: the example, but for its sole SRV record. */
const rfc: Zone = {
  "example.com": {
    NAPTR: [
      naptr(50, "SIPS+D2T", "_sips._tcp.example.com"),
      naptr(90, "SIP+D2T", "_sip._tcp.example.com"),
      naptr(100, "SIP+D2U", "_sip._udp.example.com"),
    ],
  },
  "_sips._tcp.example.com": { SRV: [srv("server3.example.com", 5061, 0, 1)] },
  "_sip._tcp.example.com": { SRV: [srv("server1.example.com", 5060, 0, 1), srv("server2.example.com", 5060, 0, 2)] },
  "_sip._udp.example.com": { SRV: [srv("server1.example.com", 5060, 0, 1)] },
  "server1.example.com": { A: ["192.0.2.11"] },
  "server2.example.com": { A: ["192.0.2.12"] },
  "server3.example.com": { A: ["192.0.2.13"] },
};

test("RFC 3263 §4.1: NAPTR says which transports, in order; the client discards what it cannot do", async () => {
  const host = "example.com";
  const tcp = ["tcp 192.0.2.11:5060 server1.example.com naptr", "tcp 192.0.2.12:5060 server2.example.com naptr"];
  assert.deepEqual(await targets(rfc, { host }), [
    "tls 192.0.2.13:5061 server3.example.com naptr",
    ...tcp,
    "udp 192.0.2.11:5060 server1.example.com naptr",
  ]);
  assert.deepEqual(await targets(rfc, { host, allowed: ["tcp", "udp"] }), [
    ...tcp,
    "udp 192.0.2.11:5060 server1.example.com naptr",
  ]);
  assert.deepEqual(await targets(rfc, { host, secure: true }), ["tls 192.0.2.13:5061 server3.example.com naptr"]);
});

test("NAPTR records are read without case, by order before preference; others on the name mean nothing", async () => {
  const zone: Zone = {
    ...hosts,
    "example.org": {
      ...hosts["example.org"],
      NAPTR: [
        naptr(10, "SIP+D2S", "_sip._sctp.example.org"),
        naptr(10, "E2U+sip", "", { flags: "u", regexp: "!^.*$!sip:info@example.org!" }),
        naptr(10, "SIP+D2T", "_wrong._tcp.example.org", { flags: "a" }),
        naptr(10, "SIP+D2T", "", {}),
        naptr(20, "sip+d2u", "_u.example.org", { preference: 10, flags: "S" }),
        naptr(20, "sips+d2t", "_s.example.org", { preference: 5 }),
        naptr(15, "SIP+d2T", "_t.example.org", { preference: 100 }),
      ],
    },
    "_t.example.org": { SRV: [srv("a.example.org", 1)] },
    "_s.example.org": { SRV: [srv("b.example.org", 2)] },
    "_u.example.org": { SRV: [srv("c.example.net", 3)] },
  };
  assert.deepEqual(await targets(zone), [
    "tcp 192.0.2.1:1 a.example.org naptr",
    "tls 192.0.2.2:2 b.example.org naptr",
    "udp 192.0.2.3:3 c.example.net naptr",
  ]);
});

test("NAPTR records that lead nowhere are the domain's answer; those we cannot follow are none", async () => {
  const srvs: Zone = { ...hosts, "_sip._udp.example.org": { SRV: [srv("a.example.org", 5060)] } };
  const withNaptr = (record: NaptrData): Zone => ({
    ...srvs,
    "example.org": { ...hosts["example.org"], NAPTR: [record] },
  });
  assert.equal(await targets(withNaptr(naptr(1, "SIP+D2U", "_gone.example.org"))), "dns-no-such-name");
  const found = ["udp 192.0.2.1:5060 a.example.org srv"];
  assert.deepEqual(await targets(withNaptr(naptr(1, "SIP+D2W", "_sip._ws.example.org"))), found);
  assert.deepEqual(await targets({ ...srvs, "example.org": {} }), found);
});

test("a server that chokes on NAPTR is asked for SRV", async () => {
  const zone: Zone = { ...hosts, "_sip._tcp.example.org": { SRV: [srv("a.example.org", 5060)] } };
  const choking: Resolver = {
    resolve: (name, type) =>
      type === "NAPTR" ? Promise.resolve(no(fault("dns-timeout"))) : resolverOver(zone).resolve(name, type),
    flush: () => {},
  };
  const found = await sipTargets(plain, { resolver: choking, random: { below: () => 0 } });
  assert.equal(found.ok && found.value[0]?.transport, "tcp");
});

test("§4.1: without NAPTR the transports with SRV records, TLS first, each in order of priority", async () => {
  const zone: Zone = {
    ...hosts,
    "_sip._udp.example.org": { SRV: [srv("a.example.org", 5060)] },
    "_sip._tcp.example.org": { SRV: [srv("b.example.org", 5070, 20), srv("a.example.org", 5060, 10)] },
    "_sips._tcp.example.org": { SRV: [srv("c.example.net", 5061)] },
  };
  const all = [
    "tls 192.0.2.3:5061 c.example.net srv",
    "tcp 192.0.2.1:5060 a.example.org srv",
    "tcp 192.0.2.2:5070 b.example.org srv",
    "udp 192.0.2.1:5060 a.example.org srv",
  ];
  assert.deepEqual(await targets(zone), all);
  assert.deepEqual(await targets(zone, { allowed: ["udp", "tcp"] }), all.slice(1));
  assert.deepEqual(await targets(zone, { secure: true }), all.slice(0, 1));
});

test("§4.2: a transport in the URI leaves its SRV record, and then the host's own addresses", async () => {
  const zone: Zone = {
    ...hosts,
    "example.org": { ...hosts["example.org"], NAPTR: [naptr(1, "SIP+D2U", "_sip._udp.example.org")] },
    "_sip._udp.example.org": { SRV: [srv("a.example.org", 5080)] },
    "_sips._tcp.example.org": { SRV: [srv("b.example.org", 5081)] },
  };
  const asked: string[] = [];
  assert.deepEqual(await targets(zone, { transport: "udp" }, asked), ["udp 192.0.2.1:5080 a.example.org srv"]);
  assert.ok(!asked.some((question) => question.startsWith("NAPTR")));
  assert.deepEqual(await targets(zone, { transport: "tcp" }), [
    "tcp 2001:db8::9:5060 example.org fallback",
    "tcp 192.0.2.9:5060 example.org fallback",
  ]);
  assert.deepEqual(await targets(zone, { transport: "tls" }), ["tls 192.0.2.2:5081 b.example.org srv"]);
  assert.deepEqual(await targets(zone, { transport: "tcp", secure: true }), ["tls 192.0.2.2:5081 b.example.org srv"]);
});

test("§4.1, §4.2: without any record, UDP on 5060 for sip and TLS on 5061 for sips, at the host itself", async () => {
  assert.deepEqual(await targets(hosts), [
    "udp 2001:db8::9:5060 example.org fallback",
    "udp 192.0.2.9:5060 example.org fallback",
  ]);
  assert.deepEqual((await targets(hosts, { secure: true }))[0], "tls 2001:db8::9:5061 example.org fallback");
  assert.deepEqual((await targets(hosts, { allowed: ["tls", "tcp"] }))[0], "tcp 2001:db8::9:5060 example.org fallback");
  assert.deepEqual((await targets(hosts, { allowed: ["tls"] }))[0], "tls 2001:db8::9:5061 example.org fallback");
});

/** RFC 3263 §4.1, §4.2: what leaves nothing to ask DNS for but addresses. */
const straight: readonly (readonly [Partial<SipTargetQuery>, string])[] = [
  [{ host: "192.0.2.8" }, "udp 192.0.2.8:5060 192.0.2.8 uri"],
  [{ host: "192.0.2.8", secure: true }, "tls 192.0.2.8:5061 192.0.2.8 uri"],
  [{ host: "192.0.2.8", transport: "tcp" }, "tcp 192.0.2.8:5060 192.0.2.8 uri"],
  [{ host: "192.0.2.8", transport: "tls", port: 5071 }, "tls 192.0.2.8:5071 192.0.2.8 uri"],
  [{ host: "[2001:db8::8]" }, "udp 2001:db8::8:5060 2001:db8::8 uri"],
  [{ host: "2001:db8::8", port: 5070 }, "udp 2001:db8::8:5070 2001:db8::8 uri"],
  [{ host: "192.0.2.8", allowed: ["tls", "tcp"] }, "tcp 192.0.2.8:5060 192.0.2.8 uri"],
  [{ host: "a.example.org", port: 5070 }, "udp 192.0.2.1:5070 a.example.org uri"],
  [{ host: "a.example.org", port: 5070, secure: true }, "tls 192.0.2.1:5070 a.example.org uri"],
  [{ host: "A.Example.ORG.", port: 5070, transport: "tcp" }, "tcp 192.0.2.1:5070 a.example.org uri"],
];

for (const [query, wanted] of straight) {
  test(`${JSON.stringify(query)}: ${wanted}`, async () => {
    const asked: string[] = [];
    assert.deepEqual(await targets(hosts, query, asked), [wanted]);
    assert.ok(asked.every((question) => /^A{1,4} /.test(question)));
  });
}

test("what the URI wants and we may not do, or nobody does, is refused before DNS is asked", async () => {
  const asked: string[] = [];
  for (const query of [
    { transport: "udp", secure: true },
    { transport: "udp", allowed: ["tls", "tcp"] },
    { secure: true, allowed: ["udp", "tcp"] },
    { host: "192.0.2.8", allowed: [] },
    { staticRoutes: [{ host: "a.example.org", port: 5060, transport: "udp" }], secure: true },
  ] as const) {
    assert.equal(await targets(hosts, query, asked), "sip-send-failed");
  }
  assert.deepEqual(asked, []);
});

test("federation: the record Microsoft's servers go by, and only without it the others", async () => {
  const zone: Zone = {
    ...hosts,
    "_sipfederationtls._tcp.example.org": { SRV: [srv("c.example.net", 5061, 100, 1)] },
    "_sips._tcp.example.org": { SRV: [srv("a.example.org", 5061)] },
  };
  const federation = { service: "federation", allowed: ["tls"] } as const;
  const wanted = ["tls 192.0.2.3:5061 c.example.net federation srv"];
  assert.deepEqual(await targets(zone, federation), wanted);
  assert.deepEqual(await targets(zone, { ...federation, allowed: ["udp", "tls"] }), wanted);
  const withoutIt = ["tls 192.0.2.1:5061 a.example.org srv"];
  assert.deepEqual(await targets(zone), withoutIt, "clients do not look at it");
  for (const entry of [{}, { failing: "servfail" as const }]) {
    const other: Zone = { ...zone, "_sipfederationtls._tcp.example.org": entry };
    assert.deepEqual(await targets(other, federation), withoutIt);
  }
  const refused: Zone = { ...zone, "_sipfederationtls._tcp.example.org": { SRV: [srv(".", 0)] } };
  assert.equal(await targets(refused, federation), "dns-service-refused");
  assert.equal((await targets(hosts, federation))[0], "tls 2001:db8::9:5061 example.org fallback");
});

test("static routes stand in place of DNS: by priority, else as they are written; those not allowed are passed over", async () => {
  const staticRoutes = [
    { host: "198.51.100.1", port: 5299, transport: "tcp" },
    { host: "b.example.org", port: 5061, transport: "tls" },
    { host: "[2001:db8::7]", port: 5060, transport: "udp" },
  ] as const;
  const asked: string[] = [];
  const written = [
    "tcp 198.51.100.1:5299 198.51.100.1 static route",
    "tls 192.0.2.2:5061 b.example.org static route",
    "udp 2001:db8::7:5060 2001:db8::7 static route",
  ];
  assert.deepEqual(await targets(hosts, { staticRoutes }, asked), written);
  assert.deepEqual(asked.sort(), ["A b.example.org", "AAAA b.example.org"]);
  assert.deepEqual(await targets(hosts, { staticRoutes, secure: true }), written.slice(1, 2));
  const [first, second, third] = staticRoutes;
  const sorted = [{ ...first, priority: 3 }, { ...second, priority: 1 }, third];
  assert.deepEqual(await targets(hosts, { staticRoutes: sorted }), [written[2], written[1], written[0]]);
});

test("§4.3, RFC 2782: equals share by weight", async () => {
  const zone: Zone = {
    ...hosts,
    "_sip._udp.example.org": { SRV: [srv("a.example.org", 5060, 0, 10), srv("b.example.org", 5060, 0, 90)] },
  };
  const firstOf = async (mark: number) => {
    const doors = { resolver: resolverOver(zone), random: { below: () => mark } };
    const found = await sipTargets(plain, doors);
    return found.ok && found.value[0]?.host;
  };
  assert.equal(await firstOf(5), "a.example.org");
  assert.equal(await firstOf(50), "b.example.org");
});

test('RFC 2782: the target "." says no to its transport, and to falling back to it', async () => {
  const refusing: Zone = { ...hosts, "_sip._udp.example.org": { SRV: [srv(".", 0)] } };
  assert.equal(await targets(refusing), "dns-service-refused");
  const other: Zone = { ...refusing, "_sip._tcp.example.org": { SRV: [srv("a.example.org", 5060)] } };
  assert.deepEqual(await targets(other), ["tcp 192.0.2.1:5060 a.example.org srv"]);
  const noTls: Zone = { ...hosts, "_sips._tcp.example.org": { SRV: [srv(".", 0)] } };
  assert.equal((await targets(noTls))[0], "udp 2001:db8::9:5060 example.org fallback");
});

test("a DNS failure is told as such, and is no reason to fall back", async () => {
  assert.equal(await targets({ ...hosts, "_sip._udp.example.org": { failing: "servfail" } }), "dns-server-failure");
  const odd: Zone = { ...hosts, "_sips._tcp.example.org": { failing: "silent" } };
  assert.equal((await targets(odd))[0], "udp 2001:db8::9:5060 example.org fallback");
  const half: Zone = {
    ...hosts,
    "_sip._tcp.example.org": { SRV: [srv("a.example.org", 5060, 1), srv("b.example.org", 5060, 2)] },
    "a.example.org": { failing: "silent" },
  };
  assert.deepEqual(await targets(half), ["tcp 192.0.2.2:5060 b.example.org srv"]);
  assert.equal(await targets({ ...half, "b.example.org": {} }), "dns-timeout");
  assert.equal(await targets({}), "dns-no-such-name");
  assert.equal(await targets(hosts, { host: "a..b" }), "dns-no-such-name");
});

test("the same place twice is one target; with another transport it is another", async () => {
  const zone: Zone = {
    ...hosts,
    "_sip._udp.example.org": { SRV: [srv("a.example.org", 5060, 1), srv("a.example.org", 5060, 2)] },
    "_sip._tcp.example.org": { SRV: [srv("a.example.org", 5060)] },
  };
  assert.deepEqual(await targets(zone), [
    "tcp 192.0.2.1:5060 a.example.org srv",
    "udp 192.0.2.1:5060 a.example.org srv",
  ]);
});

test("a zone with a thousand records costs no more than one with twenty", async () => {
  const many = Array.from({ length: 1_000 }, (_, n) => n);
  const zone: Zone = {
    "example.org": { NAPTR: many.map((n) => naptr(n, "SIP+D2U", `_sip${n}.example.org`)) },
    ...Object.fromEntries(
      many.map((n) => [
        `_sip${n}.example.org`,
        { SRV: many.slice(0, 50).map((m) => srv(`h${n}x${m}.example.org`, 5060, m)) },
      ]),
    ),
  };
  const asked: string[] = [];
  assert.equal(await targets(zone, {}, asked), "dns-no-such-name");
  assert.equal(asked.length, 1 + 20 + 20 * 2);
});

test("every target says for which domain it was found, in A-labels", async () => {
  const zone: Zone = {
    "_sips._tcp.xn--bcher-kva.example": { SRV: [srv("a.example.org", 5061)] },
    "a.example.org": { A: ["192.0.2.1"] },
  };
  const doors = { resolver: resolverOver(zone), random: { below: () => 0 } };
  const found = await sipTargets({ ...plain, host: "bücher.example" }, doors);
  assert.deepEqual(found.ok && found.value.map(({ host, domain }) => [host, domain]), [
    ["a.example.org", "xn--bcher-kva.example"],
  ]);
});

test("DNSSEC counts only when every record on the way has it", async () => {
  const secure = resolverOver(rfc, [], true);
  const without = (type: RecordType): Resolver => ({
    resolve: (name, asked) => (asked === type ? resolverOver(rfc) : secure).resolve(name, asked),
    flush: () => {},
  });
  for (const [resolver, wanted] of [
    [secure, true],
    [without("NAPTR"), false],
    [without("SRV"), false],
    [without("A"), false],
  ] as const) {
    const found = await sipTargets({ ...plain, host: "example.com" }, { resolver, random: { below: () => 0 } });
    assert.equal(found.ok && found.value[0]?.authenticated, wanted);
  }
});
