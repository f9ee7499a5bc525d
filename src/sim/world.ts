import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Resolver } from "../base/resolver.ts";
import type { World } from "../base/world.ts";
import type { ZoneEntry } from "../dns/zone.ts";
import { SimBusHub } from "./bus.ts";
import { SimClock, SimTime } from "./clock.ts";
import { simDerive } from "./derive.ts";
import { SimLog } from "./log.ts";
import { SimMetrics } from "./metrics.ts";
import { SimNetwork } from "./network.ts";
import { calm, type Plan } from "./plan.ts";
import { SimRandom } from "./random.ts";
import { SimResolver } from "./resolver.ts";
import { SimDisk, SimStore } from "./store.ts";

export type SimHostOptions = {
  /** Its node name on the bus. */
  readonly name: string;
  /** The first is the one it connects from when nothing else is said. */
  readonly addresses: readonly string[];
  /** A resolver of its own, in place of the world's. */
  readonly resolver?: (doors: { readonly clock: Clock; readonly random: Random }) => Resolver;
  /** What its wall clock shows beyond the true time. */
  readonly skewMs?: number;
};

/** One process on one machine of a simulated world, from its start to its death. */
export interface SimHost {
  readonly name: string;
  readonly world: World;
  readonly clock: SimClock;
  readonly log: SimLog;
  readonly metrics: SimMetrics;
  /**
   * `kill -9`: nothing of it runs any more, its connections are reset, what its store had not promised is lost or not.
   * Joining its host again, by name, starts a new process on the same disk.
   */
  crash(): void;
}

/** Several hosts, one time, one network, one bus, one DNS: all from one seed, so that a run can be had again. */
export class SimWorld {
  readonly seed: number;
  readonly plan: Plan;
  readonly time: SimTime;
  readonly random: SimRandom;
  readonly network: SimNetwork;
  /** The DNS every host asks; may be added to while it runs. */
  readonly zone: Record<string, ZoneEntry> = {};
  readonly #bus: SimBusHub;
  readonly #disks = new Map<string, SimDisk>();

  constructor(seed: number, plan: Partial<Plan> = {}) {
    this.seed = seed;
    this.plan = { ...calm, ...plan };
    this.time = new SimTime({ eventsMax: this.plan.eventsMax });
    this.random = new SimRandom(seed);
    this.network = new SimNetwork(this.time, this.random.fork(), this.plan);
    this.#bus = new SimBusHub(this.plan.busMs);
  }

  /** Starts a process on the host of that name; a host known from before has its disk still. */
  host(options: SimHostOptions): SimHost {
    const { name, addresses } = options;
    let alive = true;
    const clock = new SimClock(this.time, () => alive);
    clock.skewMs = options.skewMs ?? 0;
    const disk = this.#disks.get(name) ?? new SimDisk();
    this.#disks.set(name, disk);
    const random = this.random.fork();
    const place = { addresses, clock };
    const log = new SimLog(clock);
    const metrics = new SimMetrics();
    const store = new SimStore({ disk, clock, random: this.random.fork(), plan: this.plan });
    const doors = { clock, random: this.random.fork() };
    const world: World = {
      bus: this.#bus.join({ node: name, clock, random: this.random.fork() }),
      clock,
      derive: simDerive(clock, this.plan.hashingMs),
      log,
      metrics,
      network: this.network.join(place),
      random,
      resolver: options.resolver?.(doors) ?? new SimResolver({ zone: this.zone, ...doors }),
      store,
    };
    const crash = (): void => {
      alive = false;
      this.network.kill(place);
      this.#bus.forget(name);
      store.crash();
    };
    return { name, world, clock, log, metrics, crash };
  }

  /** Runs until the promise has settled. */
  until<T>(promise: Promise<T>): Promise<T> {
    return this.time.until(promise);
  }

  /** Lets so much simulated time pass. */
  runFor(ms: number): Promise<void> {
    return this.time.runFor(ms);
  }
}

/** A world from a seed; `plan` says what may go wrong in it. */
export function simWorld(seed: number, plan: Partial<Plan> = {}): SimWorld {
  return new SimWorld(seed, plan);
}
