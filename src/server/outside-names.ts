import type { Address } from "../base/address.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { aolAddress } from "../translate/aol-address.ts";
import { personJid } from "../translate/stanza.ts";
import type { Jid } from "../xmpp/jid.ts";
import type { Rosters } from "./rosters.ts";

/** What people are called on the other side of a federation, where that is another name than the one they have here. */
export class OutsideNames {
  readonly #rosters: Rosters;

  constructor(rosters: Rosters) {
    this.#rosters = rosters;
  }

  /** A partner's person as the partner's network knows them, whatever way somebody here has typed the address. */
  theirs(foreign: Jid, { type }: SipPartner): Jid {
    if (type !== "aol") return foreign;
    const known = aolAddress(foreign.bare);
    return known === foreign.bare ? foreign : personJid(known);
  }

  /** Whether two spellings are one person of the partner. */
  same(a: string, b: string, { type }: SipPartner): boolean {
    return a === b || (type === "aol" && aolAddress(a) === aolAddress(b));
  }

  /**
   * A partner's person as somebody here has them among their contacts: what the user typed is what the user is shown. Rejects
   * when the store fails.
   */
  async spelled(owner: string, foreign: Address, { type }: SipPartner): Promise<Address> {
    if (type !== "aol") return foreign;
    const book = await this.#rosters.hold(owner);
    const contacts = book.items.has(foreign.text) ? [] : [...book.items.keys()];
    this.#rosters.release(book);
    const known = aolAddress(foreign.text);
    const typed = contacts.find((contact) => aolAddress(contact) === known);
    if (typed === undefined) return foreign;
    const { local, domain, bare } = personJid(typed);
    return { local, domain, text: bare };
  }
}
