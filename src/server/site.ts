import type { Fault } from "../base/fault.ts";
import type { Fields, Level } from "../base/log.ts";
import { Wheel } from "../base/wheel.ts";
import type { World } from "../base/world.ts";
import type { Settings } from "./settings.ts";
import { Tally } from "./tally.ts";

/** A receiver that is behind. */
export interface Backlog {
  whenDrained(then: () => void): void;
}

/** What every part of one node shares: the doors, the wheel, the settings of the moment, the figures. */
export class Site {
  readonly world: World;
  readonly wheel: Wheel;
  readonly tally: Tally;
  settings: Settings;
  /**
   * Set by whoever finds, while a stanza is being routed, that too much already waits for its receiver; the connection the
   * stanza came on looks here afterwards and is read no further until that has drained.
   */
  backlog: Backlog | undefined;

  constructor(world: World, settings: Settings) {
    this.world = world;
    this.settings = settings;
    this.wheel = new Wheel(world.clock);
    this.tally = new Tally(world.metrics, this.wheel);
  }

  isLocal(domain: string): boolean {
    return (this.settings.domains as ReadonlyMap<string, unknown>).has(domain);
  }

  log(level: Level, what: string, fields?: Fields): void {
    this.world.log.write(level, "server", what, fields);
  }

  /** A store that fails is our trouble, not the reason to end the process: it is logged, and the caller goes on. */
  readonly storeFailed = (error: unknown): void => {
    this.log("error", "the store failed", { why: error instanceof Error ? error.message : String(error) });
  };

  stanzaError(failure: Fault): void {
    this.world.metrics.series("comity_stanza_errors_total", failure.code).add(1);
  }
}
