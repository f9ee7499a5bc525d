import type { Fault } from "../base/fault.ts";
import { fault } from "../base/fault.ts";
import { stanzaError } from "../xmpp/stanza-error.ts";
import type { SubscriptionType } from "../xmpp/subscription.ts";
import { BlockingDesk } from "./blocking-desk.ts";
import { MessageDesk } from "./message-desk.ts";
import { OfflineDesk } from "./offline-desk.ts";
import { OutsideNames } from "./outside-names.ts";
import { type Abroad, type Parcel, type Post, written } from "./parcel.ts";
import { People } from "./people.ts";
import { PresenceBoard } from "./presence-board.ts";
import { PresenceDesk } from "./presence-desk.ts";
import { PrivacyDesk } from "./privacy-desk.ts";
import { RequestDesk } from "./request-desk.ts";
import { RosterDesk } from "./roster-desk.ts";
import { Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";
import { SubscriptionDesk } from "./subscription-desk.ts";

/**
 * Where every stanza of the node passes once it is admitted: to a local person's desk, to this server's own services, or
 * abroad. The one place that will know both protocols.
 */
export class Switchboard implements Post {
  readonly people = new People();
  readonly rosters: Rosters;
  readonly names: OutsideNames;
  readonly messages: MessageDesk;
  readonly offline: OfflineDesk;
  readonly presence: PresenceDesk;
  readonly subscriptions: SubscriptionDesk;
  readonly privacy: PrivacyDesk;
  readonly blocking: BlockingDesk;
  readonly board: PresenceBoard;
  readonly contacts: RosterDesk;
  readonly requests: RequestDesk;
  readonly #site: Site;
  #abroad: Abroad | undefined;

  constructor(site: Site) {
    this.#site = site;
    this.rosters = new Rosters(site);
    this.names = new OutsideNames(site, this.rosters);
    this.offline = new OfflineDesk(site, this);
    this.presence = new PresenceDesk(site, this.people, this.rosters, this);
    this.subscriptions = new SubscriptionDesk(site, this.people, this.rosters, this.presence, this);
    this.privacy = new PrivacyDesk(site, this.rosters, this.presence, this.subscriptions);
    this.blocking = new BlockingDesk(site, this.people, this.rosters, this.privacy);
    this.messages = new MessageDesk(site, this.people, this.offline, this.blocking, this);
    this.board = new PresenceBoard(site);
    this.contacts = new RosterDesk(site, this.rosters, this.subscriptions);
    this.requests = new RequestDesk(site, this.people, this.rosters, this.contacts, this.blocking, this);
  }

  /** The links need the switchboard and the switchboard needs the links: the node joins them. */
  joinAbroad(abroad: Abroad): void {
    this.#abroad = abroad;
  }

  route(parcel: Parcel): void {
    if (!this.#site.isLocal(parcel.to.domain)) {
      if (this.names.serves(parcel.to.domain)) this.#toEmail(parcel);
      else if (this.#abroad !== undefined && this.#site.settings.federation) this.#abroad.send(parcel);
      else this.bounce(parcel, fault("remote-server-not-found", "federation is off"));
      return;
    }
    switch (parcel.name) {
      case "message":
        if (parcel.to.local !== "") this.messages.arrived(parcel);
        else this.bounce(parcel, fault("service-unavailable"));
        return;
      case "iq":
        this.requests.arrived(parcel);
        return;
      case "presence":
        this.#presence(parcel);
        return;
    }
  }

  /** EML-02: a domain of email addresses of ours, written to from here: it goes to whoever has the address, and not abroad. */
  #toEmail(parcel: Parcel): void {
    const here = this.names.toOwner(parcel);
    if (here !== undefined) this.route(here);
    else this.bounce(parcel, fault("service-unavailable"));
  }

  /** A local person asks, grants or refuses, by whatever protocol; the parcel goes between bare addresses. */
  subscriptionSent(parcel: Parcel, type: SubscriptionType): void {
    this.rosters.use(parcel.from.bare, (book) => this.subscriptions.sent(book, parcel, type));
  }

  bounce(parcel: Parcel, failure: Fault): void {
    if (this.#site.tracer.on && !parcel.copy) {
      this.#site.tracer.stanza("done", `to ${parcel.from.full}`, parcel, `returned: ${failure.code} ${failure.detail}`);
    }
    if (parcel.receipt?.refuse?.(failure) === true) {
      this.#site.stanzaError(failure);
      return;
    }
    if (!parcel.copy) this.#answer(parcel, failure);
    // Not before: who has heard that it is settled has heard why it came back as well (XEP-0198 §4).
    parcel.receipt?.settle();
  }

  #answer(parcel: Parcel, failure: Fault): void {
    const text = stanzaError(failure, {
      name: parcel.name,
      type: parcel.type,
      id: parcel.id,
      from: parcel.from.full,
      to: parcel.to.full,
    });
    if (text === undefined) return;
    this.#site.stanzaError(failure);
    this.route(written(parcel.name, "error", parcel.to, parcel.from, text));
  }

  #presence(parcel: Parcel): void {
    // RFC 6121 §8.3: presence to the server itself asks nothing of it.
    if (parcel.to.local === "") return;
    switch (parcel.type) {
      case undefined:
      case "unavailable":
      case "error":
        this.presence.arrived(parcel);
        return;
      case "probe":
        this.presence.probed(parcel);
        return;
      case "subscribe":
      case "subscribed":
      case "unsubscribe":
      case "unsubscribed":
        this.subscriptions.arrived(parcel, parcel.type);
        return;
      default:
        // RFC 6121 §4.7.1: no such type
        this.bounce(parcel, fault("bad-request", `presence of type ${parcel.type}`));
    }
  }
}
