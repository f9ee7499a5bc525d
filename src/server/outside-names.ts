import type { Address } from "../base/address.ts";
import type { EmailEntry } from "../federation/email-names.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { aolAddress } from "../translate/aol-address.ts";
import { personJid } from "../translate/stanza.ts";
import { type Jid, withResource } from "../xmpp/jid.ts";
import { readdressedTree } from "../xmpp/readdress.ts";
import { Parcel } from "./parcel.ts";
import type { Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";

/**
 * What people are called on the other side of a federation, where that is another name than the one they have here: ours by their
 * email addresses (EML-01, EML-02), AOL's by the one spelling AOL knows (RT-04).
 */
export class OutsideNames {
  readonly #site: Site;
  readonly #rosters: Rosters;
  /** By bare address here, and by email address. */
  #emails: ReadonlyMap<string, Jid> = new Map();
  #owners: ReadonlyMap<string, Jid> = new Map();
  #domains: ReadonlySet<string> = new Set();
  /** What was sent under another name, as its sender knows it. */
  readonly #renamed = new WeakMap<Parcel, Parcel>();

  constructor(site: Site, rosters: Rosters) {
    this.#site = site;
    this.#rosters = rosters;
  }

  /** People's email addresses, and domains of ours that nobody has an address in, are others. */
  set(emails: readonly EmailEntry[], domains: Iterable<string>): void {
    this.#emails = new Map(emails.map(({ address, email }) => [address, personJid(email)]));
    this.#owners = new Map(emails.map(({ address, email }) => [email, personJid(address)]));
    this.#domains = new Set([...domains, ...[...this.#emails.values()].map(({ domain }) => domain)]);
  }

  get #on(): boolean {
    return this.#site.settings.abroad.emailAddresses;
  }

  /** Whether a domain is ours in the eyes of others: one of people here, or of their email addresses (EML-08). */
  serves(domain: string): boolean {
    return this.#site.isLocal(domain) || (this.#on && this.#domains.has(domain));
  }

  /** The domains of ours and of our people's email addresses, where these are their names elsewhere; none where they are not. */
  get domains(): readonly string[] {
    return this.#on ? [...this.#site.settings.domains.keys(), ...this.#domains] : [];
  }

  /** Somebody here as other domains know them (EML-02); by the address they have here, where they have no other (EML-03). */
  ours(local: Jid): Jid {
    if (!this.#on) return local;
    const email = this.#emails.get(local.bare);
    return email === undefined ? local : withDevice(email, local.resource);
  }

  /**
   * Whom a name that others use means here; undefined: nobody. Who has an email address is reached by it alone (EML-04). A domain
   * without a user is itself.
   */
  here(named: Jid): Jid | undefined {
    if (!this.#on || named.local === "") return named;
    const owner = this.#owners.get(named.bare);
    if (owner !== undefined) return withDevice(owner, named.resource);
    return this.#emails.has(named.bare) || !this.#site.isLocal(named.domain) ? undefined : named;
  }

  /** The same for an address. */
  personHere(named: Address): Address | undefined {
    if (!this.#on) return named;
    const owner = this.#owners.get(named.text);
    if (owner !== undefined) return { local: owner.local, domain: owner.domain, text: owner.bare };
    return this.#emails.has(named.text) ? undefined : named;
  }

  /** A parcel on its way out, under its sender's outside name; itself, where that is the one they have here. */
  outgoing(parcel: Parcel): Parcel {
    if (this.#renamed.has(parcel)) return parcel;
    const from = this.ours(parcel.from);
    if (from === parcel.from) return parcel;
    const { name, type, id, to, receipt } = parcel;
    const renamed = new Parcel(name, type, id, from, to, readdressedTree(parcel.element, from.full, to.full), receipt);
    renamed.copy = parcel.copy;
    this.#renamed.set(renamed, parcel);
    return renamed;
  }

  /** Sends from a name somebody here had until now: no other goes before it. */
  asTheyWere(parcel: Parcel): Parcel {
    this.#renamed.set(parcel, parcel);
    return parcel;
  }

  /** What a parcel was before `outgoing`: to be returned to its sender. */
  original(parcel: Parcel): Parcel {
    return this.#renamed.get(parcel) ?? parcel;
  }

  /** A parcel somebody here has sent to an email address of ours, as it is to be delivered; undefined: nobody has it. */
  toOwner(parcel: Parcel): Parcel | undefined {
    const to = this.#owners.get(parcel.to.bare);
    if (to === undefined) return undefined;
    const { name, type, id, from, receipt } = parcel;
    const here = withDevice(to, parcel.to.resource);
    return new Parcel(name, type, id, from, here, readdressedTree(parcel.element, from.full, here.full), receipt);
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

function withDevice(person: Jid, resource: string): Jid {
  if (resource === "") return person;
  const jid = withResource(person, resource);
  if (!jid.ok) throw new Error("a resource that has been one is sound");
  return jid.value;
}
