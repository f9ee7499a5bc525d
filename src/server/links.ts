import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler } from "../base/network.ts";
import type { DialbackKeyer } from "../xmpp/dialback-key.ts";
import type { Jid } from "../xmpp/jid.ts";
import type { Setup as InSetup } from "../xmpp/s2s-in.ts";
import type { Setup as OutSetup, Question } from "../xmpp/s2s-out.ts";
import { Enquiry } from "./enquiry.ts";
import { LinkIn, type LinkInOwner } from "./link-in.ts";
import { credentialsOf } from "./link-security.ts";
import { OutRoute } from "./out-route.ts";
import type { Abroad, Parcel, Post } from "./parcel.ts";
import type { Site } from "./site.ts";
import type { Switchboard } from "./switchboard.ts";

/** Every link to and from foreign domains. */
export class Links implements Abroad, LinkInOwner {
  /** Where what comes in goes; what is returned from here returns under the name its sender knows. */
  readonly post: Post;
  readonly #switchboard: Switchboard;
  readonly #site: Site;
  readonly #keyer: DialbackKeyer;
  readonly #routes = new Map<string, OutRoute>();
  readonly #inbound = new Set<LinkIn>();
  /** Told of each domain that proves itself on a link it opened. */
  came: (foreign: DomainName) => void = () => {};
  #inSetup: { readonly of: unknown; readonly setup: InSetup } | undefined;

  constructor(site: Site, switchboard: Switchboard, keyer: DialbackKeyer) {
    this.#site = site;
    this.#switchboard = switchboard;
    this.post = {
      route: (parcel) => switchboard.route(parcel),
      bounce: (parcel, failure) => switchboard.bounce(switchboard.names.original(parcel), failure),
    };
    this.#keyer = keyer;
  }

  get inbound(): Iterable<LinkIn> {
    return this.#inbound;
  }

  get routes(): Iterable<OutRoute> {
    return this.#routes.values();
  }

  send(parcel: Parcel): void {
    const foreign = parcel.to.domain;
    if (!this.#site.settings.partners.policyFor(foreign).allowOut) {
      this.post.bounce(parcel, fault("partner-denied", foreign));
      return;
    }
    const renamed = this.#switchboard.names.outgoing(parcel);
    this.#route(renamed.from.domain, foreign).send(renamed);
  }

  /** A connection on a server port. */
  accept(connection: Connection, gone: () => void): ConnectionHandler {
    const link = new LinkIn(this.#site, connection, this, gone);
    this.#inbound.add(link);
    return link;
  }

  /** Whom an address that others use means here (EML-04). */
  here(named: Jid): Jid | undefined {
    return this.#switchboard.names.here(named);
  }

  setup(): InSetup {
    const { settings } = this.#site;
    const { names } = this.#switchboard;
    if (this.#inSetup?.of !== settings) {
      const [fallback] = settings.domains.keys();
      const setup: InSetup = {
        serves: (domain) => names.serves(domain),
        fallback: fallback as DomainName,
        canSecure: (local) => credentialsOf(settings, local) !== undefined,
        policyFor: (foreign) => settings.partners.policyFor(foreign),
        keyer: this.#keyer,
        limits: settings.limits,
      };
      this.#inSetup = { of: settings, setup };
    }
    return this.#inSetup.setup;
  }

  verify(link: LinkIn, question: Parameters<LinkInOwner["verify"]>[1]): void {
    const { local, foreign } = question.pair;
    const asked: Question = { local, foreign, id: question.id, key: question.key };
    const { pair, id } = question;
    new Enquiry(
      this.#site,
      asked,
      (withoutTls) => this.#outSetup(local, foreign, withoutTls),
      (outcome) => link.verified({ kind: "verified", pair, id, outcome }),
    );
  }

  proved(_link: LinkIn, foreign: DomainName): void {
    for (const route of this.#routes.values()) if (route.foreign === foreign) route.contacted();
    this.came(foreign);
  }

  closed(link: LinkIn, why: Fault | undefined): void {
    this.#inbound.delete(link);
    const [foreign] = link.pairs[0] ?? [];
    if (foreign !== undefined) {
      this.#site.log("info", "link closed", { foreign, why: why?.code ?? "in order" });
    }
  }

  /** Whether a link with a domain stands, opened by either side. */
  linked(foreign: string): boolean {
    for (const route of this.#routes.values()) if (route.foreign === foreign && route.stage === "up") return true;
    for (const link of this.#inbound) if (link.pairs.some(([theirs]) => theirs === foreign)) return true;
    return false;
  }

  /** The policy is another: links with domains it denies are ended. A link that serves several comes again for the others. */
  enforce(): void {
    const { partners } = this.#site.settings;
    for (const route of this.#routes.values()) {
      if (!partners.policyFor(route.foreign).allowOut && !route.isIdle) {
        route.end(fault("partner-denied", route.foreign));
      }
    }
    for (const link of this.#inbound) {
      const denied = link.pairs.find(([theirs]) => !partners.policyFor(theirs).allowIn);
      if (denied !== undefined) link.end(fault("partner-denied", denied[0]));
    }
  }

  /** Says goodbye on every link. */
  end(why: Fault): void {
    for (const route of this.#routes.values()) route.end(why);
    for (const link of this.#inbound) link.end(why);
  }

  /** How many connections there are still. */
  get open(): number {
    let count = this.#inbound.size;
    for (const route of this.#routes.values()) if (route.link !== undefined) count++;
    return count;
  }

  #route(local: DomainName, foreign: DomainName): OutRoute {
    const key = `${local} ${foreign}`;
    let route = this.#routes.get(key);
    if (route === undefined) {
      if (this.#routes.size >= this.#site.settings.limits.linksMax) this.#forget();
      route = new OutRoute(this.#site, {
        local,
        foreign,
        post: this.post,
        setup: (ours, theirs, withoutTls) => this.#outSetup(ours, theirs, withoutTls),
        restored: (domain) => this.#switchboard.presence.replay(domain),
        answered: () => {},
      });
      this.#routes.set(key, route);
    }
    return route;
  }

  /** Routes nobody uses any more make room. */
  #forget(): void {
    for (const [key, route] of this.#routes) {
      if (route.isIdle) this.#routes.delete(key);
    }
  }

  #outSetup(local: DomainName, foreign: DomainName, withoutTls: boolean): OutSetup {
    const { settings } = this.#site;
    return {
      local,
      foreign,
      certificate: credentialsOf(settings, local) !== undefined,
      withoutTls,
      policyFor: (domain) => settings.partners.policyFor(domain),
      keyer: this.#keyer,
      limits: settings.limits,
    };
  }
}
