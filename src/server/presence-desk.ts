import type { RosterItem } from "../base/store.ts";
import { clientOf } from "../presence/client-class.ts";
import type { Client } from "../presence/mapping-table.ts";
import { isDeviceBlocked } from "../presence/privacy.ts";
import { personJid } from "../translate/stanza.ts";
import type { Stanza, StreamHeader } from "../xml/framer.ts";
import { bareJid, type Jid, parseJid } from "../xmpp/jid.ts";
import { readdressed } from "../xmpp/readdress.ts";
import { addressed, type Cut, cutHead, stanzaText } from "../xmpp/stanza.ts";
import { mayWatch, watches } from "../xmpp/subscription.ts";
import { AdHocLooks } from "./ad-hoc-looks.ts";
import type { Device } from "./device.ts";
import { Parcel, type Post, written } from "./parcel.ts";
import type { People } from "./people.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";
import { hidesByList, hidesFrom, verdictOn } from "./visibility.ts";
import { XmppDevice } from "./xmpp-device.ts";

/**
 * Presence of local people (RFC 6121 §4): broadcast to those who may watch, probes both ways, directed presence. One
 * presence is serialised once, cut where the address goes, and addressed per receiver.
 */
export class PresenceDesk {
  readonly #site: Site;
  readonly #people: People;
  readonly #rosters: Rosters;
  readonly #post: Post;
  readonly #overlays = new Map<string, (presence: Buffer) => Buffer>();
  readonly #looks: AdHocLooks;

  constructor(site: Site, people: People, rosters: Rosters, post: Post) {
    this.#site = site;
    this.#looks = new AdHocLooks(site);
    rosters.listen((book, contact) => this.judgeLooks(book, contact));
    this.#people = people;
    this.#rosters = rosters;
    this.#post = post;
  }

  /** RFC 6121 §4.2, §4.4: a device says that it is there, or how. Answers true when it was not there before. */
  available(device: XmppDevice, book: RosterBook, stanza: Stanza, header: StreamHeader, priority: number): boolean {
    const initial = !device.available;
    device.available = true;
    device.priority = priority;
    device.own = cutHead(readdressed(stanza, header, device.jid.full, device.jid.bare), "to");
    device.presence = this.#overlaid(device.jid.bare, device.own);
    this.#broadcast(device, book, device.presence, undefined);
    if (initial) this.#lookAround(device, book);
    return initial;
  }

  /** Something that is no XMPP client says how it is, or (without a cut) that it is gone. */
  shows(device: Device, book: RosterBook, cut: Cut | undefined): void {
    const was = device.presence;
    device.presence = cut;
    if (cut !== undefined) this.#broadcast(device, book, cut, undefined);
    else if (was !== undefined) this.#broadcast(device, book, goodbye(device.jid), "unavailable");
  }

  /**
   * What goes before every device's own word, as a telephone call does (MAP-11): from now on each of the person's XMPP devices
   * shows it, and their own word again once it is over. `over` writes it into a presence's bytes.
   */
  overlay(bare: string, over: ((presence: Buffer) => Buffer) | undefined): void {
    if (over === undefined) this.#overlays.delete(bare);
    else this.#overlays.set(bare, over);
    const book = this.#rosters.peek(bare);
    if (book === undefined) return;
    for (const device of this.#people.devices(bare)) {
      if (!(device instanceof XmppDevice) || device.own === undefined) continue;
      device.presence = this.#overlaid(bare, device.own);
      this.#broadcast(device, book, device.presence, undefined);
    }
  }

  /** RFC 6121 §4.5: a device goes, with its own words or (its connection lost) without. */
  unavailable(device: XmppDevice, book: RosterBook, stanza?: Stanza, header?: StreamHeader): void {
    const { full, bare } = device.jid;
    const cut =
      stanza === undefined || header === undefined
        ? goodbye(device.jid)
        : cutHead(readdressed(stanza, header, full, bare), "to");
    const was = device.available;
    device.available = false;
    device.own = undefined;
    device.presence = undefined;
    if (was) this.#broadcast(device, book, cut, "unavailable");
    this.#looks.gone(full);
    // §4.6.3 rule 2: those who were told of it directly are told of its end, unless the broadcast reached them.
    for (const [full, to] of device.directed) {
      if (!was || !mayWatch(book.items.get(to.bare))) this.#send(cut, "unavailable", device.jid, to, full);
    }
    device.directed.clear();
  }

  /** RFC 6121 §4.6: presence to one address; remembered so that its end can be told. Answers false when there are too many. */
  directed(device: Device, to: Jid, bytes: Buffer, type: string | undefined, most: number): boolean {
    if (type === "unavailable") device.directed.delete(to.full);
    else if (device.directed.size >= most && !device.directed.has(to.full)) return false;
    else device.directed.set(to.full, to);
    this.#post.route(new Parcel("presence", type, undefined, device.jid, to, bytes));
    return true;
  }

  /** Takes back what a person's devices have told somebody directly, of whom `from` is true (XEP-0191 §3.3). */
  withdraw(owner: string, from: (to: Jid) => boolean): void {
    for (const device of this.#people.devices(owner)) {
      for (const [full, to] of device.directed) {
        if (!from(to)) continue;
        device.directed.delete(full);
        this.#send(goodbye(device.jid), "unavailable", device.jid, to, full);
      }
    }
  }

  /** Presence that arrives for a local person (RFC 6121 §8.5.2.1.2, §8.5.3): to the one device, or to all that are there. */
  arrived(parcel: Parcel): void {
    // SUB-25: where nobody sees anybody, nor is anybody of other domains seen.
    const blind = !this.#site.settings.presence.sharing && !this.#site.isLocal(parcel.from.domain);
    for (const device of this.#people.devices(parcel.to.bare)) {
      // §8.5.3.1: a device named by its full address need only be connected
      const meant = parcel.to.resource === "" ? device.hearsPresence : parcel.to.resource === device.jid.resource;
      if (!meant || this.#hidden(parcel, device)) continue;
      const shown = parcel.views === undefined ? parcel : parcel.views(this.#clientOf(device));
      if (!blind || shown.type !== undefined) device.deliver(shown);
    }
  }

  /** What a device is to the mapping tables; SIP devices know all states. */
  #clientOf(device: Device): Client {
    const { clientResources } = this.#site.settings.presence;
    return device instanceof XmppDevice ? clientOf(device.jid.resource, clientResources) : "cupc";
  }

  /** Whether a local person has blocked that one device of those who may watch them (XEP-0191). */
  #hidden({ from, type }: Parcel, device: Device): boolean {
    if (type === "unavailable" || !this.#site.isLocal(from.domain)) return false;
    const rules = this.#rosters.peek(from.bare)?.privacy;
    return rules !== undefined && isDeviceBlocked(rules, device.jid.full);
  }

  /** RFC 6121 §4.3.2: somebody asks how a local person is. */
  probed(parcel: Parcel): void {
    const { from, to } = parcel;
    this.#rosters.use(to.bare, (book) => {
      if (from.bare !== to.bare && !mayWatch(book.items.get(from.bare))) {
        // §4.6.3 rule 6: those who were told directly may ask again.
        const device = this.#people.device(to);
        if (device?.presence !== undefined && device.directed.has(from.bare)) {
          this.#send(device.presence, undefined, device.jid, from, from.full);
        } else this.#say(bareJid(to), from, "unsubscribed"); // Rule 1: also said of people who do not exist.
      } else if (hidesFrom(this.#site, book, from))
        this.#say(bareJid(to), from, "unavailable"); // SUB-07
      else this.tellCurrent(to, from);
    });
  }

  /**
   * SUB-26: a device asks how somebody is who need be no contact. It is told, and of what changes for a while, where the owner's
   * lists or the administrator let it see them anyway; nobody is asked, and nothing goes to other domains (SUB-14). False when it
   * looks at too many.
   */
  look(device: Device, book: RosterBook, to: Jid): boolean {
    const person = bareJid(to);
    if (person.bare === book.owner || watches(book.items.get(person.bare))) {
      // RFC 6121 §4.3.1: abroad it is the server that asks, for all devices.
      if (this.#site.isLocal(person.domain)) this.#say(device.jid, person, "probe");
      else this.#probe(device.jid, person);
      return true;
    }
    if (!this.#site.isLocal(person.domain)) {
      this.#say(person, device.jid, "unavailable");
      return true;
    }
    if (!this.#looks.begin(person.bare, device.jid)) return false;
    this.#rosters.use(person.bare, (theirs) => {
      if (verdictOn(this.#site, theirs, device.jid).verdict === "allow") this.tellCurrent(person, device.jid);
      else {
        this.#looks.end(person.bare, device.jid.full);
        this.#say(person, device.jid, "unavailable");
      }
    });
    return true;
  }

  /** The devices that look at somebody who is no contact of theirs, for the operator. */
  looksAt(bare: string): readonly Jid[] {
    return this.#looks.at(bare);
  }

  /** A roster, lists or settings are others: who looks and may no more sees the roster's owner leave (SUB-07). */
  judgeLooks(book: RosterBook, contact: string | undefined): void {
    for (const watcher of this.#looks.at(book.owner)) {
      if (contact === undefined || contact === watcher.bare) this.#stillLooks(book, watcher);
    }
  }

  /** Whether a device that looks at the owner of a roster is to be told more; who may not is told that they are gone. */
  #stillLooks(book: RosterBook, watcher: Jid): boolean {
    const { adHoc } = this.#site.settings.presence;
    if (adHoc.enabled && verdictOn(this.#site, book, watcher).verdict === "allow") return true;
    this.#looks.end(book.owner, watcher.full);
    for (const device of this.#people.devices(book.owner)) {
      if (device.presence !== undefined) this.#say(device.jid, watcher, "unavailable");
    }
    return false;
  }

  /** Sends `to` the presence of the device `of`, or of every device of the person; "unavailable" when there is none. */
  tellCurrent(of: Jid, to: Jid): void {
    let told = false;
    for (const device of this.#people.devices(of.bare)) {
      if (device.presence === undefined || device.jid.full === to.full) continue;
      if (of.resource !== "" && of.resource !== device.jid.resource) continue;
      this.#send(device.presence, undefined, device.jid, to, to.full);
      told = true;
    }
    if (!told && of.bare !== to.bare) this.#say(of, to, "unavailable");
  }

  /** Tells `to` that every device of `of` is gone, without their going: the right to watch has ended. */
  tellGone(of: Jid, to: Jid): void {
    for (const device of this.#people.devices(of.bare)) {
      if (device.presence !== undefined) this.#say(device.jid, to, "unavailable");
    }
  }

  /**
   * A link to a foreign domain came back after it had broken: its people may have missed what changed, and we what changed
   * there (C16). Everybody's presence is told again and asked again.
   */
  replay(foreign: string): void {
    for (const device of this.#people.all()) {
      if (device.presence === undefined) continue;
      const book = this.#rosters.peek(device.jid.bare);
      if (book === undefined) continue;
      for (const item of book.items.values()) {
        const contact = jidOf(item);
        if (contact?.domain !== foreign) continue;
        if (mayWatch(item) && !hidesFrom(this.#site, book, contact)) {
          this.#send(device.presence, undefined, device.jid, contact, contact.full);
        }
        if (watches(item)) this.#probe(device.jid, contact);
      }
    }
  }

  /** Everybody who was shown a device of the roster's owner is told that it is gone, whether or not it is (SUB-25). */
  tellAllGone(device: Jid, book: RosterBook): void {
    const cut = goodbye(device);
    for (const item of book.items.values()) {
      const contact = mayWatch(item) && !this.#isDeaf(item.contact) ? jidOf(item) : undefined;
      if (contact === undefined || hidesByList(this.#site, book, contact)) continue;
      this.#send(cut, "unavailable", device, contact, contact.full);
    }
    for (const watcher of this.#looks.at(book.owner)) {
      this.#looks.end(book.owner, watcher.full);
      this.#send(cut, "unavailable", device, watcher, watcher.full);
    }
  }

  /** Everybody who may watch is told how somebody is, and they ask how those of other domains are. */
  tellAllAgain(book: RosterBook, me: Jid): void {
    for (const item of book.items.values()) {
      const contact = jidOf(item);
      if (contact === undefined) continue;
      if (mayWatch(item) && !this.#isDeaf(item.contact) && !hidesFrom(this.#site, book, contact)) {
        for (const { jid, presence } of this.#people.devices(me.bare)) {
          if (presence !== undefined) this.#send(presence, undefined, jid, contact, contact.full);
        }
      }
      if (watches(item) && !this.#site.isLocal(contact.domain)) this.#probe(me, contact);
    }
  }

  /**
   * Somebody here is known elsewhere by another name than `was` from now on (EML-01): under that they are seen to leave, and under the
   * new one they come; whom they watch there is asked to let the new name watch (EML-07).
   */
  renamed(book: RosterBook, was: Jid, asTheyWere: (parcel: Parcel) => Parcel): void {
    const me = personJid(book.owner);
    for (const item of book.items.values()) {
      const contact = jidOf(item);
      if (contact === undefined || this.#site.isLocal(contact.domain)) continue;
      if (mayWatch(item) && !hidesFrom(this.#site, book, contact)) {
        const text = stanzaText({ name: "presence", from: was.full, to: contact.full, type: "unavailable" });
        this.#post.route(asTheyWere(written("presence", "unavailable", was, contact, text)));
        for (const { jid, presence } of this.#people.devices(me.bare)) {
          if (presence !== undefined) this.#send(presence, undefined, jid, contact, contact.full);
        }
      }
      // Over SIP each watch begins anew by itself.
      if (watches(item) && !this.#site.overSip(contact.domain)) this.#say(me, contact, "subscribe");
    }
  }

  /** Nobody of other domains is to be seen any more by somebody here. */
  loseSight(book: RosterBook, me: Jid): void {
    for (const item of book.items.values()) {
      const contact = watches(item) ? jidOf(item) : undefined;
      if (contact !== undefined && !this.#site.isLocal(contact.domain)) this.#say(contact, me, "unavailable");
    }
  }

  #overlaid(bare: string, own: Cut): Cut {
    const over = this.#overlays.get(bare);
    return over === undefined ? own : cutHead(over(Buffer.concat([own.head, own.rest])), "to");
  }

  #broadcast(device: Device, book: RosterBook, cut: Cut, type: string | undefined): void {
    const { jid } = device;
    // §4.2.2, §4.4.2: to the person's own devices too, this one among them.
    let own: Parcel | undefined;
    for (const other of this.#people.devices(jid.bare)) {
      if (!other.hearsPresence && (other !== device || !(device instanceof XmppDevice))) continue;
      own ??= new Parcel("presence", type, undefined, jid, bareJid(jid), addressed(cut, jid.bare));
      other.deliver(own);
    }
    for (const item of book.items.values()) {
      if (!mayWatch(item) || this.#isDeaf(item.contact)) continue;
      const contact = jidOf(item);
      if (contact === undefined || hidesFrom(this.#site, book, contact)) continue;
      this.#send(cut, type, jid, contact, contact.full);
    }
    for (const watcher of this.#looks.at(book.owner)) {
      // Who has become a contact meanwhile has been told already.
      if (mayWatch(book.items.get(watcher.bare)) || !this.#stillLooks(book, watcher)) continue;
      this.#send(cut, type, jid, watcher, watcher.full);
    }
  }

  /** Whether nothing sent to a contact would be heard: a local person without a device that wants presence. */
  #isDeaf(bare: string): boolean {
    if (!this.#site.isLocal(bare.slice(bare.indexOf("@") + 1))) return false;
    for (const device of this.#people.devices(bare)) if (device.hearsPresence) return false;
    return true;
  }

  /** RFC 6121 §4.2.2, §4.3.1: a device that has just come learns how its contacts are, and who asked meanwhile. */
  #lookAround(device: Device, book: RosterBook): void {
    const { jid } = device;
    this.tellCurrent(bareJid(jid), jid);
    for (const item of book.items.values()) {
      if (watches(item)) {
        const contact = jidOf(item);
        if (contact !== undefined) this.#probe(jid, contact);
      }
      // §3.1.3: a request waits until it is answered, and is shown at each sign-in.
      if (item.pendingIn && item.request !== undefined) {
        const contact = jidOf(item);
        if (contact === undefined) continue;
        device.deliver(new Parcel("presence", "subscribe", undefined, contact, jid, Buffer.from(item.request)));
      }
    }
  }

  #probe(from: Jid, to: Jid): void {
    this.#say(bareJid(from), to, "probe");
  }

  #say(from: Jid, to: Jid, type: string): void {
    const text = stanzaText({ name: "presence", from: from.full, to: to.full, type });
    this.#post.route(written("presence", type, from, to, text));
  }

  #send(cut: Cut, type: string | undefined, from: Jid, to: Jid, toText: string): void {
    this.#post.route(new Parcel("presence", type, undefined, from, to, addressed(cut, toText)));
  }
}

function goodbye(jid: Jid): Cut {
  return cutHead(Buffer.from(stanzaText({ name: "presence", from: jid.full, type: "unavailable" })), "to");
}

/** A contact's address; what the store holds was canonical when it was written. */
export function jidOf(item: RosterItem): Jid | undefined {
  const jid = parseJid(item.contact);
  return jid.ok ? jid.value : undefined;
}
