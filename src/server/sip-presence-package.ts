import type { Address } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import type { Composed } from "../presence/compose.ts";
import { chosenType, presenceTypes } from "../sip/accept.ts";
import type { SipMessage } from "../sip/message.ts";
import { writePidf } from "../sip/pidf-write.ts";
import type { Verdict } from "../sip/subscription.ts";
import { isSipUri, parseUri, personOf } from "../sip/uri.ts";
import { writeXpidf } from "../sip/xpidf.ts";
import { sipUriOf } from "../translate/address.ts";
import { personJid } from "../translate/stanza.ts";
import { looksTheSame, offline, type PresenceBoard } from "./presence-board.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { SipForeignPresence } from "./sip-foreign-presence.ts";
import type { SipPeople } from "./sip-people.ts";
import type { NotifyBody, Watched } from "./sip-subscription.ts";
import type { Offer, Watching } from "./sip-subscriptions.ts";
import type { Site } from "./site.ts";
import { verdictOn } from "./visibility.ts";

/** What the roster of a watcher is asked for. */
export interface RosterHall {
  /** The watcher asks to see somebody, as an XMPP client would (RFC 6121 §3.1.2). */
  subscribe(watcher: Address, contact: Address): void;
}

/** One open look at one person. */
type Look = { readonly watcher: Address; readonly target: Address; readonly watching: Watching };

/** Written once per state, shared by everybody who is sent it. */
type Documents = { readonly etag: string; readonly pidf: NotifyBody; xpidf: NotifyBody | undefined };

/**
 * The presence of one person, local or foreign, for local people's SIP clients (RFC 3856). A subscription is the roster's own:
 * who is watched is a contact, and who asks is asked about, in whatever client of either is on.
 */
export class SipPresencePackage {
  readonly #site: Site;
  readonly #board: PresenceBoard;
  readonly #rosters: Rosters;
  readonly #people: SipPeople;
  readonly #foreign: SipForeignPresence;
  readonly #hall: RosterHall;
  readonly #looks = new Map<string, Set<Look>>();
  readonly #documents = new WeakMap<Composed, Documents>();
  /** The last of them: what changes is told to many, one after the other. */
  #last: { readonly of: Composed; readonly made: Documents } | undefined;
  #versions = 0;

  constructor(
    site: Site,
    board: PresenceBoard,
    rosters: Rosters,
    people: SipPeople,
    foreign: SipForeignPresence,
    hall: RosterHall,
  ) {
    this.#site = site;
    this.#board = board;
    this.#rosters = rosters;
    this.#people = people;
    this.#foreign = foreign;
    this.#hall = hall;
    board.listen((bare, now, before) => this.#changed(bare, looksTheSame(now, before)));
    rosters.listen((book, contact) => this.#rosterChanged(book, contact));
  }

  /** What a SUBSCRIBE for somebody's presence is offered. */
  async offer(message: SipMessage, watcher: Address): Promise<Offer> {
    const type = chosenType(message.values("accept"), presenceTypes);
    if (type === undefined) return { kind: "refuse", why: fault("sip-not-acceptable") };
    const uri = parseUri(message.uri);
    const target = uri.ok ? personOf(uri.value) : uri;
    if (!target.ok) return { kind: "refuse", why: target.fault };
    return this.watch(watcher, target.value, type, uri.ok && isSipUri(uri.value) ? message.expires !== 0 : true);
  }

  /** The same for one person of a list. `lasting` false: only a look, which makes nobody a contact. */
  async watch(watcher: Address, target: Address, type: string, lasting: boolean): Promise<Offer> {
    const local = this.#site.isLocal(target.domain);
    if (local && (await this.#site.world.store.accounts.find(target.text)) === undefined) {
      return { kind: "refuse", why: fault("sip-no-such-user") };
    }
    const person = await this.#people.enter(watcher);
    const verdict = await this.#verdict(person.book, watcher, target);
    const contact = person.book.items.get(target.text);
    const asks = contact?.subscription !== "to" && contact?.subscription !== "both";
    if (lasting && asks && verdict !== "polite-block" && target.text !== watcher.text) {
      this.#hall.subscribe(watcher, target);
    }
    return {
      kind: "offer",
      declined: () => this.#people.leave(person),
      verdict: asks && verdict === "allow" && !local ? "pending" : verdict,
      watched: (watching) => {
        const look: Look = { watcher, target, watching };
        this.#add(look);
        person.watching++;
        if (!local) this.#foreign.open(person, target, lasting || !asks);
        return this.#watched(look, type, () => {
          person.watching--;
          if (!local) this.#foreign.close(person, target);
          this.#people.leave(person);
        });
      },
    };
  }

  /** Somebody of another domain begins to look at a person here; call what is answered when they look no more. */
  openLook(watcher: Address, target: Address, watching: Watching): () => void {
    const look: Look = { watcher, target, watching };
    this.#add(look);
    return () => this.#drop(look, watching);
  }

  /** Something changed in what a foreign contact shows to a person here. */
  foreignChanged(watcher: string, contact: string): void {
    for (const look of this.#looks.get(contact) ?? []) if (look.watcher.text === watcher) look.watching.changed();
  }

  /** Those of some domains who look are told anew, whatever they look at. */
  lookAgain(from: (domain: string) => boolean): void {
    for (const looks of this.#looks.values()) {
      for (const { watcher, watching } of looks) if (from(watcher.domain)) watching.changed();
    }
  }

  /** Everybody who is looked at. */
  get targets(): Iterable<string> {
    return this.#looks.keys();
  }

  /** Those who look at the owner of a roster are judged anew: the settings are others. */
  judgeAgain(book: RosterBook): void {
    this.#rosterChanged(book, undefined);
  }

  /** The open looks at a person, for the operator: who looks, and whether they see anything yet. */
  looksAt(bare: string): readonly { readonly watcher: Address; readonly at: "active" | "pending" }[] {
    const looks: { readonly watcher: Address; readonly at: "active" | "pending" }[] = [];
    for (const { watcher, watching } of this.#looks.get(bare) ?? []) {
      if (watching.state.at !== "ended") looks.push({ watcher, at: watching.state.at });
    }
    return looks;
  }

  async #verdict(book: RosterBook, watcher: Address, target: Address): Promise<Verdict> {
    if (watcher.text === target.text) return "allow";
    if (!this.#site.isLocal(target.domain)) return foreignVerdict(book, target.text);
    const held = await this.#rosters.hold(target.text);
    const { verdict } = verdictOn(this.#site, held, { bare: watcher.text, domain: watcher.domain });
    this.#rosters.release(held);
    return verdict;
  }

  #watched({ watcher, target, ...rest }: Look, type: string, ended: () => void): Watched {
    const look: Look = { watcher, target, ...rest };
    const current = () => this.#current(watcher, target);
    const documents = () => this.#documentsOf(current(), target);
    return {
      document: (body): NotifyBody => {
        const made = this.#documentsOf(body === "neutral" ? offline : current(), target);
        if (type === "application/pidf+xml") return made.pidf;
        made.xpidf ??= bodyOf(type, made.etag, this.#xpidf(body === "neutral" ? offline : current(), target));
        return made.xpidf;
      },
      get etag() {
        return documents().etag;
      },
      ended: () => {
        this.#drop(look, rest.watching);
        ended();
      },
    };
  }

  #current(watcher: Address, target: Address): Composed {
    return this.#site.isLocal(target.domain)
      ? this.#board.of(target.text)
      : this.#foreign.of(watcher.text, target.text);
  }

  #documentsOf(composed: Composed, target: Address): Documents {
    if (this.#last?.of === composed) return this.#last.made;
    // "offline" is one object for everybody nothing is known of, so it has no documents of its own.
    const kept = composed === offline ? undefined : this.#documents.get(composed);
    if (kept !== undefined) return kept;
    const pidf = writePidf({
      entity: sipUriOf(personJid(target.text)),
      availability: composed.availability,
      note: composed.note,
      priority: composed.priority,
      ...(composed.since > 0 ? { since: composed.since } : {}),
    });
    const etag = composed === offline ? "offline" : (++this.#versions).toString(36);
    const made: Documents = { etag, pidf: bodyOf("application/pidf+xml", etag, pidf), xpidf: undefined };
    if (composed !== offline) {
      this.#documents.set(composed, made);
      this.#last = { of: composed, made };
    }
    return made;
  }

  #xpidf(composed: Composed, target: Address): string {
    return writeXpidf({
      entity: sipUriOf(personJid(target.text)),
      availability: composed.availability,
    });
  }

  /** `here`: nobody here sees a difference, others may. */
  #changed(bare: string, here: boolean): void {
    for (const { watcher, watching } of this.#looks.get(bare) ?? []) {
      if (!here || !this.#site.isLocal(watcher.domain)) watching.changed();
    }
  }

  /** A roster or somebody's lists are others: those who look are judged anew. */
  #rosterChanged(book: RosterBook, contact: string | undefined): void {
    for (const look of this.#looks.get(book.owner) ?? []) {
      if (look.watcher.text === book.owner) continue;
      if (contact !== undefined && look.watcher.text !== contact) continue;
      const { text: bare, domain } = look.watcher;
      const { verdict } = verdictOn(this.#site, book, { bare, domain });
      // RFC 8048 §5.2.2: nobody is being asked any more, so they have been refused; they may ask again (RFC 6121 §3.1.4).
      const refused = contact !== undefined && verdict === "pending" && book.items.get(contact)?.pendingIn !== true;
      look.watching.decided(refused ? "block" : verdict);
    }
    if (contact === undefined) return;
    for (const look of this.#looks.get(contact) ?? []) {
      if (look.watcher.text !== book.owner || this.#site.isLocal(look.target.domain)) continue;
      look.watching.decided(foreignVerdict(book, contact));
    }
  }

  #add(look: Look): void {
    const looks = this.#looks.get(look.target.text);
    if (looks === undefined) this.#looks.set(look.target.text, new Set([look]));
    else looks.add(look);
  }

  #drop({ target }: Look, watching: Watching): void {
    const looks = this.#looks.get(target.text);
    if (looks === undefined) return;
    for (const look of looks) if (look.watching === watching) looks.delete(look);
    if (looks.size === 0) this.#looks.delete(target.text);
  }
}

function bodyOf(contentType: string, etag: string, text: string): NotifyBody {
  return { contentType, body: Buffer.from(text, "utf8"), headers: `SIP-ETag: ${etag}\r\n` };
}

/** RFC 8048 §4.2: of a foreign contact nothing is shown before it has been granted. */
function foreignVerdict(book: RosterBook, contact: string): Verdict {
  const subscription = book.items.get(contact)?.subscription;
  return subscription === "to" || subscription === "both" ? "allow" : "pending";
}
