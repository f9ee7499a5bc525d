import type { Address } from "../base/address.ts";
import { type Composed, compose } from "../presence/compose.ts";
import type { Source } from "../presence/source.ts";
import { presenceOf } from "../translate/presence.ts";
import { personJid, presenceWord } from "../translate/stanza.ts";
import { Parcel, type Post } from "./parcel.ts";
import { offline, type PresenceBoard } from "./presence-board.ts";
import type { SipPerson } from "./sip-person.ts";
import type { Site } from "./site.ts";

/** What one person here knows of one foreign contact. */
type Known = {
  looks: number;
  /** Their server has been asked. */
  asked: boolean;
  readonly sources: Map<string, Source>;
  composed: Composed;
};

/**
 * How foreign contacts are, as they tell it to local people whose SIP clients watch them: what came in presence stanzas,
 * composed as our own people's devices are. Kept while somebody looks.
 */
export class SipForeignPresence {
  readonly #site: Site;
  readonly #post: Post;
  readonly #board: PresenceBoard;
  readonly #known = new Map<string, Map<string, Known>>();
  /** Told of each change: who watches, and whom. */
  changed: (watcher: string, contact: string) => void = () => {};

  constructor(site: Site, post: Post, board: PresenceBoard) {
    this.#site = site;
    this.#post = post;
    this.#board = board;
  }

  of(watcher: string, contact: string): Composed {
    return this.#known.get(watcher)?.get(contact)?.composed ?? offline;
  }

  /**
   * Somebody begins to look: the contact's server is asked how they are (RFC 6121 §4.3). `asks` false: who is looked at is no
   * contact, and their server is not told that somebody does (SUB-14): at a Microsoft partner they would be asked for consent.
   */
  open(person: SipPerson, contact: Address, asks: boolean): void {
    const { bare } = person.self;
    person.watchingAbroad++;
    let contacts = this.#known.get(bare);
    if (contacts === undefined) {
      contacts = new Map();
      this.#known.set(bare, contacts);
    }
    const known: Known = contacts.get(contact.text) ?? {
      looks: 0,
      asked: false,
      sources: new Map(),
      composed: offline,
    };
    contacts.set(contact.text, known);
    known.looks++;
    if (known.asked || !asks) return;
    known.asked = true;
    const to = personJid(contact.text);
    this.#post.route(
      new Parcel("presence", "probe", undefined, person.self, to, presenceWord(person.self, to, "probe")),
    );
  }

  close(person: SipPerson, contact: Address): void {
    person.watchingAbroad--;
    const contacts = this.#known.get(person.self.bare);
    const known = contacts?.get(contact.text);
    if (contacts === undefined || known === undefined || --known.looks > 0) return;
    contacts.delete(contact.text);
    if (contacts.size === 0) this.#known.delete(person.self.bare);
  }

  /** Presence has come for the person. */
  heard(person: SipPerson, parcel: Parcel): void {
    const { from, type } = parcel;
    const known = this.#known.get(person.self.bare)?.get(from.bare);
    if (known === undefined) return;
    if (type === undefined) {
      const { availability, note, priority } = presenceOf(parcel.element);
      const since = this.#site.world.clock.now();
      known.sources.set(from.resource, { id: from.full, kind: "xmpp", availability, note, priority, since });
    } else if (type === "unavailable" || type === "error" || type === "unsubscribed") {
      // From the bare address it is said of all devices.
      if (from.resource === "") known.sources.clear();
      else known.sources.delete(from.resource);
    } else return;
    const { sessionsPerUserMax } = this.#site.settings.limits;
    for (const first of known.sources.keys()) {
      if (known.sources.size <= sessionsPerUserMax) break;
      known.sources.delete(first);
    }
    known.composed = known.sources.size === 0 ? offline : compose([...known.sources.values()], this.#board.rules);
    this.changed(person.self.bare, from.bare);
  }
}
