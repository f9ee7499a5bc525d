import type { Address } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import type { Composed } from "../presence/compose.ts";
import type { Shown } from "../presence/mapping.ts";
import { shownBy } from "../presence/mapping-overrides.ts";
import { withWord } from "../presence/xmpp-show.ts";
import { chosenType } from "../sip/accept.ts";
import { epidOf } from "../sip/epid.ts";
import type { SipMessage } from "../sip/message.ts";
import { writePidf } from "../sip/pidf-write.ts";
import type { PresenceDocument } from "../sip/presence-fields.ts";
import type { Standing } from "../sip/subscriber.ts";
import { sipUriOf } from "../translate/address.ts";
import { presenceInner } from "../translate/presence.ts";
import { sipProfiles } from "../translate/sip-profile.ts";
import { deviceJid, personJid, presenceStanza, presenceWord } from "../translate/stanza.ts";
import type { OutsideNames } from "./outside-names.ts";
import { Parcel, type Post } from "./parcel.ts";
import { offline, type PresenceBoard } from "./presence-board.ts";
import type { Rosters } from "./rosters.ts";
import { contactOn } from "./sip-contact.ts";
import type { SipPartners } from "./sip-partners.ts";
import { sipResource } from "./sip-person.ts";
import type { SipPresencePackage } from "./sip-presence-package.ts";
import type { SipRequest } from "./sip-request.ts";
import type { Watched } from "./sip-subscription.ts";
import type { Offer } from "./sip-subscriptions.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import { SipWatch } from "./sip-watch.ts";
import type { Site } from "./site.ts";
import { verdictOn } from "./visibility.ts";

const pidf = "application/pidf+xml";

/** Presence between people here and people at SIP partners (RFC 8048), each state as the partner's mapping table has it. */
export class SipPartnerPresence {
  readonly #site: Site;
  readonly #post: Post;
  readonly #board: PresenceBoard;
  readonly #rosters: Rosters;
  readonly #presence: SipPresencePackage;
  readonly #transactions: SipTransactions;
  readonly #partners: SipPartners;
  readonly #names: OutsideNames;
  readonly #watches = new Map<string, SipWatch>();
  readonly #dialogs = new Map<string, SipWatch>();
  /** What each watched person was last seen as, for local devices that come later. */
  readonly #seen = new Map<string, { readonly type: "unavailable" | undefined; readonly inner: string }>();
  /** Reads a pair's last document once more, for when its partner's tables are others. */
  readonly #again = new Map<string, () => void>();
  #versions = 0;

  constructor(
    site: Site,
    post: Post,
    board: PresenceBoard,
    rosters: Rosters,
    presence: SipPresencePackage,
    transactions: SipTransactions,
    partners: SipPartners,
    names: OutsideNames,
  ) {
    this.#site = site;
    this.#post = post;
    this.#board = board;
    this.#rosters = rosters;
    this.#presence = presence;
    this.#transactions = transactions;
    this.#partners = partners;
    this.#names = names;
  }

  /** Our own subscriptions at partners now. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Presence of somebody here for somebody at a partner (RFC 8048 §4, §6). */
  send(parcel: Parcel, partner: SipPartner): void {
    const pair = `${parcel.from.bare} ${this.#names.theirs(parcel.to, partner).bare}`;
    const watch = this.#watches.get(pair);
    switch (parcel.type) {
      case "subscribe":
      case "probe":
        if (watch === undefined) this.#begin(pair, parcel, partner);
        else if (parcel.type === "subscribe") watch.again();
        else this.#repeat(pair, parcel);
        return;
      case "unsubscribe":
        watch?.leave();
        return;
      default:
        // What they may see of us goes by their own subscription.
        return;
    }
  }

  /** What a partner's SUBSCRIBE for somebody here is offered. */
  async offer(message: SipMessage, watcher: Address, target: Address, partner: SipPartner): Promise<Offer> {
    if (chosenType(message.values("accept"), [pidf]) === undefined) {
      return { kind: "refuse", why: fault("sip-not-acceptable") };
    }
    if ((await this.#site.world.store.accounts.find(target.text)) === undefined) {
      return { kind: "refuse", why: fault("sip-no-such-user") }; // RT-14
    }
    const spelled = await this.#names.spelled(target.text, watcher, partner);
    const book = await this.#rosters.hold(target.text);
    const { verdict } = verdictOn(this.#site, book, { bare: spelled.text, domain: spelled.domain });
    const known = book.items.get(spelled.text);
    this.#rosters.release(book);
    if (verdict !== "polite-block" && known?.subscription !== "from" && known?.subscription !== "both") {
      // SUB-04, SUB-05: whoever is on is asked, in whatever client.
      const [from, to] = [personJid(spelled.text), personJid(target.text)];
      this.#post.route(new Parcel("presence", "subscribe", undefined, from, to, presenceWord(from, to, "subscribe")));
    }
    return {
      kind: "offer",
      verdict,
      ...(sipProfiles[partner.type].epid ? { epid: epidOf(target.text) } : {}),
      watched: (watching) => this.#watched(target, partner, this.#presence.openLook(spelled, target, watching)),
    };
  }

  /** A NOTIFY of a partner; false when no subscription of ours knows it. */
  notified(request: SipRequest, from: Address, partner: SipPartner): boolean {
    const { callId, toTag, fromTag } = request.message;
    const watch = this.#dialogs.get(`${callId}\n${toTag}\n${fromTag}`) ?? this.#dialogs.get(`${callId}\n${toTag}\n`);
    // R7: it is about whom it was asked for.
    const about = watch?.pair.slice(watch.pair.indexOf(" ") + 1) ?? "";
    if (watch === undefined || !this.#names.same(about, from.text, partner)) return false;
    watch.notified(request);
    return true;
  }

  /** A connection to a partner is gone, and perhaps with it what its server knew of our subscriptions: each is looked after. */
  doubts(domain: string): void {
    for (const watch of this.#watches.values()) if (watch.pair.endsWith(`@${domain}`)) watch.refreshSoon();
  }

  /** The tables of some partners are others: who is watched there, and who watches from there, is shown anew. */
  remapped(partners: ReadonlySet<string>): void {
    const concerned = (domain: string) => partners.has(this.#partners.of(domain)?.domain ?? "");
    for (const [pair, again] of this.#again) if (concerned(pair.slice(pair.lastIndexOf("@") + 1))) again();
    this.#presence.lookAgain(concerned);
  }

  /** The node stops: partners' subscriptions end by themselves. */
  end(): void {
    for (const watch of this.#watches.values()) watch.forget();
  }

  #begin(pair: string, parcel: Parcel, partner: SipPartner): void {
    const { from, to } = parcel;
    const profile = sipProfiles[partner.type];
    const watcher = personJid(from.bare);
    const contact = personJid(to.bare);
    const answered = (type: "subscribed" | "unsubscribed") =>
      this.#post.route(new Parcel("presence", type, undefined, contact, watcher, presenceWord(contact, watcher, type)));
    const made = new SipWatch(
      {
        site: this.#site,
        transactions: this.#transactions,
        way: (known, then, failed) => this.#partners.way(partner, known, then, failed),
        contact: contactOn,
        keyed: (watch, before, now) => {
          if (before !== undefined) this.#dialogs.delete(before);
          if (now !== undefined) this.#dialogs.set(now, watch);
        },
        told: (_, standing: Standing) => {
          if (standing === "active") answered("subscribed");
          else if (standing === "refused" || standing === "gone") answered("unsubscribed");
          else if (standing === "unknown") this.#show(pair, watcher, contact, "unavailable", "");
        },
        read: (_, document) => {
          const read = () => this.#read(pair, watcher, contact, partner, document);
          this.#again.set(pair, read);
          read();
        },
        ended: () => {
          this.#watches.delete(pair);
          this.#seen.delete(pair);
          this.#again.delete(pair);
        },
      },
      pair,
      sipUriOf(watcher),
      sipUriOf(this.#names.theirs(contact, partner)),
      profile.subscribeSeconds,
      profile.epid ? epidOf(from.bare) : undefined,
    );
    this.#watches.set(pair, made);
  }

  #read(
    pair: string,
    watcher: Parcel["to"],
    contact: Parcel["to"],
    partner: SipPartner,
    document: PresenceDocument,
  ): void {
    if (document.availability === undefined) return;
    const { type: kind, mapping } = this.#partners.of(partner.domain) ?? partner;
    const shown = shownBy(mapping, "in", sipProfiles[kind].mapping, "xmpp3", document.availability);
    const type = shown.availability === "offline" ? "unavailable" : undefined;
    const note = withWord(shown.text, document.note);
    this.#show(pair, watcher, contact, type, type === undefined ? presenceInner(shown.availability, note, 0) : "");
  }

  #show(
    pair: string,
    watcher: Parcel["to"],
    contact: Parcel["to"],
    type: "unavailable" | undefined,
    inner: string,
  ): void {
    this.#seen.set(pair, { type, inner });
    const from = deviceJid(contact, sipResource);
    this.#post.route(
      new Parcel("presence", type, undefined, from, watcher, presenceStanza(from, watcher, type, inner)),
    );
  }

  /** A device that has just come asks how they are: as they were when last heard of. */
  #repeat(pair: string, { from, to }: Parcel): void {
    const seen = this.#seen.get(pair);
    if (seen === undefined) return;
    const contact = deviceJid(personJid(to.bare), sipResource);
    this.#post.route(
      new Parcel("presence", seen.type, undefined, contact, from, presenceStanza(contact, from, seen.type, seen.inner)),
    );
  }

  #watched(target: Address, partner: SipPartner, close: () => void): Watched {
    const board = this.#board;
    const profile = sipProfiles[partner.type];
    // What an administrator has changed since they began to look counts too.
    const now = () => this.#partners.of(partner.domain) ?? partner;
    let last: { readonly of: Composed; readonly by: SipPartner; readonly etag: string } | undefined;
    const etag = () => {
      const of = board.of(target.text);
      const by = now();
      if (last?.of !== of || last.by !== by) last = { of, by, etag: `p${(++this.#versions).toString(36)}` };
      return last.etag;
    };
    return {
      document: (body) => {
        const composed = body === "neutral" ? offline : board.of(target.text);
        const shown = toldTo(now(), composed);
        return {
          contentType: pidf,
          body: writePidf({
            entity: sipUriOf(personJid(target.text)),
            availability: shown.availability,
            note: withWord(shown.text, composed.note),
            priority: composed.priority,
            strict: profile.strictPidf,
            show: partner.type === "simple",
          }),
        };
      },
      get etag() {
        return etag();
      },
      ended: close,
    };
  }
}

/** What a partner is told of somebody here: the state, and the text that goes before their own note. */
export function toldTo({ type, mapping }: SipPartner, { reachable, availability }: Composed): Shown {
  // MAP-4: who cannot be reached by messages is offline to a partner, whatever their telephone does.
  return shownBy(mapping, "out", sipProfiles[type].mapping, "xmpp3", reachable ? availability : "offline");
}
