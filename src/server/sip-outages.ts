import type { Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import type { Flow } from "./sip-flow.ts";
import type { Site } from "./site.ts";

/** The first look for a partner that is lost comes after so long, each further one after twice the time. */
const firstLookMs = 1_000;
/** A partner that comes and goes is not asked for everything each time it comes. */
const quietMs = 10_000;

/** Whoever waits for a partner to be there again: it is, and theirs is the turn after so many milliseconds. */
export interface Waiting {
  back(inMs: number): void;
}

/** What is to be known of a partner. */
export type OutageDoors = {
  readonly site: Site;
  /** Whether a connection to it stands. */
  readonly stands: (domain: string) => boolean;
  /** A connection to it, the one that stands or a new one; undefined: it is a partner no more. */
  readonly reach: (domain: string) => Promise<Result<Flow>> | undefined;
  /** Requests a second it is sent at most. */
  readonly rate: (domain: string) => number;
};

type Outage = {
  readonly domain: string;
  readonly waiting: Set<Waiting>;
  readonly alarm: Alarm;
  beganMs: number;
  nextMs: number;
  looking: boolean;
  /** Looked for in vain, which the operator was told. */
  away: boolean;
  /** Just over; whoever waits again meanwhile waits for the alarm. */
  quiet: boolean;
  /** Proved since it was last looked for. */
  again: boolean;
};

/**
 * Partners that are lost or do not answer, as long as somebody waits for them: one of us looks for each, ever more seldom, and
 * whatever connection of theirs is proved meanwhile, whoever opened it, is looked at once (sip-wire 1.2, 2.2). When a
 * partner is reached, all who wait have their turn, at the partner's pace.
 */
export class SipOutages {
  readonly #doors: OutageDoors;
  readonly #outages = new Map<string, Outage>();

  constructor(doors: OutageDoors) {
    this.#doors = doors;
  }

  /** Somebody waits for the partner from now on. */
  wait(domain: string, who: Waiting): void {
    const outage = this.#outages.get(domain) ?? this.#begin(domain);
    const isFirst = outage.waiting.size === 0;
    outage.waiting.add(who);
    const isSeenTo = outage.looking || outage.quiet || (outage.alarm.isSet && !isFirst);
    // Whose connection stands is not looked for: what it does not answer has another cause, and has its own rest.
    if (!isSeenTo && !this.#doors.stands(domain)) this.#later(outage);
  }

  /** Somebody waits no more. They may again in a moment: they ask on their own. */
  forget(domain: string, who: Waiting): void {
    const outage = this.#outages.get(domain);
    if (outage === undefined || !outage.waiting.delete(who)) return;
    const { wheel } = this.#doors.site;
    if (outage.waiting.size === 0 && !outage.looking && !outage.alarm.isSet) wheel.set(outage.alarm, quietMs);
  }

  /** The last connection to the partner is gone. */
  lost(domain: string): void {
    const outage = this.#outages.get(domain);
    if (outage !== undefined && !outage.looking && !outage.alarm.isSet) this.#later(outage);
  }

  /** A connection has just been proved to be the partner's. */
  proved(domain: string): void {
    const outage = this.#outages.get(domain);
    if (outage === undefined) return;
    outage.again = true;
    outage.nextMs = firstLookMs;
    if (!outage.quiet && !outage.looking) this.#look(outage);
  }

  /** For how long a partner has been looked for in vain, in milliseconds; undefined: it is not. */
  awayMs(domain: string): number | undefined {
    const outage = this.#outages.get(domain);
    return outage?.away === true ? this.#now - outage.beganMs : undefined;
  }

  /** The node stops. */
  end(): void {
    for (const outage of this.#outages.values()) this.#drop(outage);
  }

  get #now(): number {
    return this.#doors.site.world.clock.monotonicMs();
  }

  #begin(domain: string): Outage {
    const outage: Outage = {
      domain,
      waiting: new Set(),
      alarm: new Alarm(() => this.#rang(outage)),
      beganMs: this.#now,
      nextMs: firstLookMs,
      looking: false,
      away: false,
      quiet: false,
      again: false,
    };
    this.#outages.set(domain, outage);
    return outage;
  }

  #rang(outage: Outage): void {
    const { quiet, again, domain } = outage;
    outage.quiet = false;
    if (outage.waiting.size === 0) this.#drop(outage);
    else if ((quiet && again) || !this.#doors.stands(domain)) this.#look(outage);
    // What was under way when it was over may have failed of it all the same: once more, and then each has its own rest.
    else if (quiet) this.#release(outage);
  }

  #look(outage: Outage): void {
    const { domain } = outage;
    const { site, reach } = this.#doors;
    outage.looking = true;
    site.wheel.clear(outage.alarm);
    const reaching = reach(domain);
    if (reaching === undefined) this.#drop(outage);
    else reaching.then((reached) => this.#looked(outage, reached), site.storeFailed);
  }

  #looked(outage: Outage, reached: Result<Flow>): void {
    outage.looking = false;
    const { domain } = outage;
    if (this.#outages.get(domain) !== outage) return;
    if (outage.waiting.size === 0) this.#drop(outage);
    else if (reached.ok) this.#over(outage);
    else if (outage.again) {
      // It shared an attempt that had begun before.
      outage.again = false;
      this.#look(outage);
    } else {
      const fault = reached.fault.code;
      if (!outage.away) this.#doors.site.log("warn", "SIP partner is away, and looked for", { domain, fault });
      outage.away = true;
      this.#count();
      this.#later(outage);
    }
  }

  #later(outage: Outage): void {
    const { wheel, world, settings } = this.#doors.site;
    wheel.set(outage.alarm, outage.nextMs * (0.75 + world.random.below(500) / 1_000));
    outage.nextMs = Math.min(2 * outage.nextMs, settings.limits.sipPartnerLookMsMax);
  }

  #over(outage: Outage): void {
    const { domain, away, beganMs, waiting } = outage;
    const seconds = Math.round((this.#now - beganMs) / 1_000);
    if (away) this.#doors.site.log("info", "SIP partner is back", { domain, seconds, subscriptions: waiting.size });
    Object.assign(outage, { quiet: true, again: false, away: false, beganMs: this.#now, nextMs: firstLookMs });
    this.#count();
    this.#release(outage);
  }

  #release(outage: Outage): void {
    const waiting = [...outage.waiting];
    outage.waiting.clear();
    this.#doors.site.wheel.set(outage.alarm, quietMs);
    // Not all at once into the partner's queue: it has places for what people say meanwhile (PAR-07).
    const everyMs = 1_000 / this.#doors.rate(outage.domain);
    for (const [at, who] of waiting.entries()) who.back(at * everyMs);
  }

  #drop(outage: Outage): void {
    this.#doors.site.wheel.clear(outage.alarm);
    this.#outages.delete(outage.domain);
    this.#count();
  }

  #count(): void {
    const away = [...this.#outages.values()].filter((outage) => outage.away).length;
    this.#doors.site.world.metrics.series("comity_sip_partners_away").set(away);
  }
}
