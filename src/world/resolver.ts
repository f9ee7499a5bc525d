import type { Clock } from "../base/clock.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import type { Endpoint } from "../base/network.ts";
import type { Random } from "../base/random.ts";
import type { Answer, RecordData, RecordType, Resolver } from "../base/resolver.ts";
import { no, ok, type Result } from "../base/result.ts";
import { AnswerCache } from "../dns/cache.ts";
import { endpointFrom, ipFamily, isLoopback } from "../dns/ip-literal.ts";
import { dnsName } from "../dns/name.ts";
import { askByTcp, askByUdp, type Outcome } from "./resolver-exchange.ts";
import { HostsFile, SystemServers } from "./resolver-system.ts";

export type ResolverOptions = {
  readonly limits: Limits;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly random: Pick<Random, "bytes">;
  /** Our own DNS servers, "192.0.2.53", "127.0.0.1:5353" or "[::1]:5353"; without any, the system's. */
  readonly servers?: readonly string[];
  /** Where the system's tables lie, when not in /etc. */
  readonly hostsPath?: string;
  readonly resolvConfPath?: string;
};

/** Aliases followed from server to server; a chain inside one reply counts as one. */
const aliasesMax = 8;

/**
 * The resolver's door on the wire: a stub (RFC 1034 §5.3.1) that leaves recursion to its servers, and gives what Node's own
 * does not: the TTL of every answer, negative TTLs, and the AD bit. The bit is believed only from loopback or from servers
 * the operator named; the path to any other is not ours to trust (RFC 6840 §5.8).
 */
export class StubResolver implements Resolver {
  readonly #options: ResolverOptions;
  readonly #named: readonly Endpoint[];
  readonly #system: SystemServers;
  readonly #hosts: HostsFile;
  readonly #cache: AnswerCache;
  readonly #underWay = new Map<string, Promise<Result<Answer<RecordType>>>>();
  readonly #waiting: (() => void)[] = [];
  #asking = 0;
  #generation = 0;

  /** Servers that are no address with a port are passed over; the configuration's reader has refused them already. */
  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#named = (options.servers ?? []).flatMap((text) => endpointFrom(text, 53) ?? []);
    this.#system = new SystemServers(options.resolvConfPath);
    this.#hosts = new HostsFile(options.hostsPath);
    this.#cache = new AnswerCache(options.limits);
  }

  resolve<T extends RecordType>(name: string, type: T): Promise<Result<Answer<T>>> {
    const kept = this.#cache.get(name, type, this.#options.clock.monotonicMs());
    if (kept !== undefined) return Promise.resolve(kept);
    const key = `${type} ${name.toLowerCase()}`;
    // What is under way for a type's key answers for that type.
    const underWay = this.#underWay.get(key) as Promise<Result<Answer<T>>> | undefined;
    if (underWay !== undefined) return underWay;
    const asking = this.#find(name, type).finally(() => {
      if (this.#underWay.get(key) === (asking as unknown)) this.#underWay.delete(key);
    });
    this.#underWay.set(key, asking as Promise<Result<Answer<RecordType>>>);
    return asking;
  }

  /** Forgets everything; what is under way still answers those who asked, but is not kept. */
  flush(): void {
    this.#generation++;
    this.#cache.clear();
    this.#underWay.clear();
  }

  async #find<T extends RecordType>(domain: string, type: T): Promise<Result<Answer<T>>> {
    const generation = this.#generation;
    const name = dnsName(domain);
    if (name === undefined) return no(fault("dns-no-such-name", `${domain} is not a DNS name`));
    if (type === "A" || type === "AAAA") {
      const listed = await this.#hosts.addresses(name);
      const family = type === "A" ? 4 : 6;
      // As A and AAAA share the type string, so do they share its answers.
      const records = listed.filter((address) => ipFamily(address) === family) as RecordData[T][];
      if (records.length > 0) return ok({ records, ttlSeconds: 0, authenticated: false });
      if (listed.length > 0) return no(fault("dns-no-records", `${type} of ${name} in the hosts file`));
    }
    await this.#turn();
    try {
      return await this.#askAll(name, type, generation);
    } finally {
      this.#asking--;
      this.#waiting.shift()?.();
    }
  }

  /** Waits until fewer than dnsQuestionsAtOnceMax questions are on the wire. */
  async #turn(): Promise<void> {
    while (this.#asking >= this.#options.limits.dnsQuestionsAtOnceMax) {
      await new Promise<void>((go) => this.#waiting.push(go));
    }
    this.#asking++;
  }

  /** Asks, follows aliases, and keeps the answer unless a flush has come since the question. */
  async #askAll<T extends RecordType>(name: string, type: T, generation: number): Promise<Result<Answer<T>>> {
    let alias: { name: string; ttlSeconds: number; authenticated: boolean } = {
      name,
      ttlSeconds: Number.POSITIVE_INFINITY,
      authenticated: true,
    };
    for (let step = 0; step <= aliasesMax; step++) {
      const outcome = await this.#askServers(alias.name, type);
      const nowMs = this.#options.clock.monotonicMs();
      const keep = generation === this.#generation;
      switch (outcome.kind) {
        case "answer": {
          const { records, authenticated } = outcome.answer;
          const ttlSeconds = Math.min(alias.ttlSeconds, outcome.answer.ttlSeconds);
          const answer = { records, ttlSeconds, authenticated: authenticated && alias.authenticated };
          if (keep) this.#cache.put(name, type, answer, nowMs);
          return ok(answer);
        }
        case "nothing":
          if (keep)
            this.#cache.putNothing(name, type, outcome.why, Math.min(alias.ttlSeconds, outcome.ttlSeconds), nowMs);
          return no(outcome.why);
        case "alias": {
          const next = dnsName(outcome.name);
          if (next === undefined) return no(fault("dns-malformed", `${name} is an alias of no name`));
          alias = {
            name: next,
            ttlSeconds: Math.min(alias.ttlSeconds, outcome.ttlSeconds),
            authenticated: alias.authenticated && outcome.authenticated,
          };
          continue;
        }
        default:
          return no(outcome.why);
      }
    }
    return no(fault("dns-server-failure", `${name} is an alias of an alias, more than ${aliasesMax} deep`));
  }

  /** Asks the servers in turn until one gives an answer, dnsTriesMax times in all. */
  async #askServers<T extends RecordType>(
    name: string,
    type: T,
  ): Promise<Exclude<Outcome<T>, { kind: "truncated" | "no-edns" }>> {
    const { limits } = this.#options;
    const servers = this.#named.length > 0 ? this.#named : await this.#system.servers();
    let last: Fault = fault("dns-timeout", "no DNS server is known");
    if (servers.length === 0) return { kind: "failure", why: last };
    const sorry = new Set<Endpoint>();
    for (let attempt = 0; attempt < limits.dnsTriesMax; attempt++) {
      const server = servers[attempt % servers.length];
      // A server that said SERVFAIL says it again; only silence is worth a second try.
      if (server === undefined || sorry.has(server)) continue;
      const outcome = await this.#askOne(server, name, type);
      if (outcome.kind !== "failure") return outcome;
      if (outcome.why.code !== "dns-timeout") sorry.add(server);
      const detail = outcome.why.detail === "" ? `${server.address} port ${server.port}` : outcome.why.detail;
      // A server that says it failed tells more than one that says nothing.
      if (last.code === "dns-timeout" || outcome.why.code !== "dns-timeout") last = fault(outcome.why.code, detail);
    }
    return { kind: "failure", why: last };
  }

  async #askOne<T extends RecordType>(
    server: Endpoint,
    name: string,
    type: T,
  ): Promise<Exclude<Outcome<T>, { kind: "truncated" | "no-edns" }>> {
    const trustAd = this.#named.length > 0 || isLoopback(server.address);
    const exchange = (edns: boolean) => ({
      server,
      question: { id: this.#id(), name, type },
      edns,
      trustAd,
      timeoutMs: this.#options.limits.dnsQueryMs,
    });
    let edns = true;
    let outcome = await askByUdp(exchange(edns));
    if (outcome.kind === "no-edns") {
      // RFC 6891 §7: a server that answers FORMERR or NOTIMP may know only plain DNS.
      edns = false;
      outcome = await askByUdp(exchange(edns));
    }
    // RFC 7766 §5: what does not fit into a datagram is asked again over TCP.
    if (outcome.kind === "truncated") outcome = await askByTcp(exchange(edns));
    if (outcome.kind === "no-edns" || outcome.kind === "truncated") {
      return { kind: "failure", why: fault("dns-server-failure", "it does not understand the question") };
    }
    return outcome;
  }

  /** RFC 5452 §9.2: an id nobody can guess. */
  #id(): number {
    const [high = 0, low = 0] = this.#options.random.bytes(2);
    return high * 256 + low;
  }
}
