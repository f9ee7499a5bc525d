import { type Composed, compose } from "../presence/compose.ts";
import type { Source } from "../presence/source.ts";
import { overlaid, presenceInner } from "../translate/presence.ts";
import { presenceCut } from "../translate/stanza.ts";
import type { PresenceBoard } from "./presence-board.ts";
import type { PresenceDesk } from "./presence-desk.ts";
import type { SipPeople } from "./sip-people.ts";
import type { SipPerson } from "./sip-person.ts";
import type { Site } from "./site.ts";

/** The id of the source that a person's registrations are together. */
const registered = "registration";

/**
 * What XMPP sees of what is not XMPP: a person's SIP devices as one resource, and, before every device's own word, the
 * telephone and the calendar (MAP-11).
 */
export class SipOwnPresence {
  readonly #site: Site;
  readonly #board: PresenceBoard;
  readonly #presence: PresenceDesk;
  readonly #people: SipPeople;
  readonly #over = new Map<string, string>();

  constructor(site: Site, board: PresenceBoard, presence: PresenceDesk, people: SipPeople) {
    this.#site = site;
    this.#board = board;
    this.#presence = presence;
    this.#people = people;
    board.listen((bare, now) => this.#changed(bare, now));
  }

  /** The person's devices are others than before: being registered says something too, where nothing else does. */
  registrationsChanged(person: SipPerson): void {
    const { bare } = person.self;
    const counts = this.#site.settings.presence.registrationCounts && person.bindings.length > 0;
    const known = this.#board.source(bare, registered);
    if (counts && known === undefined) {
      this.#board.put(bare, {
        id: registered,
        kind: "registration",
        availability: "available",
        note: "",
        priority: 0,
        since: this.#site.world.clock.now(),
      });
    } else if (!counts && known !== undefined) this.#board.drop(bare, registered);
    // Whether or not anything changed in what is composed of everything.
    this.#show(person, this.#board.of(bare));
  }

  #changed(bare: string, now: Composed): void {
    const person = this.#people.get(bare);
    if (person !== undefined) this.#show(person, now);
    this.#overlay(bare, now);
  }

  /** The resource that stands for the SIP devices, by what they say alone. `all`: what is composed of everything. */
  #show(person: SipPerson, all: Composed): void {
    const sources = this.#board.sources(person.self.bare);
    const { availability, note } = sources.every(isOwn) ? all : compose(sources.filter(isOwn), this.#board.rules);
    const shown = availability === "offline" ? "unavailable" : availability;
    if (person.show === shown && person.shownNote === note) return;
    person.show = shown;
    person.shownNote = note;
    const { priority } = person;
    this.#presence.shows(
      person,
      person.book,
      availability === "offline"
        ? undefined
        : presenceCut(person.jid, undefined, () => presenceInner(availability, note, priority)),
    );
  }

  #overlay(bare: string, now: Composed): void {
    const over = now.by === "phone" || now.by === "calendar" ? now.availability : undefined;
    const key = over === undefined || over === "available" || over === "offline" ? "" : `${over} ${now.note}`;
    if ((this.#over.get(bare) ?? "") === key) return;
    if (key === "" || over === undefined) {
      this.#over.delete(bare);
      this.#presence.overlay(bare, undefined);
    } else {
      this.#over.set(bare, key);
      this.#presence.overlay(bare, (presence) => overlaid(presence, over, now.note));
    }
  }
}

/** Whether it is a SIP device's word, or its registration. */
function isOwn({ kind }: Source): boolean {
  return kind === "sip" || kind === registered;
}
