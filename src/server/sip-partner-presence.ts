import type { Address } from "../base/address.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { bandsOf, type MappingOverrides, seenBy } from "../presence/mapping-overrides.ts";
import { type Client, clients, type Partner as Mapping } from "../presence/mapping-table.ts";
import { ofNumber, stateOf } from "../presence/microsoft-availability.ts";
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
import { SipOutages } from "./sip-outages.ts";
import type { SipPartners } from "./sip-partners.ts";
import { sipResource } from "./sip-person.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import { type KeptWatch, SipWatch } from "./sip-watch.ts";
import type { Site } from "./site.ts";

/** How somebody at a partner is shown to one class of client here. */
type Face = { readonly type: "unavailable" | undefined; readonly inner: string };
type Faces = Readonly<Record<Client, Face>>;

const gone: Face = { type: "unavailable", inner: "" };
const nobody: Faces = { xmpp3: gone, cupc: gone, jabber: gone };

/** People here who watch people at SIP partners (RFC 8048 §4), each state as the partner's mapping table has it. */
export class SipPartnerPresence {
  readonly #site: Site;
  readonly #post: Post;
  readonly #transactions: SipTransactions;
  readonly #partners: SipPartners;
  readonly #kept: SipKept;
  readonly #names: OutsideNames;
  readonly #outages: SipOutages;
  readonly #watches = new Map<string, SipWatch>();
  readonly #dialogs = new Map<string, SipWatch>();
  /** Those whose place another has taken: what they still hear is not for anybody here. */
  readonly #left = new WeakSet<SipWatch>();
  /** Begins the same watch anew. */
  readonly #anew = new WeakMap<SipWatch, () => void>();
  /** What each watched person was last seen as, for local devices that come later. */
  readonly #seen = new Map<string, Faces>();
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
    this.#outages = new SipOutages({
      site,
      stands: (domain) => partners.stands(domain),
      reach: (domain) => {
        const partner = partners.of(domain);
        return partner === undefined ? undefined : partners.reach(partner);
      },
      rate: (domain) => {
        const partner = partners.of(domain);
        return partner === undefined ? 1 : partners.rateOf(partner);
      },
    });
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

  /** A partner is lost, and perhaps with it what its server knew of our subscriptions: each is looked after. */
  doubts(domain: string): void {
    for (const watch of this.#watches.values()) if (watch.pair.endsWith(`@${domain}`)) watch.doubt();
    this.#outages.lost(domain);
  }

  /** For how long a partner has been looked for in vain, in milliseconds. */
  awayMs(domain: string): number | undefined {
    return this.#outages.awayMs(domain);
  }

  /** A partner has proved itself on another connection: if it was away, it may be back. */
  proved(domain: string): void {
    this.#outages.proved(domain);
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
        const own = sipUriOf(this.#names.ours(personJid(local)));
        // What was asked under another name is asked anew.
        const dialog = state.dialog?.local.includes(`<${own}>`) === true ? state.dialog : undefined;
        const standing = dialog === undefined ? "asked" : state.standing;
        this.#begin(pair, local, foreign, partner, { standing, dialog, expiresAt });
      }
    }
  }

  /** The tables of some partners are others: who is watched there is shown anew. */
  remapped(concerned: (domain: string) => boolean): void {
    for (const [pair, again] of this.#again) if (concerned(pair.slice(pair.lastIndexOf("@") + 1))) again();
  }

  /**
   * People here may be known elsewhere by other names (EML-01): who watches under one that is not theirs any more leaves, and asks under
   * the new one, which may be shown as a question there (EML-07).
   */
  renamed(): void {
    for (const watch of [...this.#watches.values()]) {
      const { pair } = watch;
      if (watch.from === sipUriOf(this.#names.ours(personJid(pair.slice(0, pair.indexOf(" ")))))) continue;
      const anew = this.#anew.get(watch);
      this.#left.add(watch);
      this.#watches.delete(pair);
      watch.leave();
      // Until they say yes to the new name, nothing is known of them.
      const [watcher = "", contact = ""] = pair.split(" ");
      this.#hide(pair, personJid(watcher), personJid(contact));
      anew?.();
    }
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
    this.#outages.end();
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
        told: (watch, standing: Standing) => {
          if (this.#left.has(watch)) return;
          if (standing === "active") answered("subscribed");
          else if (standing === "refused") {
            answered("unsubscribed");
            this.#hide(pair, watcher, contact);
            // K-6: there is nobody to be seen any more, which is no refusal.
          } else if (standing === "gone") this.#hide(pair, watcher, contact);
          else if (standing === "unknown") this.#show(pair, watcher, contact, nobody);
        },
        read: (watch, document) => {
          if (this.#left.has(watch)) return;
          const read = () => this.#read(pair, watcher, contact, partner, document);
          this.#again.set(pair, read);
          read();
        },
        keep: (watch, kept) => {
          if (this.#left.has(watch)) return;
          if (kept === undefined) this.#kept.remove(`ours ${pair}`);
          else this.#keep(pair, local, foreign, kept);
        },
        waits: (watch, waits) => {
          if (waits) this.#outages.wait(partner.domain, watch);
          else this.#outages.forget(partner.domain, watch);
        },
        blank: (watch) => {
          if (this.#left.has(watch)) return;
          this.#again.delete(pair);
          this.#show(pair, watcher, contact, nobody);
        },
        ended: (watch) => {
          if (this.#left.has(watch)) return;
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
    this.#anew.set(made, () => this.#begin(pair, local, foreign, partner));
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
    const { type, mapping } = this.#partners.of(partner.domain) ?? partner;
    const faces = facesOf(document, sipProfiles[type].mapping, mapping);
    if (faces !== undefined) this.#show(pair, watcher, contact, faces);
  }

  #show(pair: string, watcher: Parcel["to"], contact: Parcel["to"], faces: Faces): void {
    this.#seen.set(pair, faces);
    this.#post.route(shownAs(deviceJid(contact, sipResource), watcher, faces));
  }

  /** RFC 8048 §4.3, RFC 6121 §3.2.3, §3.3.3: whose subscription has ended does not see them any more. */
  #hide(pair: string, watcher: Parcel["to"], contact: Parcel["to"]): void {
    const seen = this.#seen.get(pair);
    if (seen === undefined || clients.every((client) => seen[client].type !== undefined)) return;
    this.#show(pair, watcher, contact, nobody);
  }

  /** A device that has just come asks how they are: as they were when last heard of. */
  #repeat(pair: string, { from, to }: Parcel): void {
    const seen = this.#seen.get(pair);
    if (seen !== undefined) this.#post.route(shownAs(deviceJid(personJid(to.bare), sipResource), from, seen));
  }
}

/** By each class's column of the tables (MAP-1), and what an administrator wants otherwise; undefined: nothing is said of them. */
function facesOf(document: PresenceDocument, partner: Mapping, overrides: MappingOverrides): Faces | undefined {
  const { number, activity } = document;
  const state =
    number === undefined ? document.availability : stateOf(ofNumber(number, true, bandsOf(overrides)), activity);
  if (state === undefined) return undefined;
  const face = (client: Client): Face => {
    const { availability, text } = seenBy(overrides, partner, client, state);
    if (availability === "offline") return gone;
    return { type: undefined, inner: presenceInner(availability, withWord(text, document.note), 0) };
  };
  return { xmpp3: face("xmpp3"), cupc: face("cupc"), jabber: face("jabber") };
}

/** One stanza for all, and where classes of clients are shown different things, another for each. */
function shownAs(from: Parcel["from"], to: Parcel["to"], faces: Faces): Parcel {
  const parcelOf = ({ type, inner }: Face) =>
    new Parcel("presence", type, undefined, from, to, presenceStanza(from, to, type, inner));
  const shown = parcelOf(faces.xmpp3);
  const { type, inner } = faces.xmpp3;
  if (clients.some((client) => faces[client].type !== type || faces[client].inner !== inner)) {
    shown.views = (client) => (client === "xmpp3" ? shown : parcelOf(faces[client]));
  }
  return shown;
}
