import { ok, type Result } from "../base/result.ts";
import type { PrivacyRules } from "../base/store.ts";
import { isBlocked, isDeviceBlocked } from "../presence/privacy.ts";
import { blockedIn, changedRules } from "../presence/privacy-change.ts";
import type { Element } from "../xml/element.ts";
import { blockingPush, blocklist, readBlocking } from "../xmpp/blocking.ts";
import { bareJid } from "../xmpp/jid.ts";
import type { Device } from "./device.ts";
import { type Parcel, written } from "./parcel.ts";
import type { People } from "./people.ts";
import type { PrivacyDesk } from "./privacy-desk.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";

/** An address as a stanza carries it. */
type Other = Parcel["to"];

/**
 * The blocking command (XEP-0191) over the same lists that decide who sees whom (SUB-07, SUB-10), whoever wrote an entry: an
 * XMPP client, a SIP client's rules, an administrator. What is blocked by name:
 * - from the blocked: messages and requests, by whatever protocol either side speaks; they are told service-unavailable.
 *   Their presence still comes in: the blocker goes on seeing them (BLK-1, BLK-2).
 * - to the blocked, from an XMPP client: refused, as XEP-0191 §3.3 requires and BLK-2 found; but where SIP is on either side
 *   messages still go out (BLK-1). SIP has no such command: an entry there was made for presence, and a SIP client cannot say
 *   why it may not write; and to people at SIP partners the deployed systems let a blocker write, so ours do too.
 */
export class BlockingDesk {
  /** Whether a foreign domain is reached over SIP. */
  overSip: (domain: string) => boolean = () => false;
  readonly #site: Site;
  readonly #people: People;
  readonly #rosters: Rosters;
  readonly #privacy: PrivacyDesk;
  /** Devices that have asked for the list and are told of its changes (XEP-0191 §3.3). */
  readonly #interested = new WeakSet<Device>();

  constructor(site: Site, people: People, rosters: Rosters, privacy: PrivacyDesk) {
    this.#site = site;
    this.#people = people;
    this.#rosters = rosters;
    this.#privacy = privacy;
    privacy.listen((owner, now, before) => this.#changed(owner, now, before));
  }

  /**
   * A person's own request. Answers the result's payload, or why there is none: the faults of `readBlocking`, privacy-full.
   * Rejects when the store fails.
   */
  async serve({ from }: Parcel, type: "get" | "set", asked: Element): Promise<Result<Element | undefined>> {
    const request = readBlocking(type, asked, from.bare);
    if (!request.ok) return request;
    const wanted = request.value;
    if (wanted.kind === "list") {
      const device = this.#people.device(from);
      if (device !== undefined) this.#interested.add(device);
      return ok(blocklist(blockedIn(await this.#privacy.get(from.bare))));
    }
    const done = await this.#privacy.change(from.bare, (rules) => {
      if (wanted.kind === "block") return changedRules(rules, { block: wanted.who });
      const blocked = new Set(blockedIn(rules));
      // An entry that allows somebody is no block, and stays.
      const clear = wanted.who.length === 0 ? [...blocked] : wanted.who.filter((who) => blocked.has(who));
      return changedRules(rules, { clear });
    });
    return done.ok ? ok(undefined) : done;
  }

  /** Whether its receiver, whose roster is at hand, has blocked its sender. */
  refuses({ from, to }: Parcel): boolean {
    const book = this.#rosters.peek(to.bare);
    return book !== undefined && this.shuts(book, from);
  }

  /** The same for a receiver who is not there. Rejects when the store fails. */
  async refusesAbsent(parcel: Parcel): Promise<boolean> {
    const { from, to } = parcel;
    if (this.#rosters.peek(to.bare) !== undefined) return this.refuses(parcel);
    const rules = await this.#site.world.store.privacy.load(to.bare);
    return rules !== undefined && this.#isShut(rules, to.bare, from);
  }

  /** Whether an XMPP client of the owner of a roster may send somebody nothing. */
  holdsBack(book: RosterBook, other: Other): boolean {
    return this.shuts(book, other) && !this.overSip(other.domain);
  }

  /** Whether the owner of a roster has blocked somebody. */
  shuts({ owner, privacy }: RosterBook, other: Other): boolean {
    // Nearly everybody has no lists, and this is asked for each stanza.
    return privacy !== undefined && this.#isShut(privacy, owner, other);
  }

  #isShut(rules: PrivacyRules, owner: string, { bare, full, domain, local }: Other): boolean {
    // A person who blocks all of their own domain still reaches the server and their own devices.
    if (bare === owner || (local === "" && this.#site.isLocal(domain))) return false;
    return isBlocked(rules, { address: bare, domain }) || (full !== bare && isDeviceBlocked(rules, full));
  }

  #changed(owner: string, now: PrivacyRules, before: PrivacyRules): void {
    const then = new Set(blockedIn(before));
    const after = blockedIn(now);
    const added = after.filter((who) => !then.delete(who));
    this.#push(owner, "block", added);
    this.#push(owner, "unblock", [...then]);
  }

  #push(owner: string, name: "block" | "unblock", who: readonly string[]): void {
    if (who.length === 0) return;
    for (const device of this.#people.devices(owner)) {
      if (!this.#interested.has(device)) continue;
      const text = blockingPush(device.jid.full, this.#site.world.random.id(), name, who);
      device.deliver(written("iq", "set", bareJid(device.jid), device.jid, text));
    }
  }
}
