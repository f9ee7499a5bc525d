import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as packet from "dns-packet";
import { DnsServer } from "../../proofs/dns-server.ts";
import { type Limits, limitsWith } from "../base/limits.ts";
import type { Zone } from "../dns/zone.ts";
import { type ResolverOptions, StubResolver } from "./resolver.ts";

const zone: Zone = {
  "example.org": { A: ["192.0.2.1"] },
  "many.example.org": { A: Array.from({ length: 200 }, (_, at) => `192.0.2.${at}`) },
  "alias.example.org": { CNAME: "example.org", ttlSeconds: 20 },
  "listed.example.org": { A: ["192.0.2.99"], AAAA: ["2001:db8::99"] },
};

type Parts = Partial<ResolverOptions> & { readonly some?: Partial<Limits> };

/** Runs `body` with as many servers as asked for, all over the zone, and a resolver that knows them. */
async function withServers(
  count: number,
  body: (servers: readonly DnsServer[], make: (parts?: Parts) => StubResolver) => Promise<void>,
): Promise<void> {
  const servers = await Promise.all(Array.from({ length: count }, () => DnsServer.start(zone)));
  let id = 0;
  const make = ({ some = {}, ...parts }: Parts = {}) =>
    new StubResolver({
      limits: limitsWith({ dnsQueryMs: 80, ...some }),
      clock: { monotonicMs: () => 0 },
      random: { bytes: () => new Uint8Array([7, id++ % 256]) },
      servers: servers.map((server) => server.address),
      ...parts,
    });
  try {
    await body(servers, make);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

const first = async (resolver: StubResolver, name = "example.org") => {
  const found = await resolver.resolve(name, "A");
  return found.ok ? found.value.records[0] : found.fault.code;
};

test("an answer too long for UDP is fetched over TCP", () =>
  withServers(1, async ([server], make) => {
    const found = await make().resolve("many.example.org", "A");
    assert.equal(found.ok && found.value.records.length, 200);
    assert.deepEqual(server?.asked, ["udp A many.example.org", "tcp A many.example.org"]);
  }));

test("a server without EDNS is asked without", () =>
  withServers(1, async ([server], make) => {
    if (server !== undefined) server.behaviour = { knowsNoEdns: true };
    assert.equal(await first(make()), "192.0.2.1");
  }));

test("forged replies before the right one change nothing", () =>
  withServers(1, async ([server], make) => {
    const forge = (reply: Buffer, change: Partial<packet.Packet>) =>
      packet.encode({
        ...packet.decode(reply),
        answers: [{ type: "A", name: "example.org", data: "203.0.113.66" }],
        ...change,
      });
    if (server !== undefined) {
      server.behaviour = {
        before: (reply) => [
          forge(reply, { id: 1 }),
          forge(reply, { questions: [{ type: "A", name: "example.net" }] }),
          Buffer.from("garbage"),
        ],
      };
    }
    assert.equal(await first(make()), "192.0.2.1");
  }));

test("a damaged reply goes to the next server, and is told when there is none", () =>
  withServers(2, async ([one, two], make) => {
    if (one !== undefined)
      one.behaviour = { instead: (reply) => Buffer.concat([reply.subarray(0, 12), Buffer.alloc(30, 0xff)]) };
    assert.equal(await first(make()), "192.0.2.1");
    if (two !== undefined) two.behaviour = one?.behaviour ?? {};
    assert.equal(await first(make()), "dns-malformed");
  }));

test("SERVFAIL and REFUSED go to the next server, and are not asked again", () =>
  withServers(2, async ([one, two], make) => {
    if (one !== undefined) one.behaviour = { rcode: "REFUSED" };
    assert.equal(await first(make()), "192.0.2.1");
    if (two !== undefined) two.behaviour = { rcode: "SERVFAIL" };
    const failed = await make().resolve("example.org", "A");
    assert.equal(!failed.ok && failed.fault.code, "dns-server-failure");
    assert.equal(one?.asked.length, 2);
  }));

test("silence goes to the next server, dnsTriesMax times in all", () =>
  withServers(2, async ([one, two], make) => {
    if (one !== undefined) one.behaviour = { silent: true };
    assert.equal(await first(make()), "192.0.2.1");
    if (two !== undefined) two.behaviour = { silent: true };
    assert.equal(await first(make({ some: { dnsTriesMax: 3 } })), "dns-timeout");
  }));

test("a closed port is known at once and is named", () =>
  withServers(1, async ([server], make) => {
    const gone = await DnsServer.start({});
    const closed = gone.address;
    const resolver = make({ servers: [closed, server?.address ?? ""], some: { dnsQueryMs: 60_000 } });
    await gone.close();
    assert.equal(await first(resolver), "192.0.2.1");
    const failed = await make({ servers: [closed], some: { dnsQueryMs: 60_000 } }).resolve("example.org", "A");
    assert.ok(!failed.ok && failed.fault.code === "dns-timeout");
    assert.match(failed.fault.detail, /^127\.0\.0\.1 port \d+: ECONNREFUSED$/);
  }));

test("an alias whose end was not sent along is asked for", () =>
  withServers(1, async ([server], make) => {
    if (server !== undefined) server.behaviour = { halfAliases: true };
    const found = await make().resolve("alias.example.org", "A");
    assert.deepEqual(found.ok && found.value.records, ["192.0.2.1"]);
    assert.equal(found.ok && found.value.ttlSeconds, 20);
    assert.deepEqual(server?.asked, ["udp A alias.example.org", "udp A example.org"]);
  }));

test("AD is believed from servers the operator named", () =>
  withServers(1, async ([server], make) => {
    if (server !== undefined) server.behaviour = { authenticated: true };
    const found = await make().resolve("example.org", "A");
    assert.equal(found.ok && found.value.authenticated, true);
  }));

test("the hosts file and localhost come before DNS, and the file is followed as it changes", () =>
  withServers(1, async ([server], make) => {
    const folder = mkdtempSync(join(tmpdir(), "comity-hosts-"));
    try {
      const hostsPath = join(folder, "hosts");
      writeFileSync(hostsPath, "# table\n198.51.100.1 Listed.example.org other # here\nnot-an-address example.org\n");
      const resolver = make({ hostsPath });
      assert.equal(await first(resolver, "listed.example.org"), "198.51.100.1");
      const six = await resolver.resolve("listed.example.org", "AAAA");
      assert.equal(!six.ok && six.fault.code, "dns-no-records");
      assert.equal(await first(resolver, "localhost"), "127.0.0.1");
      assert.deepEqual(server?.asked, []);
      writeFileSync(hostsPath, "198.51.100.22 listed.example.org\n");
      assert.equal(await first(resolver, "listed.example.org"), "198.51.100.22");
      rmSync(hostsPath);
      assert.equal(await first(resolver, "listed.example.org"), "192.0.2.99");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }));

test("without servers of our own, those of resolv.conf are asked", () =>
  withServers(0, async (_, make) => {
    const folder = mkdtempSync(join(tmpdir(), "comity-resolv-"));
    try {
      const resolvConfPath = join(folder, "resolv.conf");
      writeFileSync(resolvConfPath, "search example.net\nnameserver 127.0.0.99\noptions edns0\n");
      const failed = await make({ servers: [], resolvConfPath, some: { dnsTriesMax: 1 } }).resolve("example.org", "A");
      assert.ok(!failed.ok);
      assert.match(failed.fault.detail, /^127\.0\.0\.99 port 53: /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }));

test("only so many questions are on the wire at once, and none is lost", () =>
  withServers(1, async ([server], make) => {
    const resolver = make({ some: { dnsQuestionsAtOnceMax: 3 } });
    const names = Array.from({ length: 20 }, (_, at) => `n${at}.example.org`);
    const found = await Promise.all(names.map((name) => resolver.resolve(name, "A")));
    assert.ok(found.every((one) => !one.ok && one.fault.code === "dns-no-such-name"));
    assert.equal(server?.asked.length, 20);
  }));

test("what was under way at a flush is not kept", () =>
  withServers(1, async ([server], make) => {
    const resolver = make();
    const early = resolver.resolve("example.org", "A");
    resolver.flush();
    await early;
    await resolver.resolve("example.org", "A");
    assert.equal(server?.asked.length, 2);
  }));
