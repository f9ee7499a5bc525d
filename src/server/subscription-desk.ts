import type { RosterItem } from "../base/store.ts";
import { bareJid, type Jid } from "../xmpp/jid.ts";
import { rosterPush } from "../xmpp/roster.ts";
import { stanzaText } from "../xmpp/stanza.ts";
import {
  goodbyes,
  mayWatch,
  receiveSubscription,
  type SubscriptionOutcome,
  type SubscriptionType,
  sendSubscription,
} from "../xmpp/subscription.ts";
import { type Parcel, type Post, written } from "./parcel.ts";
import type { People } from "./people.ts";
import { jidOf, type PresenceDesk } from "./presence-desk.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";
import { hidesFrom, verdictOn } from "./visibility.ts";

/**
 * Who may watch whom (RFC 6121 §3): the machine of Appendix A, run over rosters. A change is in the store before anybody
 * is told of it.
 */
export class SubscriptionDesk {
  readonly #site: Site;
  readonly #people: People;
  readonly #rosters: Rosters;
  readonly #presence: PresenceDesk;
  readonly #post: Post;

  constructor(site: Site, people: People, rosters: Rosters, presence: PresenceDesk, post: Post) {
    this.#site = site;
    this.#people = people;
    this.#rosters = rosters;
    this.#presence = presence;
    this.#post = post;
  }

  /** A local person asks, grants, refuses or withdraws; the stanza already carries bare addresses. */
  sent(book: RosterBook, parcel: Parcel, type: SubscriptionType): void {
    const contact = parcel.to.bare;
    const outcome = sendSubscription(book.items.get(contact), contact, type);
    const { from, to } = parcel;
    this.#keep(book, outcome, contact, () => {
      // RFC 6121 §3.2.2: who loses the right to watch sees everybody leave first.
      if (outcome.presence === "unavailable") this.#presence.tellGone(from, to);
      if (outcome.pass) this.#post.route(parcel);
      if (outcome.presence === "current") this.#firstLook(from, to);
    });
  }

  /** Somebody, local or foreign, asks, grants, refuses or withdraws towards a local person. */
  arrived(parcel: Parcel, type: SubscriptionType): void {
    const owner = parcel.to.bare;
    this.#site.world.store.accounts.find(owner).then((account) => {
      // RFC 6121 §8.5.1: to nobody at all, silently ignored.
      if (account !== undefined) this.#rosters.use(owner, (book) => this.#receive(book, parcel, type));
    }, this.#site.storeFailed);
  }

  /** Lets somebody watch the owner of a roster, as the owner's own client would (RFC 6121 §3.1.4). */
  grant(book: RosterBook, owner: Jid, watcher: Jid): void {
    const text = stanzaText({ name: "presence", from: owner.bare, to: watcher.bare, type: "subscribed" });
    this.sent(book, written("presence", "subscribed", owner, watcher, text), "subscribed");
  }

  /** A roster item's removal ends both subscriptions (RFC 6121 §2.5.2). */
  removed(owner: Jid, item: RosterItem): void {
    const contact = jidOf(item);
    if (contact === undefined) return;
    const types = goodbyes(item);
    if (types.includes("unsubscribed")) this.#presence.tellGone(owner, contact);
    for (const type of types) this.#say(owner, contact, type);
  }

  /** Shows a changed item to every device of its owner that has asked for the roster (RFC 6121 §2.1.6). */
  push(owner: string, item: RosterItem | { readonly contact: string; readonly removed: true }, version: number): void {
    for (const device of this.#people.devices(owner)) {
      if (!device.interested) continue;
      const text = rosterPush(device.jid.full, this.#site.world.random.id(), item, version);
      device.deliver(written("iq", "set", bareJid(device.jid), device.jid, text));
    }
  }

  #receive(book: RosterBook, parcel: Parcel, type: SubscriptionType): void {
    const contact = parcel.from.bare;
    const full = !book.items.has(contact) && book.items.size >= this.#site.settings.limits.rosterItemsMax;
    if (full && type === "subscribe") return;
    const me = bareJid(parcel.to);
    const them = bareJid(parcel.from);
    const verdict = type === "subscribe" ? verdictOn(this.#site, book, them).verdict : undefined;
    // SUB-07: who is blocked is not even heard, and not told so.
    if (verdict === "polite-block") return;
    const outcome = receiveSubscription(book.items.get(contact), contact, type, parcel.bytes);
    this.#keep(book, outcome, contact, () => {
      if (verdict === "allow" && !mayWatch(book.items.get(contact))) {
        this.grant(book, me, them); // SUB-03, SUB-19: the owner's lists or the administrator have said yes already
        return;
      }
      if (outcome.presence === "unavailable") this.#presence.tellGone(me, them);
      if (outcome.pass) {
        for (const device of this.#people.devices(me.bare)) {
          // RFC 6121 §3.1.3: requests go to available devices, answers to those that asked for the roster.
          if (type === "subscribe" ? device.available : device.interested) {
            device.deliver(parcel);
          }
        }
      }
      if (outcome.reply !== undefined) this.#say(me, them, outcome.reply);
      if (outcome.presence === "current") this.#firstLook(me, them);
      // RFC 6121 §3.1.5, §3.1.6: between local people the first look comes here, after the push and the stanza.
      if (type === "subscribed" && this.#site.isLocal(them.domain)) this.#tellCurrent(them, me);
    });
  }

  /** RFC 6121 §3.1.5: with the right to watch comes the first look; local people get it when the grant has arrived. */
  #firstLook(of: Jid, to: Jid): void {
    if (!this.#site.isLocal(to.domain)) this.#tellCurrent(of, to);
  }

  #tellCurrent(of: Jid, to: Jid): void {
    this.#rosters.use(of.bare, (book) => {
      if (!hidesFrom(this.#site, book, to)) this.#presence.tellCurrent(of, to);
    });
  }

  #keep(book: RosterBook, outcome: SubscriptionOutcome, contact: string, then: () => void): void {
    const { item } = outcome;
    if (item === undefined && !outcome.drop) {
      then();
      return;
    }
    const write = item === undefined ? this.#rosters.remove(book, contact) : this.#rosters.put(book, item);
    write.then((version) => {
      if (item !== undefined && outcome.push) this.push(book.owner, item, version);
      then();
    }, this.#site.storeFailed);
  }

  #say(from: Jid, to: Jid, type: SubscriptionType): void {
    const text = stanzaText({ name: "presence", from: from.bare, to: to.bare, type });
    this.#post.route(written("presence", type, bareJid(from), bareJid(to), text));
  }
}
