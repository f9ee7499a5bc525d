import type { Address } from "../base/address.ts";
import type { Availability } from "../presence/availability.ts";
import { type Composed, explain, type Tried } from "../presence/compose.ts";
import type { PrivacyVerdict } from "../presence/privacy.ts";
import type { Source } from "../presence/source.ts";
import { withWord } from "../presence/xmpp-show.ts";
import { pidfWord } from "../sip/pidf-write.ts";
import { child, textOf } from "../xml/element.ts";
import { Parcel } from "./parcel.ts";
import type { People } from "./people.ts";
import { offline, type PresenceBoard } from "./presence-board.ts";
import type { PresenceDesk } from "./presence-desk.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import { toldTo } from "./sip-partner-watchers.ts";
import type { SipPartners } from "./sip-partners.ts";
import type { SipPresencePackage } from "./sip-presence-package.ts";
import type { Site } from "./site.ts";
import { verdictOn } from "./visibility.ts";

/** Why a person is as they are (SUB-27): what says something of them, the rules tried, and what came of it. */
export type Explanation = {
  readonly address: string;
  readonly sources: readonly Source[];
  readonly tried: readonly Tried[];
  readonly composed: Composed;
  /** By the eyes of the watcher who was asked for. */
  readonly seen: Seen | undefined;
};

/** What one watcher is shown. */
export type Seen = {
  readonly watcher: string;
  /** "refuse": there is no talking to the watcher's domain. */
  readonly verdict: PrivacyVerdict["verdict"] | "refuse";
  /** The requirement's id and words. */
  readonly why: string;
  /** The roster lets them watch already; otherwise they see nothing before they ask. */
  readonly subscribed: boolean;
  readonly state: Availability;
  readonly note: string;
  /** The table the state was looked up in (MAP-1 and on), where a SIP partner is told another one. */
  readonly map: string | undefined;
  /** Over XMPP: what each device that is there shows; none: "unavailable". Undefined: they are not reached by XMPP. */
  readonly xmpp: readonly { readonly from: string; readonly show: string; readonly status: string }[] | undefined;
  /** Over SIP: the document's basic status and activities. Undefined: they are not reached by SIP. */
  readonly sip: ReturnType<typeof pidfWord> | undefined;
};

/** Somebody who watches a person, or asks to. */
export type WatcherView = {
  readonly address: string;
  /** What the person's roster says: who may watch, has asked, or is approved before they ask. */
  readonly roster: "from" | "both" | "pending" | "approved" | "none";
  readonly verdict: Seen["verdict"];
  readonly why: string;
  /** Their open SIP subscriptions. */
  readonly sip: readonly ("active" | "pending")[];
  /** How many of their XMPP devices look for a while though the person is no contact (SUB-26). */
  readonly adHoc: number;
};

/** Presence as an administrator looks at it: why somebody is as they are, who sees what, and who watches. */
export class PresenceView {
  readonly #site: Site;
  readonly #people: People;
  readonly #rosters: Rosters;
  readonly #board: PresenceBoard;
  readonly #sip: Pick<SipPresencePackage, "looksAt">;
  readonly #presence: Pick<PresenceDesk, "looksAt">;
  readonly #partners: Pick<SipPartners, "of">;

  constructor(
    site: Site,
    people: People,
    rosters: Rosters,
    board: PresenceBoard,
    sip: Pick<SipPresencePackage, "looksAt">,
    presence: Pick<PresenceDesk, "looksAt">,
    partners: Pick<SipPartners, "of">,
  ) {
    this.#site = site;
    this.#people = people;
    this.#rosters = rosters;
    this.#board = board;
    this.#sip = sip;
    this.#presence = presence;
    this.#partners = partners;
  }

  /** Of a local person. Rejects when the store fails. */
  async explain(address: Address, watcher?: Address): Promise<Explanation> {
    const bare = address.text;
    const sources = this.#board.sources(bare);
    return {
      address: bare,
      sources,
      tried: explain(sources, this.#board.rules),
      composed: this.#board.of(bare),
      seen: watcher === undefined ? undefined : await this.#withBook(bare, (book) => this.#seen(book, watcher)),
    };
  }

  /** Who watches a local person or asks to, by address. Rejects when the store fails. */
  watchers({ text: bare }: Address): Promise<readonly WatcherView[]> {
    return this.#withBook(bare, (book) => {
      const found = new Map<string, { readonly domain: string; readonly sip: ("active" | "pending")[] }>();
      for (const { watcher, at } of this.#sip.looksAt(bare)) {
        const known = found.get(watcher.text);
        if (known === undefined) found.set(watcher.text, { domain: watcher.domain, sip: [at] });
        else known.sip.push(at);
      }
      const looks = new Map<string, number>();
      for (const { bare: watcher, domain } of this.#presence.looksAt(bare)) {
        looks.set(watcher, (looks.get(watcher) ?? 0) + 1);
        if (!found.has(watcher)) found.set(watcher, { domain, sip: [] });
      }
      for (const contact of book.items.keys()) {
        if (found.has(contact) || rosterWord(book, contact) === "none") continue;
        found.set(contact, { domain: contact.slice(contact.indexOf("@") + 1), sip: [] });
      }
      return [...found.keys()].sort().map((text) => {
        const { domain = "", sip = [] } = found.get(text) ?? {};
        const verdict = this.#verdict(book, { text, domain });
        return { address: text, roster: rosterWord(book, text), ...verdict, sip, adHoc: looks.get(text) ?? 0 };
      });
    });
  }

  #seen(book: RosterBook, watcher: Address): Seen {
    const { verdict, why } = this.#verdict(book, watcher);
    const own = watcher.text === book.owner;
    const roster = rosterWord(book, watcher.text);
    const subscribed = own || roster === "from" || roster === "both";
    const composed = verdict === "allow" ? this.#board.of(book.owner) : offline;
    const partner = this.#partners.of(watcher.domain);
    const told = partner === undefined ? undefined : toldTo(partner, composed);
    const local = this.#site.isLocal(watcher.domain);
    return {
      watcher: watcher.text,
      verdict,
      why,
      subscribed,
      state: told?.availability ?? composed.availability,
      note: told === undefined ? composed.note : withWord(told.text, composed.note),
      map: told?.map,
      xmpp: partner !== undefined ? undefined : verdict === "allow" && subscribed ? this.#shownBy(book.owner) : [],
      sip: local || told !== undefined ? pidfWord(told?.availability ?? composed.availability) : undefined,
    };
  }

  /** What the person's devices show to those who may see them. */
  #shownBy(bare: string): NonNullable<Seen["xmpp"]> {
    const shown: NonNullable<Seen["xmpp"]>[number][] = [];
    for (const { jid, presence } of this.#people.devices(bare)) {
      if (presence === undefined) continue;
      const bytes = Buffer.concat([presence.head, presence.rest]);
      const { element } = new Parcel("presence", undefined, undefined, jid, jid, bytes);
      const said = (name: string) => textOf(child(element, name, element.ns));
      shown.push({ from: jid.full, show: said("show"), status: said("status") });
    }
    return shown;
  }

  #verdict(
    book: RosterBook,
    { text: bare, domain }: { readonly text: string; readonly domain: string },
  ): Pick<Seen, "verdict" | "why"> {
    if (bare === book.owner) return { verdict: "allow", why: "everybody sees themselves" };
    const refused = this.#site.isLocal(domain) ? undefined : this.#refused(domain);
    if (refused !== undefined) return { verdict: "refuse", why: refused };
    return verdictOn(this.#site, book, { bare, domain });
  }

  /** Why people of a foreign domain may not ask at all. */
  #refused(domain: string): string | undefined {
    const { federation, partners } = this.#site.settings;
    if (!federation) return "SUB-02: federation is off";
    if (this.#site.denials.refuses(domain, "in")) return `SUB-02: ${domain} is on the deny list`;
    const partner = this.#partners.of(domain);
    if (partner !== undefined) {
      const may = partner.direction === "both" || partner.direction === "in";
      return may ? undefined : `SUB-01: the SIP partner ${domain} may not ask (direction ${partner.direction})`;
    }
    const { allowIn, allowOut } = partners.policyFor(domain as Address["domain"]);
    return allowIn && allowOut ? undefined : `SUB-02: ${domain} may not talk to us`;
  }

  async #withBook<T>(bare: string, use: (book: RosterBook) => T): Promise<T> {
    const book = await this.#rosters.hold(bare);
    try {
      return use(book);
    } finally {
      this.#rosters.release(book);
    }
  }
}

function rosterWord(book: RosterBook, contact: string): WatcherView["roster"] {
  const item = book.items.get(contact);
  if (item === undefined) return "none";
  const { subscription, pendingIn, approved } = item;
  if (subscription === "from" || subscription === "both") return subscription;
  return pendingIn ? "pending" : approved ? "approved" : "none";
}
