import type { Clock } from "../base/clock.ts";
import { fault } from "../base/fault.ts";
import { type Limits, limitsWith } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Answer, RecordType, Resolver } from "../base/resolver.ts";
import { no, ok, type Result } from "../base/result.ts";
import { AnswerCache } from "../dns/cache.ts";
import { dnsName } from "../dns/name.ts";
import { lookUp, type Zone, zoneNegativeSeconds } from "../dns/zone.ts";

export type SimResolverOptions = {
  /** May be changed while it runs: what is not in the cache is looked up as it stands then. */
  zone: Zone;
  readonly clock: Pick<Clock, "monotonicMs" | "after">;
  readonly random: Pick<Random, "below">;
  readonly limits?: Limits;
  /** Of a hundred questions, how many are never answered, and how many with SERVFAIL. */
  readonly silentPercent?: number;
  readonly servfailPercent?: number;
  /** An answer takes up to so many milliseconds. */
  readonly latencyMs?: number;
  /** Whether answers come with DNSSEC's word. */
  readonly authenticated?: boolean;
};

/** The resolver's door, answered from a table of records, with failures drawn from the seed. */
export class SimResolver implements Resolver {
  readonly #options: SimResolverOptions;
  readonly #limits: Limits;
  readonly #cache: AnswerCache;
  readonly #underWay = new Map<string, Promise<Result<Answer<RecordType>>>>();
  /** Every question that was not answered from the cache, in order: "SRV _xmpp-server._tcp.example.org". */
  readonly asked: string[] = [];

  constructor(options: SimResolverOptions) {
    this.#options = options;
    this.#limits = options.limits ?? limitsWith();
    this.#cache = new AnswerCache(this.#limits);
  }

  resolve<T extends RecordType>(name: string, type: T): Promise<Result<Answer<T>>> {
    const kept = this.#cache.get(name, type, this.#options.clock.monotonicMs());
    if (kept !== undefined) return Promise.resolve(kept);
    const key = `${type} ${name.toLowerCase()}`;
    const underWay = this.#underWay.get(key) as Promise<Result<Answer<T>>> | undefined;
    if (underWay !== undefined) return underWay;
    this.asked.push(key);
    const asking = this.#ask(name, type).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking as Promise<Result<Answer<RecordType>>>);
    return asking;
  }

  flush(): void {
    this.#cache.clear();
  }

  async #ask<T extends RecordType>(domain: string, type: T): Promise<Result<Answer<T>>> {
    const name = dnsName(domain);
    if (name === undefined) return no(fault("dns-no-such-name", `${domain} is not a DNS name`));
    const { random, clock, zone, silentPercent = 0, servfailPercent = 0, latencyMs = 0 } = this.#options;
    const draw = random.below(100);
    const found = lookUp(zone, name, type);
    const silent = draw < silentPercent || found.kind === "silent";
    const waitMs = silent ? this.#limits.dnsQueryMs * this.#limits.dnsTriesMax : random.below(latencyMs + 1);
    await new Promise<void>((done) => clock.after(waitMs, done));
    if (silent) return no(fault("dns-timeout", name));
    if (found.kind === "servfail" || draw >= 100 - servfailPercent) return no(fault("dns-server-failure", "SERVFAIL"));
    const nowMs = clock.monotonicMs();
    if (found.kind === "found") {
      const ttlSeconds = Math.min(found.ttlSeconds, ...found.aliases.map((alias) => alias.ttlSeconds));
      const answer = { records: found.records, ttlSeconds, authenticated: this.#options.authenticated ?? false };
      this.#cache.put(name, type, answer, nowMs);
      return ok(answer);
    }
    const why =
      found.kind === "nothing" && found.exists
        ? fault("dns-no-records", `${type} of ${name}`)
        : fault("dns-no-such-name", name);
    this.#cache.putNothing(name, type, why, zoneNegativeSeconds, nowMs);
    return no(why);
  }
}
