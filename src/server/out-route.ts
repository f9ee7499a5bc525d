import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import * as backoff from "../federation/backoff.ts";
import type { LinkStage } from "../federation/link-state.ts";
import { type Outbox, outbox } from "../federation/outbox.ts";
import type { Question, Setup } from "../xmpp/s2s-out.ts";
import type { Method } from "../xmpp/s2s-policy.ts";
import { Dialler, type Reached } from "./dialler.ts";
import { LinkOut, type LinkOwner } from "./link-out.ts";
import { clientSecurity } from "./link-security.ts";
import type { Parcel, Post } from "./parcel.ts";
import type { Site } from "./site.ts";

/** What a route is made of besides the site. */
export type RouteParts = {
  readonly local: DomainName;
  readonly foreign: DomainName;
  readonly post: Post;
  readonly setup: (local: DomainName, foreign: DomainName, withoutTls: boolean) => Setup;
  /** A link that had broken is up again. */
  readonly restored: (foreign: DomainName) => void;
  readonly answered: LinkOwner["answered"];
};

/**
 * The way from one of our domains to one foreign domain: a queue, at most one link, and when to try again. With `questions`
 * and no pair it serves only to ask the foreign domain's server about dialback keys.
 */
export class OutRoute implements LinkOwner {
  readonly local: DomainName;
  readonly foreign: DomainName;
  readonly since: number;
  readonly #site: Site;
  readonly #parts: RouteParts;
  readonly #queue: Outbox<Parcel>;
  #backoff: backoff.Backoff = backoff.begin;
  #dialler: Dialler | undefined;
  #link: LinkOut | undefined;
  #up = false;
  #broken = false;
  #withoutTls = false;
  #refusal: Fault | undefined;
  /** The last thing that went wrong, for the operator. */
  lastFault: Fault | undefined;

  constructor(site: Site, parts: RouteParts) {
    this.#site = site;
    this.#parts = parts;
    this.local = parts.local;
    this.foreign = parts.foreign;
    this.since = site.world.clock.now();
    this.#queue = outbox(site.settings.limits);
  }

  get stage(): LinkStage {
    if (this.#up) return "up";
    if (this.#link !== undefined) return "proving";
    if (this.#dialler !== undefined) return "connecting";
    return this.retryMs === undefined ? "closing" : "waiting";
  }

  /** Nothing is under way and nothing waits. */
  get isIdle(): boolean {
    return this.#link === undefined && this.#dialler === undefined && this.#queue.count === 0;
  }

  /** Milliseconds until the next try, while it is in its pause. */
  get retryMs(): number | undefined {
    const now = this.#site.world.clock.now();
    const waiting = backoff.notYet(this.#backoff, now);
    return waiting !== undefined && this.#backoff.at === "waiting" ? this.#backoff.untilMs - now : undefined;
  }

  get link(): LinkOut | undefined {
    return this.#link;
  }

  get queued(): { readonly stanzas: number; readonly bytes: number } {
    return { stanzas: this.#queue.count, bytes: this.#queue.bytes + (this.#link?.queuedBytes ?? 0) };
  }

  send(parcel: Parcel): void {
    if (this.#up && this.#link !== undefined) {
      const failure = this.#link.send(parcel);
      if (failure !== undefined) this.#parts.post.bounce(parcel, failure);
      return;
    }
    const waiting = backoff.notYet(this.#backoff, this.#site.world.clock.now());
    const failure = waiting ?? this.#queue.put(this.local, parcel, parcel.bytes.length);
    if (failure !== undefined) {
      this.#parts.post.bounce(parcel, failure);
      return;
    }
    if (this.#dialler === undefined && this.#link === undefined) this.#dial();
  }

  /** XEP-0220 §2.1: asks over the link that is up. False when there is none. */
  ask(question: Question): boolean {
    if (!this.#up || this.#link === undefined) return false;
    this.#link.ask(question);
    return true;
  }

  /** The partner has connected to us: it lives, so what waits for it need wait no longer. */
  contacted(): void {
    this.#backoff = backoff.contacted(this.#backoff);
  }

  /** Ends it for good, or until somebody sends again; what waits returns to its senders. */
  end(why: Fault): void {
    this.#dialler?.cancel();
    this.#dialler = undefined;
    this.#return(why);
    this.#link?.end(why);
  }

  #dial(): void {
    const { local, foreign } = this;
    const policy = this.#site.settings.partners.policyFor(foreign);
    const call = {
      foreign,
      routes: policy.route,
      directTls:
        policy.tls === "none" || this.#withoutTls
          ? undefined
          : { ...clientSecurity(this.#site.settings, local, foreign), alpn: ["xmpp-server"] },
    };
    this.#refusal = undefined;
    this.#dialler = new Dialler(this.#site, call, (result) => {
      if (result.ok) this.#begin(result.value);
      else this.#failed(result.fault);
    });
    this.#dialler.start();
  }

  #begin(reached: Reached): void {
    const setup = this.#parts.setup(this.local, this.foreign, this.#withoutTls);
    const link = new LinkOut(this.#site, setup, reached, this, [], true);
    this.#link = link;
    link.start();
  }

  proved(link: LinkOut, method: Method): void {
    if (link !== this.#link) return;
    this.#dialler?.cancel();
    this.#dialler = undefined;
    this.#up = true;
    this.#backoff = backoff.reached();
    const { foreign, local } = this;
    this.#site.world.metrics.series("comity_link_proofs_total", "out", method).add(1);
    this.#site.log("info", "link up", { local, foreign, ...link.where, proof: method });
    for (const parcel of this.#queue.takeAll()) this.send(parcel);
    if (this.#broken) this.#parts.restored(foreign);
    this.#broken = false;
  }

  refused(link: LinkOut, why: Fault): void {
    if (link !== this.#link) return;
    this.#refusal = why;
    // Whatever else it might carry: the pair it was made for is not to be had on it.
    if (!this.#up) link.end(undefined);
  }

  redial(link: LinkOut, why: Fault): void {
    if (link !== this.#link) return;
    this.#site.log("warn", "TLS failed, trying without", { foreign: this.foreign, why: why.detail });
    this.#withoutTls = true;
    this.#link = undefined;
    this.#dialler?.cancel();
    this.#dial();
  }

  answered(question: Question, outcome: Parameters<LinkOwner["answered"]>[1], link: LinkOut): void {
    this.#parts.answered(question, outcome, link);
  }

  closed(link: LinkOut, why: Fault | undefined, left: readonly Parcel[]): void {
    const reason = this.#refusal ?? why ?? fault("remote-link-lost");
    for (const parcel of left) this.#parts.post.bounce(parcel, fault("remote-link-lost", reason.detail));
    if (link !== this.#link) return;
    this.#link = undefined;
    if (this.#up) {
      this.#up = false;
      this.#broken = true;
      this.#withoutTls = false;
      const { local, foreign } = this;
      this.#site.log("info", "link down", {
        local,
        foreign,
        why: why === undefined ? "idle" : `${why.code} ${why.detail}`,
      });
      if (why !== undefined) this.#note(why);
      if (this.#queue.count > 0) this.#dial();
      return;
    }
    // It was never proved: the next of the domain's servers may do better, unless we were told no.
    if (this.#dialler?.hasMore === true) this.#dialler.next();
    else this.#failed(reason);
  }

  #failed(why: Fault): void {
    this.#dialler = undefined;
    this.#withoutTls = false;
    const { world, settings } = this.#site;
    const chance = world.random.below(1000) / 1000;
    this.#backoff = backoff.failed(this.#backoff, why, world.clock.now(), chance, settings.limits);
    this.#note(why);
    world.metrics.series("comity_link_failures_total", why.code).add(1);
    const { local, foreign } = this;
    this.#site.log("warn", "link failed", { local, foreign, fault: why.code, detail: why.detail });
    this.#return(why);
  }

  #note(why: Fault): void {
    this.lastFault = why;
  }

  #return(why: Fault): void {
    for (const parcel of this.#queue.takeAll()) this.#parts.post.bounce(parcel, why);
  }
}
