import { Alarm } from "../base/wheel.ts";
import { keyOf, type Place } from "./sip-flow.ts";
import type { Site } from "./site.ts";

/**
 * Why a server did not serve a request (RFC 3263 §4.3): it answered 503; it answered nothing at all, not even a provisional
 * response; the connection broke before its answer; or there was no connection to be had.
 */
export type Failing = "unavailable" | "silent" | "lost" | "unreachable";

/** Asks a server whether it lives; undefined: nobody wants to know any more. */
type Probe = () => Promise<boolean | undefined>;

type Rest = {
  readonly place: Place;
  readonly why: Failing;
  /** It named the time itself (RFC 3261 §21.5.4), so nothing is sent there meanwhile; others are only asked last. */
  readonly asked: boolean;
  ms: number;
  untilMs: number;
  readonly alarm: Alarm;
};

/** A server that rests, for the operator. */
export type RestView = { readonly server: string; readonly why: Failing; readonly asked: boolean; readonly ms: number };

/**
 * Servers that failed lately, so that not every request waits for a dead one first (RFC 3263 §4.3): they are tried after all
 * others, for a while. When that is over they are asked whether they live, and rest for longer if not.
 */
export class SipRests {
  /** The node stops: nothing is tried anywhere else any more. */
  over = false;
  readonly #site: Site;
  readonly #rests = new Map<string, Rest>();

  constructor(site: Site) {
    this.#site = site;
  }

  get count(): number {
    return this.#rests.size;
  }

  /** `retryAfter`: the seconds it named itself. Without a probe it is tried again when its time is over. */
  leave(place: Place, why: Failing, retryAfter: number | undefined, probe: Probe | undefined): void {
    const { sipServerRestMs, sipServerRestMaxMs, sipServersRestingMax } = this.#site.settings.limits;
    const key = keyOf(place);
    const known = this.#rests.get(key);
    // A server that is asked last and fails again has nothing new to tell; one that names a time has.
    if (this.over || retryAfter === 0 || (known !== undefined && retryAfter === undefined)) return;
    if (known !== undefined) this.#forget(key);
    else if (this.#rests.size >= sipServersRestingMax) return;
    const asked = retryAfter !== undefined;
    const ms = Math.min(asked ? retryAfter * 1_000 : sipServerRestMs, sipServerRestMaxMs);
    const rest: Rest = { place, why, asked, ms, untilMs: 0, alarm: new Alarm(() => this.#rang(key, rest, probe)) };
    this.#rests.set(key, rest);
    this.#begin(rest);
    this.#publish();
    this.#site.log("warn", "SIP server left for others", { ...placed(place), why, ms, asked });
  }

  /** It has answered. What it asked for itself stays. */
  lives(place: Place): void {
    if (this.#rests.size === 0) return;
    const key = keyOf(place);
    if (this.#rests.get(key)?.asked === false) this.#back(key);
  }

  /** Whether nothing is to be sent there when anything else will do. */
  has(place: Place): boolean {
    return this.#rests.size > 0 && this.#rests.has(keyOf(place));
  }

  /** The order to try: those that rest are last, and those that asked for it are not there. */
  inOrder<T extends Place>(places: readonly T[]): readonly T[] {
    if (this.#rests.size === 0) return places;
    const of = (place: T) => this.#rests.get(keyOf(place));
    return [
      ...places.filter((place) => of(place) === undefined),
      ...places.filter((place) => of(place)?.asked === false),
    ];
  }

  views(places: readonly Place[]): readonly RestView[] {
    const now = this.#site.world.clock.monotonicMs();
    return places.flatMap((place): RestView[] => {
      const rest = this.#rests.get(keyOf(place));
      if (rest === undefined) return [];
      const { why, asked, untilMs } = rest;
      return [{ server: keyOf(place), why, asked, ms: Math.max(0, Math.round(untilMs - now)) }];
    });
  }

  /** Nothing is known of any server any more. */
  clear(): void {
    for (const key of [...this.#rests.keys()]) this.#forget(key);
    this.#publish();
  }

  end(): void {
    this.over = true;
    this.clear();
  }

  #begin(rest: Rest): void {
    rest.untilMs = this.#site.world.clock.monotonicMs() + rest.ms;
    this.#site.wheel.set(rest.alarm, rest.ms);
  }

  #rang(key: string, rest: Rest, probe: Probe | undefined): void {
    if (rest.asked || probe === undefined) {
      this.#back(key);
      return;
    }
    probe().then((lives) => {
      if (this.#rests.get(key) !== rest) return;
      if (lives !== false) {
        this.#back(key);
        return;
      }
      rest.ms = Math.min(2 * rest.ms, this.#site.settings.limits.sipServerRestMaxMs);
      this.#begin(rest);
    }, this.#site.storeFailed);
  }

  #back(key: string): void {
    const rest = this.#rests.get(key);
    if (rest === undefined) return;
    this.#forget(key);
    this.#publish();
    this.#site.log("info", "SIP server in use again", placed(rest.place));
  }

  #forget(key: string): void {
    const rest = this.#rests.get(key);
    if (rest !== undefined) this.#site.wheel.clear(rest.alarm);
    this.#rests.delete(key);
  }

  #publish(): void {
    this.#site.world.metrics.series("comity_sip_servers_resting").set(this.#rests.size);
  }
}

/** What of a place a log line names. */
function placed({ transport, address, port }: Place) {
  return { transport, address, port };
}
