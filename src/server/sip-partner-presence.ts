import type { Address } from "../base/address.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { shownBy } from "../presence/mapping-overrides.ts";
import { withWord } from "../presence/xmpp-show.ts";
import { epidOf } from "../sip/epid.ts";
import type { PresenceDocument } from "../sip/presence-fields.ts";
import type { Standing } from "../sip/subscriber.ts";
import { sipUriOf } from "../translate/address.ts";
import { presenceInner } from "../translate/presence.ts";
import { sipProfiles } from "../translate/sip-profile.ts";
import { deviceJid, personJid, presenceStanza, presenceWord } from "../translate/stanza.ts";
import type { OutsideNames } from "./outside-names.ts";
import { Parcel, type Post } from "./parcel.ts";
import { contactOn } from "./sip-contact.ts";
import type { KeptSubscription, SipKept } from "./sip-kept.ts";
import type { SipPartners } from "./sip-partners.ts";
import { sipResource } from "./sip-person.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import { type KeptWatch, SipWatch } from "./sip-watch.ts";
import type { Site } from "./site.ts";

/** People here who watch people at SIP partners (RFC 8048 §4), each state as the partner's mapping table has it. */
export class SipPartnerPresence {
  readonly #site: Site;
  readonly #post: Post;
  readonly #transactions: SipTransactions;
  readonly #partners: SipPartners;
  readonly #kept: SipKept;
  readonly #names: OutsideNames;
  readonly #watches = new Map<string, SipWatch>();
  readonly #dialogs = new Map<string, SipWatch>();
  /** What each watched person was last seen as, for local devices that come later. */
  readonly #seen = new Map<string, { readonly type: "unavailable" | undefined; readonly inner: string }>();
  /** Reads a pair's last document once more, for when its partner's tables are others. */
  readonly #again = new Map<string, () => void>();

  constructor(
    site: Site,
    post: Post,
    transactions: SipTransactions,
    partners: SipPartners,
    kept: SipKept,
    names: OutsideNames,
  ) {
    this.#site = site;
    this.#post = post;
    this.#transactions = transactions;
    this.#partners = partners;
    this.#kept = kept;
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
        if (watch === undefined) this.#begin(pair, parcel.from.bare, parcel.to.bare, partner);
        else if (parcel.type === "subscribe") watch.again();
        else this.#repeat(pair, parcel);
        return;
      case "unsubscribe":
        this.#hide(pair, personJid(parcel.from.bare), personJid(parcel.to.bare));
        watch?.leave();
        return;
      default:
        // What they may see of us goes by their own subscription.
        return;
    }
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

  /** Those that were there before this process go on. */
  restore(kept: readonly KeptSubscription[]): void {
    for (const { key, local, foreign, expiresAt, state } of kept) {
      if (state.side !== "ours") continue;
      const contact = personJid(foreign);
      const partner = this.#partners.of(contact.domain);
      const pair = partner === undefined ? "" : `${local} ${this.#names.theirs(contact, partner).bare}`;
      if (partner === undefined || key !== `ours ${pair}`) this.#kept.remove(key);
      else if (!this.#watches.has(pair)) {
        this.#begin(pair, local, foreign, partner, { standing: state.standing, dialog: state.dialog, expiresAt });
      }
    }
  }

  /** The tables of some partners are others: who is watched there is shown anew. */
  remapped(concerned: (domain: string) => boolean): void {
    for (const [pair, again] of this.#again) if (concerned(pair.slice(pair.lastIndexOf("@") + 1))) again();
  }

  /** Some domains may not be watched any more: of their people nothing is to be seen. */
  enforce(denied: (domain: string) => boolean): void {
    for (const [pair, watch] of [...this.#watches]) {
      if (denied(pair.slice(pair.lastIndexOf("@") + 1))) watch.abandon();
    }
  }

  /** The node stops: our subscriptions stay where they are, and go on in the next process. */
  end(): void {
    for (const watch of this.#watches.values()) watch.forget();
  }

  #begin(pair: string, local: string, foreign: string, partner: SipPartner, resumed?: KeptWatch): void {
    const profile = sipProfiles[partner.type];
    const watcher = personJid(local);
    const contact = personJid(foreign);
    const answered = (type: "subscribed" | "unsubscribed") =>
      this.#post.route(new Parcel("presence", type, undefined, contact, watcher, presenceWord(contact, watcher, type)));
    const made = new SipWatch(
      {
        site: this.#site,
        transactions: this.#transactions,
        way: (known, then, failed) => this.#partners.background(partner, known, then, failed),
        contact: contactOn,
        keyed: (watch, before, now) => {
          if (before !== undefined) this.#dialogs.delete(before);
          if (now !== undefined) this.#dialogs.set(now, watch);
        },
        told: (_, standing: Standing) => {
          if (standing === "active") answered("subscribed");
          else if (standing === "refused") {
            answered("unsubscribed");
            this.#hide(pair, watcher, contact);
            // K-6: there is nobody to be seen any more, which is no refusal.
          } else if (standing === "gone") this.#hide(pair, watcher, contact);
          else if (standing === "unknown") this.#show(pair, watcher, contact, "unavailable", "");
        },
        read: (_, document) => {
          const read = () => this.#read(pair, watcher, contact, partner, document);
          this.#again.set(pair, read);
          read();
        },
        keep: (_, kept) => {
          if (kept === undefined) this.#kept.remove(`ours ${pair}`);
          else this.#keep(pair, local, foreign, kept);
        },
        blank: () => {
          this.#again.delete(pair);
          this.#show(pair, watcher, contact, "unavailable", "");
        },
        ended: () => {
          this.#watches.delete(pair);
          this.#seen.delete(pair);
          this.#again.delete(pair);
          this.#kept.remove(`ours ${pair}`);
        },
      },
      pair,
      sipUriOf(this.#names.ours(watcher)),
      sipUriOf(this.#names.theirs(contact, partner)),
      profile.subscribeSeconds,
      profile.epid ? epidOf(local) : undefined,
      resumed,
    );
    this.#watches.set(pair, made);
  }

  #keep(pair: string, local: string, foreign: string, { standing, dialog, expiresAt }: KeptWatch): void {
    this.#kept.put({ key: `ours ${pair}`, local, foreign, expiresAt, state: { side: "ours", standing, dialog } });
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

  /** RFC 8048 §4.3, RFC 6121 §3.2.3, §3.3.3: whose subscription has ended does not see them any more. */
  #hide(pair: string, watcher: Parcel["to"], contact: Parcel["to"]): void {
    const seen = this.#seen.get(pair);
    if (seen !== undefined && seen.type === undefined) this.#show(pair, watcher, contact, "unavailable", "");
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
}
