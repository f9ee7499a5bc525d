import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { bareJid, parseJid } from "../xmpp/jid.ts";
import { edited } from "../xmpp/roster.ts";
import { shown } from "../xmpp/subscription.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";
import type { SubscriptionDesk } from "./subscription-desk.ts";

/** What a contact is called and sorted under. */
export type ContactEdit = { readonly contact: string; readonly name: string; readonly groups: readonly string[] };

/** Changes of rosters by their owners, whatever client they use: kept, then shown to all their devices (RFC 6121 §2.1.6). */
export class RosterDesk {
  readonly #site: Site;
  readonly #rosters: Rosters;
  readonly #subscriptions: SubscriptionDesk;

  constructor(site: Site, rosters: Rosters, subscriptions: SubscriptionDesk) {
    this.#site = site;
    this.#rosters = rosters;
    this.#subscriptions = subscriptions;
  }

  /** Adds or renames a contact (RFC 6121 §2.3, §2.4). Fails with resource-constraint; rejects when the store fails. */
  async set(book: RosterBook, { contact, name, groups }: ContactEdit): Promise<Result<void>> {
    const existing = book.items.get(contact);
    if (existing === undefined && book.items.size >= this.#site.settings.limits.rosterItemsMax) {
      return no(fault("resource-constraint", "rosterItemsMax"));
    }
    const item = edited(existing, { kind: "set", contact, name, groups });
    this.#subscriptions.push(book.owner, item, await this.#rosters.put(book, item));
    return ok(undefined);
  }

  /**
   * Removes a contact and ends both subscriptions (RFC 6121 §2.5); `then` runs between, where its owner is to hear of it
   * first. Fails with item-not-found; rejects when the store fails.
   */
  async remove(book: RosterBook, contact: string, then: () => void = () => {}): Promise<Result<void>> {
    const existing = book.items.get(contact);
    if (existing === undefined || !shown(existing)) return no(fault("item-not-found"));
    const version = await this.#rosters.remove(book, contact);
    this.#subscriptions.push(book.owner, { contact, removed: true }, version);
    then();
    const owner = parseJid(book.owner);
    if (owner.ok) this.#subscriptions.removed(bareJid(owner.value), existing);
    return ok(undefined);
  }
}
