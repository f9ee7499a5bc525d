import type { Address } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import type { RosterItem } from "../base/store.ts";
import { chosenType, watcherInfoTypes } from "../sip/accept.ts";
import type { SipMessage } from "../sip/message.ts";
import { parseUri, personOf } from "../sip/uri.ts";
import { type Watcher, writeWatcherInfo } from "../sip/watcher-info.ts";
import { WatcherChanges } from "../sip/watcher-info-changes.ts";
import { sipUriOf } from "../translate/address.ts";
import { personJid } from "../translate/stanza.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { SipPeople } from "./sip-people.ts";
import type { Offer, Watching } from "./sip-subscriptions.ts";
import type { Site } from "./site.ts";

/** One open look of somebody at who watches them. */
type Look = { readonly owner: string; readonly watching: Watching; readonly changes: WatcherChanges };

/**
 * Who watches a person, or asks to (RFC 3857, RFC 3858): made from their roster, so that whoever asks by XMPP or by SIP is
 * asked about on whatever client is on (SUB-05).
 */
export class SipWatcherInfo {
  readonly #site: Site;
  readonly #people: SipPeople;
  readonly #looks = new Map<string, Set<Look>>();

  constructor(site: Site, rosters: Rosters, people: SipPeople) {
    this.#site = site;
    this.#people = people;
    rosters.listen((book, contact) => this.#changed(book, contact));
  }

  /** What a SUBSCRIBE for presence.winfo is offered: people see their own watchers and nobody else's (RFC 3857 §4.6). */
  async offer(message: SipMessage, owner: Address): Promise<Offer> {
    const type = chosenType(message.values("accept"), watcherInfoTypes);
    if (type === undefined) return { kind: "refuse", why: fault("sip-not-acceptable") };
    const uri = parseUri(message.uri);
    const target = uri.ok ? personOf(uri.value) : uri;
    if (!target.ok) return { kind: "refuse", why: target.fault };
    if (target.value.text !== owner.text) return { kind: "refuse", why: fault("sip-not-yours") };
    const person = await this.#people.enter(owner);
    return {
      kind: "offer",
      verdict: "allow",
      declined: () => this.#people.leave(person),
      watched: (watching) => {
        const look: Look = { owner: owner.text, watching, changes: new WatcherChanges() };
        this.#add(look);
        person.watching++;
        let version = 0;
        return {
          document: (_, full, number) => {
            version = number;
            return {
              contentType: type,
              body: writeWatcherInfo(
                {
                  version: number,
                  full,
                  resource: sipUriOf(person.self),
                  watchers: look.changes.take(full, this.#current(person.book)),
                },
                this.#site.world.clock.now(),
              ),
            };
          },
          get etag() {
            return `w${version}`;
          },
          ended: () => {
            this.#drop(look);
            person.watching--;
            this.#people.leave(person);
          },
        };
      },
    };
  }

  *#current(book: RosterBook): Iterable<Watcher> {
    for (const item of book.items.values()) {
      const watcher = watcherOf(item);
      if (watcher !== undefined) yield watcher;
    }
  }

  #changed(book: RosterBook, contact: string | undefined): void {
    if (contact === undefined) return;
    for (const look of this.#looks.get(book.owner) ?? []) {
      const item = book.items.get(contact);
      look.changes.note((item === undefined ? undefined : watcherOf(item)) ?? gone(contact));
      look.watching.changed();
    }
  }

  #add(look: Look): void {
    const looks = this.#looks.get(look.owner);
    if (looks === undefined) this.#looks.set(look.owner, new Set([look]));
    else looks.add(look);
  }

  #drop(look: Look): void {
    const looks = this.#looks.get(look.owner);
    looks?.delete(look);
    if (looks?.size === 0) this.#looks.delete(look.owner);
  }
}

/** A contact as a watcher; undefined for one that neither watches nor asks. */
function watcherOf({ contact, subscription, pendingIn, name }: RosterItem): Watcher | undefined {
  const watches = subscription === "from" || subscription === "both";
  if (!watches && !pendingIn) return undefined;
  return {
    id: idOf(contact),
    uri: sipUriOf(personJid(contact)),
    displayName: name ?? "",
    status: watches ? "active" : "pending",
    event: watches ? "approved" : "subscribe",
    since: undefined,
    expiresAt: undefined,
  };
}

function gone(contact: string): Watcher {
  return {
    id: idOf(contact),
    uri: sipUriOf(personJid(contact)),
    displayName: "",
    status: "terminated",
    event: "rejected",
    since: undefined,
    expiresAt: undefined,
  };
}

/** RFC 3858 §4.1: the same for one watcher each time. */
function idOf(contact: string): string {
  return Buffer.from(contact, "utf8").toString("hex");
}
