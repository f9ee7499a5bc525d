import { type Address, addressFrom } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import type { Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import { namesType } from "../sip/accept.ts";
import type { SipMessage } from "../sip/message.ts";
import { supports } from "../sip/option-tags.ts";
import { ListNotifier } from "../sip/resource-list-notifier.ts";
import { type ListEntry, readRecipientList } from "../sip/resource-lists.ts";
import type { ResourceInstance } from "../sip/rlmi.ts";
import { contactsList, listMeant } from "../sip/rls-services.ts";
import type { Verdict } from "../sip/subscription.ts";
import { parseUri, personOf } from "../sip/uri.ts";
import { sipUriOf } from "../translate/address.ts";
import { personJid } from "../translate/stanza.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { SipPeople } from "./sip-people.ts";
import type { SipPresencePackage } from "./sip-presence-package.ts";
import type { Watched } from "./sip-subscription.ts";
import type { Offer, Watching } from "./sip-subscriptions.ts";
import type { Site } from "./site.ts";

const pidf = "application/pidf+xml";

/** After a change: until the documents of a service are read anew. */
const rereadMs = 300;

/** Whom a service of a person's stands for now (`SipXcap.served`). */
type Served = (service: string, owner: Address) => Promise<Result<readonly ListEntry[]> | undefined>;

/**
 * Lists of people watched by one subscription (RFC 4662): the watcher's own contacts, under the address "alice+presence", a service
 * of theirs (RFC 4826 §4), or a list that comes with the SUBSCRIBE (RFC 5367). Each entry is judged and watched as if it had been asked for by itself.
 */
export class SipLists {
  readonly #site: Site;
  readonly #people: SipPeople;
  readonly #presence: SipPresencePackage;
  readonly #served: Served;
  readonly #open = new Map<string, Set<OwnList>>();

  constructor(site: Site, rosters: Rosters, people: SipPeople, presence: SipPresencePackage, served: Served) {
    this.#site = site;
    this.#people = people;
    this.#presence = presence;
    this.#served = served;
    rosters.listen((book) => {
      for (const list of this.#open.get(book.owner) ?? []) list.rosterChanged(book);
      this.changed(book.owner);
    });
  }

  /** Somebody's documents or contacts are others: so may be whom their services stand for. */
  changed(owner: string): void {
    for (const list of this.#open.get(owner) ?? []) list.servicesChanged();
  }

  /** What a SUBSCRIBE for presence is offered when it is for a list; undefined when it is for one person. */
  offer(message: SipMessage, watcher: Address): Promise<Offer> | Offer | undefined {
    const own = this.#ownList(message.uri, watcher);
    const brings = message.contentType === "application/resource-lists+xml";
    if (own === undefined && !brings) return undefined;
    if (own !== undefined && own !== contactsList && !brings) return this.#offerService(message, watcher);
    const takes = this.#takesLists(message);
    if (takes !== undefined) return takes;
    if (!brings) return this.#begin(message.uri, watcher, undefined);
    const list = readRecipientList(
      { contentType: message.contentType, contentEncoding: message.header("content-encoding"), bytes: message.body },
      this.#site.settings.limits,
    );
    return list.ok ? this.#begin(message.uri, watcher, list.value) : { kind: "refuse", why: list.fault };
  }

  /** Why somebody cannot be sent lists; undefined when they can. */
  #takesLists(message: SipMessage): Offer | undefined {
    // RFC 4662 §4.3: whoever does not say that they know lists cannot be sent one.
    if (!supports(message, "eventlist")) {
      return { kind: "refuse", why: fault("sip-extension", "eventlist"), headers: "Require: eventlist\r\n" };
    }
    const accept = message.values("accept");
    const takes = (type: string): boolean => accept.length === 0 || namesType(accept, type);
    if (!takes("multipart/related") || !takes("application/rlmi+xml")) {
      return { kind: "refuse", why: fault("sip-not-acceptable") };
    }
    return undefined;
  }

  /** A service the watcher has written (RFC 4826 §4): the list it stands for. Where there is none, it may be a person's name. */
  async #offerService(message: SipMessage, watcher: Address): Promise<Offer> {
    const named = targetOf(message.uri);
    const service = named.ok ? named.value.text : "";
    const entriesNow = () => this.#served(service, watcher);
    const entries = await entriesNow();
    if (entries === undefined || (await this.#site.world.store.accounts.find(service)) !== undefined) {
      return this.#presence.offer(message, watcher);
    }
    if (!entries.ok) return { kind: "refuse", why: entries.fault };
    return this.#takesLists(message) ?? this.#begin(message.uri, watcher, entries.value, entriesNow);
  }

  /** The name of a list of the watcher's own: "presence" for all contacts, or a service. */
  #ownList(text: string, watcher: Address): string | undefined {
    const named = targetOf(text);
    if (!named.ok || named.value.domain !== watcher.domain) return undefined;
    const meant = listMeant(named.value.local);
    const owner = meant === undefined ? undefined : addressFrom(meant.owner, named.value.domain);
    return owner?.ok && owner.value.text === watcher.text ? meant?.name : undefined;
  }

  async #begin(
    uri: string,
    watcher: Address,
    given: readonly ListEntry[] | undefined,
    entriesNow?: () => ReturnType<Served>,
  ): Promise<Offer> {
    const person = await this.#people.enter(watcher);
    const entries = given ?? entriesOf(person.book);
    return {
      kind: "offer",
      verdict: "allow",
      declined: () => this.#people.leave(person),
      headers: "Require: eventlist\r\n",
      watched: (watching) => {
        person.watching++;
        const list = new OwnList(
          this.#site,
          this.#presence,
          watcher,
          uri,
          entries,
          watching,
          given === undefined,
          entriesNow,
        );
        const lists = this.#open.get(watcher.text) ?? new Set();
        this.#open.set(watcher.text, lists.add(list));
        return list.watched(() => {
          lists.delete(list);
          if (lists.size === 0) this.#open.delete(watcher.text);
          person.watching--;
          this.#people.leave(person);
        });
      },
    };
  }
}

/** The people a roster shows, as a list. */
function entriesOf(book: RosterBook): readonly ListEntry[] {
  const entries: ListEntry[] = [];
  for (const { contact, name } of book.items.values()) {
    if (name !== undefined && contact.includes("@")) entries.push({ uri: sipUriOf(personJid(contact)), name });
  }
  return entries;
}

/** One subscription to one list. */
class OwnList {
  readonly #site: Site;
  readonly #presence: SipPresencePackage;
  readonly #watcher: Address;
  readonly #watching: Watching;
  readonly #isRoster: boolean;
  /** Of a service: whom it stands for by now. */
  readonly #entriesNow: (() => ReturnType<Served>) | undefined;
  readonly #anew = new Alarm(() => this.#reread());
  readonly #notifier: ListNotifier;
  /** Open looks at the entries, by URI; undefined while one is being opened. */
  readonly #looks = new Map<string, Watched | undefined>();
  /** Entries that nobody has looked for yet. */
  readonly #unasked = new Set<string>();
  #underWay = 0;
  #resuming = false;
  #over = false;

  constructor(
    site: Site,
    presence: SipPresencePackage,
    watcher: Address,
    uri: string,
    entries: readonly ListEntry[],
    watching: Watching,
    isRoster: boolean,
    entriesNow: (() => ReturnType<Served>) | undefined,
  ) {
    this.#entriesNow = entriesNow;
    this.#site = site;
    this.#presence = presence;
    this.#watcher = watcher;
    this.#watching = watching;
    this.#isRoster = isRoster;
    this.#notifier = new ListNotifier(uri, entries, watcher.domain, site.settings.limits);
    for (const entry of entries) this.#look(entry.uri);
  }

  watched(ended: () => void): Watched {
    let versions = 0;
    return {
      document: (_, full, version) => {
        versions = version;
        const { contentType, body } = this.#notifier.body(full, version);
        // What did not fit follows when this one has been answered.
        if (this.#notifier.waits) this.#site.world.clock.endOfTurn(() => this.#watching.changed());
        return { contentType, body, headers: "Require: eventlist\r\n" };
      },
      get etag() {
        return `l${versions}`;
      },
      ended: () => {
        this.#over = true;
        this.#site.wheel.clear(this.#anew);
        for (const look of this.#looks.values()) look?.ended();
        this.#looks.clear();
        this.#unasked.clear();
        ended();
      },
    };
  }

  /** The roster this list is made of has changed: other entries, or other names. */
  rosterChanged(book: RosterBook): void {
    if (this.#isRoster && !this.#over) this.#replace(entriesOf(book));
  }

  /** What its owner has written or whom they know is another matter. */
  servicesChanged(): void {
    // Those who are looked for become contacts, one after the other: read once for many.
    if (this.#entriesNow !== undefined && !this.#anew.isSet) this.#site.wheel.set(this.#anew, rereadMs);
  }

  #reread(): void {
    this.#entriesNow?.().then((entries) => {
      // One that was removed stands for nobody.
      if (!this.#over) this.#replace(entries?.ok === true ? entries.value : []);
    }, this.#site.storeFailed);
  }

  #replace(entries: readonly ListEntry[]): void {
    const uris = new Set(entries.map(({ uri }) => uri));
    const gone = [...this.#looks.keys()].filter((uri) => !uris.has(uri));
    const fresh = entries.filter(({ uri }) => !this.#looks.has(uri));
    if (gone.length === 0 && fresh.length === 0) return;
    this.#notifier.replace(entries);
    for (const uri of gone) {
      this.#looks.get(uri)?.ended();
      this.#looks.delete(uri);
      this.#unasked.delete(uri);
    }
    for (const { uri } of fresh) this.#look(uri);
    this.#watching.changed(true);
  }

  #look(uri: string): void {
    if (!targetOf(uri).ok) {
      this.#set(uri, { state: "terminated", reason: "noresource", document: undefined });
      return;
    }
    this.#looks.set(uri, undefined);
    this.#unasked.add(uri);
    this.#askOn();
  }

  /**
   * Looks for as many as limits.sipListLooksAtOnceMax lets it, and for more in a later turn: each may have to be read from the
   * store, become a contact, and be asked of a partner, and a list names a thousand.
   */
  #askOn(): void {
    const most = this.#site.settings.limits.sipListLooksAtOnceMax;
    for (const uri of this.#unasked) {
      if (this.#underWay >= most) return;
      this.#unasked.delete(uri);
      const target = targetOf(uri);
      if (!target.ok) continue;
      this.#underWay++;
      this.#presence
        .watch(this.#watcher, target.value, pidf, true)
        .then((offer) => this.#offered(uri, offer), this.#site.storeFailed)
        .finally(() => {
          this.#underWay--;
          if (this.#resuming) return;
          this.#resuming = true;
          this.#site.world.clock.endOfTurn(() => {
            this.#resuming = false;
            this.#askOn();
          });
        });
    }
  }

  #offered(uri: string, offer: Offer): void {
    if (this.#over || !this.#looks.has(uri)) {
      if (offer.kind === "offer") offer.declined?.();
    } else if (offer.kind === "refuse") {
      this.#set(uri, { state: "terminated", reason: "noresource", document: undefined });
    } else this.#open(uri, offer);
  }

  #open(uri: string, offer: Extract<Offer, { kind: "offer" }>): void {
    let verdict = offer.verdict;
    const tell = (): void => {
      const look = this.#looks.get(uri);
      if (look !== undefined) this.#set(uri, instanceOf(look, verdict));
    };
    const look = offer.watched({
      changed: tell,
      decided: (decided) => {
        verdict = decided;
        tell();
      },
      state: { at: "ended" },
    });
    this.#looks.set(uri, look);
    tell();
  }

  #set(uri: string, instance: ResourceInstance): void {
    if (this.#notifier.set(uri, instance)) this.#watching.changed();
  }
}

/** Whom an entry names. */
function targetOf(uri: string): Result<Address> {
  const read = parseUri(uri);
  return read.ok ? personOf(read.value) : read;
}

/** An entry's state as the list tells it: who may not see sees somebody who is not there (SUB-07), or that they wait. */
function instanceOf(look: Watched, verdict: Verdict): ResourceInstance {
  const made = look.document(verdict === "allow" ? "state" : "neutral", true, 0);
  const body = made === undefined ? "" : Buffer.from(made.body).toString("utf8");
  return {
    state: verdict === "pending" ? "pending" : "active",
    reason: "",
    document: made === undefined ? undefined : { contentType: made.contentType, body },
  };
}
