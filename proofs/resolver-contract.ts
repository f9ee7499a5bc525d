import assert from "node:assert/strict";
import { test } from "node:test";
import type { Resolver } from "../src/base/resolver.ts";
import { type Zone, zoneNegativeSeconds, zoneTtlSeconds } from "../src/dns/zone.ts";

/** One resolver with the world behind it, as the suite needs it. */
export type ResolverUnderTest = {
  readonly resolver: Resolver;
  /** How many questions left the resolver so far: what the cache answered does not count. */
  asked(): number;
  /** Lets time pass for the cache. */
  advance(seconds: number): void;
  /** Puts other records behind it. */
  publish(zone: Zone): void;
  close(): Promise<void>;
};

const target = { priority: 5, weight: 0, port: 5269, target: "xmpp.example.org" };

const zone: Zone = {
  "example.org": { A: ["192.0.2.1", "192.0.2.2"], AAAA: ["2001:db8::1"], TXT: ["hello world"] },
  "_xmpp-server._tcp.example.org": { SRV: [target, { ...target, priority: 10, port: 5270 }] },
  "_sip._tcp.example.org": { SRV: [{ priority: 0, weight: 0, port: 0, target: "." }] },
  "short.example.org": { A: ["192.0.2.3"], ttlSeconds: 7 },
  "ten-days.example.org": { A: ["192.0.2.4"], ttlSeconds: 864_000 },
  "volatile.example.org": { A: ["192.0.2.5"], ttlSeconds: 0 },
  "alias.example.org": { CNAME: "second.example.org", ttlSeconds: 20 },
  "second.example.org": { CNAME: "short.example.org", ttlSeconds: 10 },
  "dangling.example.org": { CNAME: "nowhere.example.org" },
  "ring.example.org": { CNAME: "ring.example.org" },
  "silent.example.org": { failing: "silent" },
  "broken.example.org": { failing: "servfail" },
  "naptr.example.org": {
    NAPTR: [
      { order: 50, preference: 5, flags: "s", services: "SIPS+D2T", regexp: "", replacement: "_sips._tcp.example.org" },
    ],
  },
  "_5269._tcp.xmpp.example.org": { TLSA: [{ usage: 3, selector: 1, matching: 1, data: Buffer.from("00ff10", "hex") }] },
};

/** What every resolver must do; `make` gives one over the zone. */
export function resolverContract(kind: string, make: (zone: Zone) => Promise<ResolverUnderTest>): void {
  const check = (name: string, body: (world: ResolverUnderTest) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      const world = await make(zone);
      try {
        await body(world);
      } finally {
        await world.close();
      }
    });

  check("every type comes with its data", async ({ resolver }) => {
    const a = await resolver.resolve("example.org", "A");
    assert.deepEqual(a.ok && [...a.value.records].sort(), ["192.0.2.1", "192.0.2.2"]);
    assert.equal(a.ok && a.value.ttlSeconds, zoneTtlSeconds);
    const aaaa = await resolver.resolve("example.org", "AAAA");
    assert.deepEqual(aaaa.ok && aaaa.value.records, ["2001:db8::1"]);
    const srv = await resolver.resolve("_xmpp-server._tcp.example.org", "SRV");
    assert.deepEqual(srv.ok && srv.value.records, [target, { ...target, priority: 10, port: 5270 }]);
    const txt = await resolver.resolve("example.org", "TXT");
    assert.deepEqual(txt.ok && txt.value.records, ["hello world"]);
    const naptr = await resolver.resolve("naptr.example.org", "NAPTR");
    assert.equal(naptr.ok && naptr.value.records[0]?.replacement, "_sips._tcp.example.org");
    const tlsa = await resolver.resolve("_5269._tcp.xmpp.example.org", "TLSA");
    assert.ok(tlsa.ok);
    assert.deepEqual(
      { ...tlsa.value.records[0] },
      { usage: 3, selector: 1, matching: 1, data: Buffer.from("00ff10", "hex") },
    );
  });

  check('a target "." stays "."', async ({ resolver }) => {
    const srv = await resolver.resolve("_sip._tcp.example.org", "SRV");
    assert.equal(srv.ok && srv.value.records[0]?.target, ".");
  });

  check("names compare without case", async ({ resolver, asked }) => {
    await resolver.resolve("Example.ORG", "A");
    const before = asked();
    assert.ok((await resolver.resolve("example.org", "A")).ok);
    assert.equal(asked(), before);
  });

  check("no such name and no such records are told apart", async ({ resolver }) => {
    const none = await resolver.resolve("nowhere.example.org", "A");
    assert.equal(!none.ok && none.fault.code, "dns-no-such-name");
    const noneOfType = await resolver.resolve("short.example.org", "AAAA");
    assert.equal(!noneOfType.ok && noneOfType.fault.code, "dns-no-records");
    // RFC 8020: a name between existing names exists.
    const between = await resolver.resolve("_tcp.example.org", "SRV");
    assert.equal(!between.ok && between.fault.code, "dns-no-records");
  });

  check("an answer is kept for its TTL, and counts down", async ({ resolver, asked, advance }) => {
    await resolver.resolve("short.example.org", "A");
    advance(5);
    const again = await resolver.resolve("short.example.org", "A");
    assert.equal(again.ok && again.value.ttlSeconds, 2);
    assert.equal(asked(), 1);
    advance(2);
    await resolver.resolve("short.example.org", "A");
    assert.equal(asked(), 2);
  });

  check("an answer is kept no longer than dnsCacheSecondsMax", async ({ resolver, asked, advance }) => {
    await resolver.resolve("ten-days.example.org", "A");
    advance(3601);
    await resolver.resolve("ten-days.example.org", "A");
    assert.equal(asked(), 2);
  });

  check("a TTL of zero is not kept", async ({ resolver, asked }) => {
    await resolver.resolve("volatile.example.org", "A");
    await resolver.resolve("volatile.example.org", "A");
    assert.equal(asked(), 2);
  });

  check("that there is nothing is kept for the negative TTL", async ({ resolver, asked, advance, publish }) => {
    await resolver.resolve("new.example.org", "A");
    publish({ "new.example.org": { A: ["192.0.2.9"] } });
    advance(zoneNegativeSeconds - 1);
    assert.equal((await resolver.resolve("new.example.org", "A")).ok, false);
    assert.equal(asked(), 1);
    advance(1);
    assert.equal((await resolver.resolve("new.example.org", "A")).ok, true);
  });

  check("flush forgets", async ({ resolver, publish }) => {
    await resolver.resolve("new.example.org", "A");
    publish({ "new.example.org": { A: ["192.0.2.9"] } });
    resolver.flush();
    assert.equal((await resolver.resolve("new.example.org", "A")).ok, true);
  });

  check("failures are not kept", async ({ resolver, asked, publish }) => {
    const failed = await resolver.resolve("broken.example.org", "A");
    assert.equal(!failed.ok && failed.fault.code, "dns-server-failure");
    publish({ "broken.example.org": { A: ["192.0.2.9"] } });
    const before = asked();
    assert.equal((await resolver.resolve("broken.example.org", "A")).ok, true);
    assert.equal(asked(), before + 1);
  });

  check("silence is a timeout", async ({ resolver }) => {
    const failed = await resolver.resolve("silent.example.org", "A");
    assert.equal(!failed.ok && failed.fault.code, "dns-timeout");
  });

  check("aliases are followed, and the shortest TTL counts", async ({ resolver }) => {
    const alias = await resolver.resolve("alias.example.org", "A");
    assert.deepEqual(alias.ok && alias.value.records, ["192.0.2.3"]);
    assert.equal(alias.ok && alias.value.ttlSeconds, 7);
    const dangling = await resolver.resolve("dangling.example.org", "A");
    assert.equal(!dangling.ok && dangling.fault.code, "dns-no-such-name");
    const ring = await resolver.resolve("ring.example.org", "A");
    assert.equal(ring.ok, false);
  });

  check("the same question asked at once is asked once", async ({ resolver, asked }) => {
    const all = await Promise.all([1, 2, 3].map(() => resolver.resolve("volatile.example.org", "A")));
    assert.deepEqual(
      all.map((one) => one.ok),
      [true, true, true],
    );
    assert.equal(asked(), 1);
  });

  check("what cannot be a DNS name does not exist", async ({ resolver }) => {
    for (const name of ["", "a..b", `${"x".repeat(64)}.org`, `${"abcdefg.".repeat(32)}org`]) {
      const answer = await resolver.resolve(name, "A");
      assert.equal(!answer.ok && answer.fault.code, "dns-no-such-name", name);
    }
  });
}
