import type { Address } from "../base/address.ts";
import { deviceJid, personJid } from "../translate/stanza.ts";
import type { People } from "./people.ts";
import type { Rosters } from "./rosters.ts";
import { type SipDelivery, SipPerson, sipResource } from "./sip-person.ts";
import type { Site } from "./site.ts";

/** Local people who use SIP just now: registered, publishing or watching somebody. */
export class SipPeople {
  readonly #site: Site;
  readonly #people: People;
  readonly #rosters: Rosters;
  readonly #delivery: SipDelivery;
  readonly #present = new Map<string, SipPerson>();
  readonly #coming = new Map<string, Promise<SipPerson>>();

  constructor(site: Site, people: People, rosters: Rosters, delivery: SipDelivery) {
    this.#site = site;
    this.#people = people;
    this.#rosters = rosters;
    this.#delivery = delivery;
  }

  get(bare: string): SipPerson | undefined {
    return this.#present.get(bare);
  }

  all(): Iterable<SipPerson> {
    return this.#present.values();
  }

  /** The person, with their roster at hand. Rejects when the store fails. Whoever asks uses it at once, or calls `leave`. */
  enter(address: Address): Promise<SipPerson> {
    const bare = address.text;
    const present = this.#present.get(bare);
    if (present !== undefined) return Promise.resolve(present);
    let coming = this.#coming.get(bare);
    if (coming === undefined) {
      coming = this.#come(bare).finally(() => this.#coming.delete(bare));
      this.#coming.set(bare, coming);
    }
    return coming;
  }

  /** Lets a person go who uses SIP no more. */
  leave(person: SipPerson): void {
    if (person.bindings.length > 0 || person.watching > 0 || person.publications > 0) return;
    if (this.#present.get(person.self.bare) !== person) return;
    this.#present.delete(person.self.bare);
    this.#people.remove(person);
    this.#rosters.release(person.book);
  }

  async #come(bare: string): Promise<SipPerson> {
    const self = personJid(bare);
    const book = await this.#rosters.hold(bare);
    const person = new SipPerson(
      this.#delivery,
      self,
      deviceJid(self, sipResource),
      book,
      this.#site.world.clock.now(),
    );
    this.#present.set(bare, person);
    this.#people.add(person);
    return person;
  }
}
