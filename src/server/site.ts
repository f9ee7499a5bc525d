import type { DomainName } from "../base/domain-name.ts";
import type { Fault } from "../base/fault.ts";
import type { Fields, Level } from "../base/log.ts";
import { Wheel } from "../base/wheel.ts";
import type { World } from "../base/world.ts";
import { Denials } from "../federation/denial.ts";
import { guarded } from "../federation/guarded.ts";
import type { PartnerTable } from "../federation/partner.ts";
import type { Verdict } from "../pki/verdict.ts";
import { type Judge, rememberingJudge } from "../pki/verdict-cache.ts";
import type { Settings } from "./settings.ts";
import { Tally } from "./tally.ts";
import { Tracer } from "./tracer.ts";

/** A receiver that is behind. */
export interface Backlog {
  whenDrained(then: () => void): void;
}

/** What every part of one node shares: the doors, the wheel, the settings of the moment, the figures. */
export class Site {
  readonly world: World;
  readonly wheel: Wheel;
  readonly tally: Tally;
  readonly tracer: Tracer;
  /** The settings of the moment; its table of partners is `table` with what goes before it (`guarded`). */
  settings: Settings;
  /** The deny list. */
  denials = new Denials();
  /** Which foreign domains are reached over SIP. */
  overSip: (domain: string) => boolean = () => false;
  /**
   * Set by whoever finds, while a stanza is being routed, that too much already waits for its receiver; the connection the
   * stanza came on looks here afterwards and is read no further until that has drained.
   */
  backlog: Backlog | undefined;
  #table: PartnerTable;
  #judge: Judge;

  constructor(world: World, settings: Settings) {
    this.world = world;
    this.settings = this.#guarded(settings);
    this.#table = settings.partners;
    this.#judge = rememberingJudge(settings.trust, settings.limits);
    this.wheel = new Wheel(world.clock);
    this.tally = new Tally(world.metrics, this.wheel);
    this.tracer = new Tracer(world, this.wheel, () => this.settings.limits);
  }

  /** Partners over XMPP as they are configured. */
  get table(): PartnerTable {
    return this.#table;
  }

  /** Puts other settings in force. */
  adopt(settings: Settings): void {
    this.#judge = rememberingJudge(settings.trust, settings.limits);
    this.#table = settings.partners;
    this.settings = this.#guarded(settings);
  }

  /** Puts another deny list in force. */
  deny(denials: Denials): void {
    this.denials = denials;
    this.settings = this.#guarded({ ...this.settings, partners: this.#table });
  }

  /** Whether a chain the other end of a connection shows is trusted here and now; partners show the same one each time. */
  judge(chain: readonly Uint8Array[]): Verdict {
    return this.#judge(chain, this.world.clock.now());
  }

  /** Whether something may go to, or come from, a domain that has nothing configured but the policy for everybody. */
  may(domain: string, way: "in" | "out"): boolean {
    const policy = this.#table.policyFor(domain as DomainName);
    return (way === "in" ? policy.allowIn : policy.allowOut) && !this.denials.refuses(domain, way);
  }

  #guarded(settings: Settings): Settings {
    return { ...settings, partners: guarded(settings.partners, this.denials, (domain) => this.overSip(domain)) };
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
