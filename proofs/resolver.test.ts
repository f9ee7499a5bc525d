import { limitsWith } from "../src/base/limits.ts";
import { SimResolver } from "../src/sim/resolver.ts";
import { StubResolver } from "../src/world/resolver.ts";
import { DnsServer } from "./dns-server.ts";
import { resolverContract } from "./resolver-contract.ts";

const limits = limitsWith({ dnsQueryMs: 60, dnsTriesMax: 2 });

resolverContract("stub resolver", async (zone) => {
  const server = await DnsServer.start(zone);
  let nowMs = 1_000;
  let id = 0;
  const resolver = new StubResolver({
    limits,
    clock: { monotonicMs: () => nowMs },
    random: { bytes: () => new Uint8Array([1, id++ % 256]) },
    servers: [server.address],
  });
  return {
    resolver,
    asked: () => server.asked.length,
    advance: (seconds) => {
      nowMs += seconds * 1000;
    },
    publish: (changed) => {
      server.zone = changed;
    },
    close: () => server.close(),
  };
});

resolverContract("simulated resolver", async (zone) => {
  let nowMs = 1_000;
  const options = {
    zone,
    limits,
    clock: {
      monotonicMs: () => nowMs,
      after: (_ms: number, then: () => void) => {
        const soon = setImmediate(then);
        return () => clearImmediate(soon);
      },
    },
    random: { below: () => 50 },
  };
  const resolver = new SimResolver(options);
  return {
    resolver,
    asked: () => resolver.asked.length,
    advance: (seconds) => {
      nowMs += seconds * 1000;
    },
    publish: (changed) => {
      options.zone = changed;
    },
    close: async () => {},
  };
});
