import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { SipTarget } from "../dns/sip-targets.ts";
import { aolDomains } from "../federation/sip-leads.ts";
import { type SipPartner, type SipPartnerTable, sipPartnerOf } from "../federation/sip-partner.ts";
import { sipProfiles } from "../translate/sip-profile.ts";
import { PacedQueue } from "./paced-queue.ts";
import { SipAliases } from "./sip-aliases.ts";
import { type Flow, keyOf, placeOf } from "./sip-flow.ts";
import { SipPartnerLines } from "./sip-partner-lines.ts";
import { SipPartnerProof } from "./sip-partner-proof.ts";
import { SipPartnerServers } from "./sip-partner-servers.ts";
import type { RestView, SipRests } from "./sip-rests.ts";
import { signOfLife } from "./sip-sign-of-life.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { SipTransport } from "./sip-transport.ts";
import { type Failure, type Send, type Servers, SipTrying } from "./sip-trying.ts";
import type { Site } from "./site.ts";

const untried: ReadonlySet<string> = new Set();

/** Who sends a partner requests. */
export interface Rider {
  /** The connection it used last. */
  readonly flow: Flow | undefined;
  /** It must not be left: what is under way on it would be overtaken, and come out of order (RFC 3261 §12.2.2). */
  readonly bound: boolean;
}

/** The foreign domains that are reached over SIP: who they are, what proves them, and the way to them. */
export class SipPartners {
  readonly proof: SipPartnerProof;
  readonly servers: SipPartnerServers;
  readonly aliases = new SipAliases();
  readonly #site: Site;
  readonly #transport: SipTransport;
  readonly #transactions: SipTransactions;
  readonly #rests: SipRests;
  #table: SipPartnerTable = new Map();
  /** Domains nobody configured that were found to speak SIP. */
  readonly #open = new Map<string, SipPartner>();
  /** The partners each connection was found to lead to, and until when that is proved. */
  #proofs = new WeakMap<Flow, Map<string, number>>();
  /** The connections each partner stands proved on, whoever opened them, the latest last. */
  readonly #flows = new Map<string, Set<Flow>>();
  /** Of those that stood when one was lost the ones that still do: when the last is lost, so is the partner. */
  readonly #witnesses = new Map<string, Set<Flow>>();
  /** A partner has proved itself on another connection. */
  proved: (domain: string) => void = () => {};
  /** Our own connections to each partner. */
  readonly #lines = new Map<string, SipPartnerLines>();
  readonly #queues = new Map<string, PacedQueue>();

  constructor(site: Site, transport: SipTransport, transactions: SipTransactions, rests: SipRests) {
    this.#site = site;
    this.#transport = transport;
    this.#transactions = transactions;
    this.#rests = rests;
    this.proof = new SipPartnerProof(site);
    this.servers = new SipPartnerServers(site, () => this.#table);
  }

  /**
   * Puts another table in force: what was proved is proved anew. Answers the partners to whose people, or whose people, other
   * states are to be shown from now on.
   */
  set(table: SipPartnerTable): ReadonlySet<string> {
    const tables = ({ type, mapping }: SipPartner) => JSON.stringify([type, mapping]);
    const before = this.#table;
    const remapped = [...table.values()].filter((partner) => {
      const was = before.get(partner.domain);
      return was !== undefined && tables(was) !== tables(partner);
    });
    this.#table = table;
    this.#proofs = new WeakMap();
    this.#lines.clear();
    this.#flows.clear();
    this.#witnesses.clear();
    // Who has changed something wants to see it tried.
    this.#rests.clear();
    for (const [domain, queue] of this.#queues) if (queue.size === 0) this.#queues.delete(domain);
    const { aolDomain } = this.#site.settings.abroad;
    const byDns = [...table.values()].filter(({ routes }) => routes.every(({ inService }) => !inService));
    for (const domain of this.#open.keys()) if (this.isConfigured(domain)) this.#open.delete(domain);
    this.proof.learn([...byDns, ...this.#open.values()].flatMap((partner) => aolDomains(partner, aolDomain)));
    return new Set(remapped.map(({ domain }) => domain));
  }

  get all(): Iterable<SipPartner> {
    return this.#table.values();
  }

  /** Who is reached over SIP under a domain: a partner, or a domain that was found to speak it. */
  of(domain: string): SipPartner | undefined {
    return sipPartnerOf(this.#table, domain) ?? this.#open.get(domain);
  }

  isConfigured(domain: string): boolean {
    return sipPartnerOf(this.#table, domain) !== undefined;
  }

  /** A domain nobody configured speaks SIP (SET-13). */
  admit(partner: SipPartner): void {
    this.#open.set(partner.domain, partner);
  }

  dismiss(domain: string): void {
    if (this.#open.delete(domain)) this.proof.forget(domain);
  }

  /**
   * Why a connection does not prove to be the partner's; undefined when it does (R7). What was proved is proved for as long as
   * the certificate is good: a connection may outlive it.
   */
  doubt(flow: Flow, partner: SipPartner): Fault | undefined {
    let proofs = this.#proofs.get(flow);
    const until = proofs?.get(partner.domain);
    if (until !== undefined && this.#site.world.clock.now() <= until) return undefined;
    const proved = this.proof.prove(flow, partner, this.#speaking(partner));
    // What failed may be another matter once the SRV record is known.
    if (!proved.ok) return proved.fault;
    if (proofs === undefined) {
      proofs = new Map();
      this.#proofs.set(flow, proofs);
    }
    proofs.set(partner.domain, proved.value);
    const flows = this.#flows.get(partner.domain) ?? new Set();
    this.#flows.set(partner.domain, flows.add(flow));
    this.proved(partner.domain);
    return undefined;
  }

  /**
   * A connection is gone: the domains that are lost with it. As long as another stands that stood beside it, theirs is no server
   * that has started again: an edge closes what it has no use for.
   */
  lost(flow: Flow): readonly string[] {
    this.aliases.lost(flow);
    const proofs = this.#proofs.get(flow);
    if (proofs === undefined) return [];
    this.#proofs.delete(flow);
    return [...proofs.keys()].filter((domain) => {
      this.#lines.get(domain)?.remove(flow);
      const flows = this.#flows.get(domain);
      flows?.delete(flow);
      if (flows?.size === 0) this.#flows.delete(domain);
      const witnesses = this.#witnesses.get(domain) ?? new Set(flows);
      witnesses.delete(flow);
      if (witnesses.size > 0) this.#witnesses.set(domain, witnesses);
      else this.#witnesses.delete(domain);
      return witnesses.size === 0;
    });
  }

  /** Whether a connection with a partner stands. */
  stands(domain: string): boolean {
    return this.#flows.has(domain);
  }

  /** How many connections with a partner stand, proved, and how many of them we opened. */
  connections(domain: string): { readonly all: number; readonly ours: number } {
    return { all: this.#flows.get(domain)?.size ?? 0, ours: this.#lines.get(domain)?.flows.length ?? 0 };
  }

  /** Requests a second a partner is sent at most (PAR-07). */
  rateOf({ type, rate }: SipPartner): number {
    return rate ?? sipProfiles[type].requestsPerSecondMax;
  }

  /**
   * A turn to send the partner one request, no faster than its kind of server takes them (PAR-07): over the connection its sender
   * used last, while that is open and not busier than others, else over whatever leads there, and to the next of its servers
   * where one fails.
   */
  way(partner: SipPartner, by: Rider | undefined, send: Send, failed: (why: Fault) => void): void {
    this.#turn("urgent", partner, by, send, failed);
  }

  /**
   * The same, over `known` while that is open, for what nobody waits for, NOTIFYs and refreshes: a thousand of them at once, as
   * after a restart of ours or of theirs, let messages go first.
   */
  background(partner: SipPartner, known: Flow | undefined, send: Send, failed: (why: Fault) => void): void {
    this.#turn("background", partner, { flow: known, bound: true }, send, failed);
  }

  #turn(
    kind: "urgent" | "background",
    partner: SipPartner,
    by: Rider | undefined,
    send: Send,
    failed: (why: Fault) => void,
  ): void {
    // What an administrator has changed since a conversation began counts for it too.
    const now = this.of(partner.domain) ?? partner;
    const taken = this.#queueOf(now).add(kind, () => {
      const trying = new SipTrying(this.#site, this.#serversOf(now, kind), send);
      const standing = this.#standing(by, now);
      if (standing !== undefined) trying.over(standing);
      else trying.first(this.reach(now), failed);
    });
    if (!taken) failed(fault("resource-constraint", `requests waiting for ${now.domain}`));
  }

  /** The partner's servers for one request, each of which it takes a turn for. */
  #serversOf(partner: SipPartner, kind: "urgent" | "background"): Servers {
    const tried = new Set<string>();
    const { limits } = this.#site.settings;
    const rests = this.#rests;
    return {
      of: partner.domain,
      get more() {
        return !rests.over && tried.size < limits.sipServersPerRequestMax;
      },
      failed: (flow, failure) => {
        tried.add(keyOf(placeOf(flow)));
        this.#failed(partner, flow, failure);
      },
      answered: (flow) => rests.lives(placeOf(flow)),
      next: async () => {
        // What has nowhere else to go takes nobody's turn.
        const targets = await this.targets(partner);
        if (targets.ok && targets.value.every((target) => tried.has(keyOf(target)))) {
          return no(fault("remote-server-not-found", partner.domain));
        }
        return new Promise((resolve, reject) => {
          const turn = () => void this.reach(partner, tried).then(resolve, reject);
          if (!this.#queueOf(partner).add(kind, turn)) resolve(no(fault("resource-constraint")));
        });
      },
    };
  }

  /** One of its servers has failed a request (RFC 3263 §4.3). */
  #failed(partner: SipPartner, flow: Flow, { why, retryAfter, stirred }: Failure): void {
    const { domain } = partner;
    // A connection that broke says nothing of the server: the next one to it shows; nor does one question among others.
    if ((why === "lost" && retryAfter === undefined) || (why === "silent" && stirred)) return;
    this.#lines.get(domain)?.remove(flow);
    this.targets(partner).then((targets) => {
      const target = targets.ok ? targets.value.find((each) => keyOf(each) === keyOf(placeOf(flow))) : undefined;
      if (target === undefined || !targets.ok) return;
      if (retryAfter !== undefined) this.#rests.leave(target, why, retryAfter, undefined);
      // With no other to ask in its place it is asked as ever.
      else if (targets.value.length > 1) {
        this.#rests.leave(target, why, undefined, () => this.#lives(domain, target));
        // Whoever else waits for an answer on it need not wait as long.
        if (why === "silent") this.#transport.hangUp(flow);
      }
    }, this.#site.storeFailed);
  }

  /** Asks a server that failed whether it lives; undefined when it is none of the partner's any more. */
  async #lives(domain: string, target: SipTarget): Promise<boolean | undefined> {
    const partner = this.of(domain);
    const targets = partner === undefined ? undefined : await this.targets(partner);
    if (partner === undefined || targets?.ok !== true) return undefined;
    if (!targets.value.some((each) => keyOf(each) === keyOf(target))) return undefined;
    const reached = await this.#proved(target, partner);
    if (!reached.ok) return false;
    const { status, answer } = await signOfLife(this.#site, this.#transactions, reached.value, domain);
    if (answer === undefined || status === 503) return false;
    // From now on it is chosen by its place among the others again.
    this.#lines.delete(domain);
    return true;
  }

  /** Its servers that are left for others just now. */
  async resting(partner: SipPartner): Promise<readonly RestView[]> {
    const targets = await this.targets(partner);
    return targets.ok ? this.#rests.views(targets.value) : [];
  }

  /**
   * A connection that leads to the partner: its sender's, or that of ours with the least under way. Where that is much, another is
   * opened for those who come next.
   */
  #standing(by: Rider | undefined, partner: SipPartner): Flow | undefined {
    const { sipPartnerRequestsAtOnce } = this.#site.settings.limits;
    const lines = this.#lines.get(partner.domain);
    let best = this.#good(by?.flow, partner);
    if (best === undefined || (best.asked >= sipPartnerRequestsAtOnce && by?.bound !== true)) {
      for (const flow of lines?.flows ?? []) {
        if ((best === undefined || flow.asked < best.asked) && this.#good(flow, partner) !== undefined) best = flow;
      }
    }
    if (lines !== undefined && best !== undefined && best.asked >= sipPartnerRequestsAtOnce) {
      if (lines.flows.length < this.#connectionsMax(partner)) {
        lines.grow(this.#site.world.clock.monotonicMs(), () => this.#openLine(partner, untried, true));
      }
    }
    return best;
  }

  #connectionsMax({ connections, type }: SipPartner): number {
    const { sipPartnerConnectionsMax } = this.#site.settings.limits;
    return Math.min(connections ?? sipProfiles[type].connectionsMax, sipPartnerConnectionsMax);
  }

  /** A connection, where it stands and still proves to be the partner's. */
  #good(flow: Flow | undefined, partner: SipPartner): Flow | undefined {
    if (flow?.open !== true || this.#rests.has(placeOf(flow))) return undefined;
    return this.doubt(flow, partner) === undefined ? flow : undefined;
  }

  #queueOf(partner: SipPartner): PacedQueue {
    let queue = this.#queues.get(partner.domain);
    if (queue === undefined) {
      const { wheel, world } = this.#site;
      queue = new PacedQueue(this.rateOf(partner), wheel, () => world.clock.monotonicMs());
      this.#queues.set(partner.domain, queue);
    }
    return queue;
  }

  /** A connection to the partner, the one that stands or another; to none of its servers in `tried`. */
  async reach(partner: SipPartner, tried: ReadonlySet<string> = untried): Promise<Result<Flow>> {
    const standing = this.#standing(undefined, partner);
    const isNew = standing !== undefined && (tried.size === 0 || !tried.has(keyOf(placeOf(standing))));
    return isNew ? ok(standing) : this.#openLine(partner, tried, false);
  }

  /** Each of its servers in turn until one answers and proves itself; `more`: on a connection beside those there are. */
  async #openLine(partner: SipPartner, tried: ReadonlySet<string>, more: boolean): Promise<Result<Flow>> {
    const { domain } = partner;
    const isNew = (flow: Flow) => tried.size === 0 || !tried.has(keyOf(placeOf(flow)));
    // What its certificate may carry is asked for before it is looked at.
    if (partner.routes.length === 0 && !this.proof.knows(domain)) await this.proof.ask(domain);
    const targets = await this.targets(partner);
    if (!targets.ok) {
      // RFC 5923: a domain that names no servers is answered on the connection it has opened and proved itself on.
      const came = [...(this.#flows.get(domain) ?? [])].findLast((flow) => isNew(flow) && this.#good(flow, partner));
      return came === undefined ? targets : ok(came);
    }
    const others = targets.value.filter((target) => !tried.has(keyOf(target)));
    let last: Result<Flow> = no(
      others.length === 0 ? fault("remote-server-not-found", domain) : fault("sip-servers-rest", domain),
    );
    for (const target of this.#rests.inOrder(others)) {
      const alias = more ? undefined : this.aliases.of(target);
      const stands = alias !== undefined && isNew(alias) && this.#good(alias, partner) !== undefined;
      last = stands ? ok(alias) : await this.#proved(target, partner, more);
      if (last.ok) {
        const lines = this.#lines.get(domain) ?? new SipPartnerLines();
        this.#lines.set(domain, lines);
        if (more || !lines.flows.some((flow) => this.#good(flow, partner) !== undefined)) lines.add(last.value);
        return last;
      }
      if (more) return last;
      if (targets.value.length > 1) {
        this.#rests.leave(target, "unreachable", undefined, () => this.#lives(domain, target));
      }
    }
    return last;
  }

  async #proved(target: SipTarget, partner: SipPartner, more = false): Promise<Result<Flow>> {
    const beside = more ? (this.#lines.get(partner.domain)?.flows ?? []) : [];
    const reached = await this.#transport.reach(target, beside, this.#connectionsMax(partner));
    if (!reached.ok) return reached;
    const why = this.doubt(reached.value, partner);
    if (why === undefined) return reached;
    // One that was good once has outlived its certificate; the server may show another by now.
    const wasGood = this.#proofs.get(reached.value)?.has(partner.domain) === true;
    this.#transport.hangUp(reached.value);
    if (wasGood) {
      this.#proofs.get(reached.value)?.delete(partner.domain);
      return this.#proved(target, partner, more);
    }
    const { code, detail } = why;
    this.#site.log("warn", "SIP partner not trusted", {
      domain: partner.domain,
      host: target.host,
      fault: code,
      detail,
    });
    return no(why);
  }

  /** Its servers, in the order to try. */
  targets(partner: SipPartner): Promise<Result<readonly SipTarget[]>> {
    return this.servers.targets(partner);
  }

  /** Whose names prove it: its own, and for what AOL hosts those of AOL (RT-02). */
  #speaking(partner: SipPartner): readonly SipPartner[] {
    return aolDomains(partner, this.#site.settings.abroad.aolDomain).map(
      (domain) => this.#table.get(domain) ?? { ...partner, domain: domain as DomainName, routes: [], names: [] },
    );
  }
}
