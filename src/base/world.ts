import type { Bus } from "./bus.ts";
import type { Clock } from "./clock.ts";
import type { Derive } from "./derive.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { Resolver } from "./resolver.ts";
import type { Store } from "./store.ts";

/** Everything outside the program, as doors. Two makers: `world/` for the real one, `sim/` for one made from a seed. */
export type World = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly derive: Derive;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly network: Network;
  readonly random: Random;
  readonly resolver: Resolver;
  readonly store: Store;
};
