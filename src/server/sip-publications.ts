import type { Address } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import { no } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import { allowEvents } from "../sip/event-header.ts";
import type { SipMessage } from "../sip/message.ts";
import { personNamed } from "../sip/person-named.ts";
import { readPresence } from "../sip/presence-document.ts";
import type { PresenceDocument } from "../sip/presence-fields.ts";
import { expired, nextExpiry, type PublicationChange, type Publications, publish } from "../sip/publication.ts";
import type { PhoneDesk } from "./phone-desk.ts";
import type { PresenceBoard } from "./presence-board.ts";
import type { TrunkSettings } from "./settings.ts";
import type { SipPeople } from "./sip-people.ts";
import type { SipPerson } from "./sip-person.ts";
import { refuse, type SipRequest } from "./sip-request.ts";
import type { Site } from "./site.ts";

/** The publications of one person, by one publisher: themself, or a call manager. */
class Shelf {
  publications: Publications<PresenceDocument> = [];
  readonly alarm: Alarm;
  /** What the alarm is set for: milliseconds since 1970. */
  alarmAt = 0;

  constructor(ring: () => void) {
    this.alarm = new Alarm(ring);
  }
}

/** Hears what changed on a shelf. */
type Tell = (changes: readonly PublicationChange<PresenceDocument>[], shelf: Shelf) => void;

/** PUBLISH (RFC 3903): what people's SIP devices say of them, and what call managers say of their telephones. */
export class SipPublications {
  readonly #site: Site;
  readonly #token: () => string;
  readonly #people: SipPeople;
  readonly #board: PresenceBoard;
  readonly #phones: PhoneDesk;
  readonly #shelves = new Map<string, Shelf>();
  #count = 0;

  constructor(site: Site, token: () => string, people: SipPeople, board: PresenceBoard, phones: PhoneDesk) {
    this.#site = site;
    this.#token = token;
    this.#people = people;
    this.#board = board;
    this.#phones = phones;
  }

  get count(): number {
    return this.#count;
  }

  /** Somebody publishes; only of themself (RFC 3903 §6 step 1). */
  request(request: SipRequest, who: Address): void {
    const target = targetOf(request.message);
    if (target === undefined || target.text !== who.text) {
      refuse(request, fault("sip-not-yours"));
      return;
    }
    if (!request.hold()) return;
    const person = this.#people.get(who.text);
    if (person !== undefined) {
      this.#ofPerson(request, who, person);
      return;
    }
    // pjsip#133: a PUBLISH may overtake the REGISTER, so it needs none.
    this.#people.enter(who).then(
      (entered) => this.#ofPerson(request, who, entered),
      (error) => {
        this.#site.storeFailed(error);
        request.respond(500);
      },
    );
  }

  #ofPerson(request: SipRequest, who: Address, person: SipPerson): void {
    this.#publish(request, who.text, "sip ", (changes, shelf) => this.#said(person, changes, shelf));
    this.#people.leave(person); // when nothing was published after all
  }

  /** A call manager publishes the state of a line (MAP-11, SET-163). */
  fromTrunk(request: SipRequest, trunk: TrunkSettings): void {
    const owner = targetOf(request.message);
    if (owner === undefined || !this.#site.isLocal(owner.domain)) {
      refuse(request, fault("sip-no-such-user"));
      return;
    }
    if (!request.hold()) return;
    this.#site.world.store.accounts.find(owner.text).then(
      (account) => {
        if (account === undefined) refuse(request, fault("sip-no-such-user"));
        else {
          this.#publish(request, `${owner.text} ${trunk.name}`, "", (changes, shelf) => {
            const now = this.#site.world.clock.now();
            const ms = shelf.publications.reduce((most, { expiresAt }) => Math.max(most, expiresAt - now), 0);
            for (const { id, document } of changes) {
              if (document === undefined) this.#phones.drop(owner, trunk.name, id);
              else this.#phones.tell(owner, trunk.name, id, document.phone === "off-hook", ms);
            }
          });
        }
      },
      (error) => {
        this.#site.storeFailed(error);
        request.respond(500);
      },
    );
  }

  #publish(request: SipRequest, name: string, idHead: string, tell: Tell): void {
    const { message, flow } = request;
    const { limits } = this.#site.settings;
    let shelf = this.#shelves.get(name);
    if (shelf === undefined) {
      shelf = new Shelf(() => this.#expire(name, tell));
      this.#shelves.set(name, shelf);
    }
    const before = shelf.publications.length;
    const now = this.#site.world.clock.now();
    const type = message.header("content-type") ?? "";
    const answer = publish(
      shelf.publications,
      {
        event: message.header("event"),
        ifMatch: message.values("sip-if-match"),
        expires: message.expires,
        // The same device publishing anew under another Call-ID has started again; two devices have two addresses.
        device: () => `${flow.transport} ${flow.remote.address} ${flow.remote.port}`,
        idHead,
        read:
          message.body.length === 0
            ? undefined
            : () =>
                message.header("content-encoding") === undefined
                  ? readPresence(type, message.body, limits)
                  : no(fault("sip-media-type", "Content-Encoding")),
      },
      now,
      this.#token,
      limits,
    );
    shelf.publications = answer.next;
    request.respond(answer.status, { headers: `${answer.headers}Allow-Events: ${allowEvents}\r\n` });
    this.#settled(name, shelf, before, now);
    if (answer.changes.length > 0) tell(answer.changes, shelf);
    else if (answer.status === 200) {
      // A refresh changes nothing, but a line is known for longer (RFC 3903 §4.3).
      tell(
        shelf.publications.map(({ id, document }) => ({ id, document })),
        shelf,
      );
    }
  }

  /** A device of the person says how they are. */
  #said(person: SipPerson, changes: readonly PublicationChange<PresenceDocument>[], { publications }: Shelf): void {
    const { bare } = person.self;
    person.publications = publications.length;
    for (const { id, document } of changes) {
      // A document that says nothing of the person (R22: a neutral one) is none.
      if (document?.availability === undefined) {
        this.#board.drop(bare, id);
        continue;
      }
      const { availability, note } = document;
      const known = this.#board.source(bare, id);
      if (known?.availability === availability && known.note === note) continue;
      this.#board.put(bare, {
        id,
        kind: "sip",
        availability,
        note: note.slice(0, this.#site.settings.limits.presenceNoteBytesMax),
        priority: 0,
        since: this.#site.world.clock.now(),
      });
    }
    this.#people.leave(person);
  }

  #expire(name: string, tell: Tell): void {
    const shelf = this.#shelves.get(name);
    if (shelf === undefined) return;
    const before = shelf.publications.length;
    const now = this.#site.world.clock.now();
    const { next, changes } = expired(shelf.publications, now);
    shelf.publications = next;
    this.#settled(name, shelf, before, now);
    if (changes.length > 0) tell(changes, shelf);
  }

  #settled(name: string, shelf: Shelf, before: number, now: number): void {
    const more = shelf.publications.length - before;
    if (more !== 0) {
      this.#count += more;
      this.#site.world.metrics.series("comity_sip_publications").set(this.#count);
    }
    const next = nextExpiry(shelf.publications);
    if (next === undefined) {
      this.#site.wheel.clear(shelf.alarm);
      this.#shelves.delete(name);
      return;
    }
    // What is prolonged leaves the alarm as it is: it rings early once, and not a timer is moved for each PUBLISH.
    if (shelf.alarm.isSet && shelf.alarmAt <= next) return;
    shelf.alarmAt = next;
    this.#site.wheel.set(shelf.alarm, Math.max(0, next - now));
  }
}

function targetOf(message: SipMessage): Address | undefined {
  const person = personNamed(message.uri);
  return person.ok ? person.value : undefined;
}
