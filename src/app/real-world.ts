import { hostname } from "node:os";
import type { Level } from "../base/log.ts";
import type { Resolver } from "../base/resolver.ts";
import type { Store } from "../base/store.ts";
import type { World } from "../base/world.ts";
import type { Config } from "../config/schema.ts";
import { localBus } from "../world/bus.ts";
import { systemClock } from "../world/clock.ts";
import { threadPoolDerive } from "../world/derive.ts";
import { type LogLevels, type ProcessLog, processLog } from "../world/log.ts";
import { type ProcessMetrics, processMetrics } from "../world/metrics.ts";
import { systemNetwork } from "../world/network.ts";
import { systemRandom } from "../world/random.ts";
import { StubResolver } from "../world/resolver.ts";

/** The doors of this process, and what only the process itself may do with them. */
export type RealWorld = {
  readonly world: World;
  readonly log: ProcessLog;
  readonly metrics: ProcessMetrics;
  /** Puts the log levels and DNS servers of another configuration in force. */
  adopt(config: Config): void;
};

export function realWorld(config: Config, store: Store): RealWorld {
  const clock = systemClock();
  const random = systemRandom();
  const log = openLog(config);
  const metrics = processMetrics();
  const resolverFor = (from: Config): Resolver =>
    new StubResolver({ limits: from.limits, clock, random, servers: from.dns.servers.map(serverText) });
  let resolver = resolverFor(config);
  const world: World = {
    bus: localBus(hostname()),
    clock,
    derive: threadPoolDerive(config.limits.hashingAtOnceMax),
    log,
    metrics,
    network: systemNetwork(clock),
    random,
    // Everybody keeps this door; what stands behind it may change.
    resolver: { resolve: (name, type) => resolver.resolve(name, type), flush: () => resolver.flush() },
    store,
  };
  return {
    world,
    log,
    metrics,
    adopt(next) {
      log.setLevels(levels(next));
      resolver = resolverFor(next);
    },
  };
}

export function openLog(config: Config): ProcessLog {
  const terminal = process.stdout.isTTY === true;
  const { form } = config.log;
  return processLog({
    levels: levels(config),
    form: form === "auto" ? (terminal ? "human" : "json") : form,
    colours: terminal && !process.env.NO_COLOR,
  });
}

function levels(config: Config): LogLevels {
  return { ...(config.log.rooms as Record<string, Level>), default: config.log.level };
}

function serverText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
