import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { PrivacyRules } from "../base/store.ts";
import { isBlocked, isDeviceBlocked } from "../presence/privacy.ts";
import { blockedIn, noRules } from "../presence/privacy-change.ts";
import { bareJid, type Jid, parseJid } from "../xmpp/jid.ts";
import { mayWatch } from "../xmpp/subscription.ts";
import type { PresenceDesk } from "./presence-desk.ts";
import { jidOf } from "./presence-desk.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";
import type { SubscriptionDesk } from "./subscription-desk.ts";
import { hidesFrom, verdictOn } from "./visibility.ts";

/** Told of each change of somebody's lists, once it lasts. */
export type PrivacyListener = (owner: string, now: PrivacyRules, before: PrivacyRules) => void;

/** Whom local people let see them (SUB-03, SUB-10, SUB-23): changed here by whatever client or administrator, in force at once. */
export class PrivacyDesk {
  readonly #site: Site;
  readonly #rosters: Rosters;
  readonly #presence: PresenceDesk;
  readonly #subscriptions: SubscriptionDesk;
  readonly #listeners: PrivacyListener[] = [];

  constructor(site: Site, rosters: Rosters, presence: PresenceDesk, subscriptions: SubscriptionDesk) {
    this.#site = site;
    this.#rosters = rosters;
    this.#presence = presence;
    this.#subscriptions = subscriptions;
  }

  listen(listener: PrivacyListener): void {
    this.#listeners.push(listener);
  }

  /** Rejects when the store fails. */
  async get(owner: string): Promise<PrivacyRules> {
    const book = await this.#rosters.hold(owner);
    this.#rosters.release(book);
    return book.privacy ?? noRules;
  }

  /** Puts other rules in force. Fails with privacy-full; rejects when the store fails. */
  async set(owner: string, rules: PrivacyRules): Promise<Result<void>> {
    const changed = await this.change(owner, () => rules);
    return changed.ok ? ok(undefined) : changed;
  }

  /**
   * Changes the rules as they are at that moment, whoever else changes them meanwhile. Answers the new ones; fails with
   * privacy-full; rejects when the store fails.
   */
  async change(owner: string, edit: (rules: PrivacyRules) => PrivacyRules): Promise<Result<PrivacyRules>> {
    const me = parseJid(owner);
    if (!me.ok) return me;
    const book = await this.#rosters.hold(owner);
    try {
      const former = book.privacy ?? noRules;
      const rules = edit(former);
      if (rules.entries.length > this.#site.settings.limits.privacyEntriesMax) {
        return no(fault("privacy-full", "privacyEntriesMax"));
      }
      const before = new Map<string, boolean>();
      for (const item of book.items.values()) {
        const contact = jidOf(item);
        if (contact !== undefined) before.set(contact.bare, hidesFrom(this.#site, book, contact));
      }
      await this.#rosters.setPrivacy(book, rules);
      this.#tell(book, bareJid(me.value), before);
      this.#tellDevices(book, bareJid(me.value), former, rules);
      this.#presence.withdraw(
        owner,
        (to) => isBlocked(rules, { address: to.bare, domain: to.domain }) || isDeviceBlocked(rules, to.full),
      );
      for (const listener of this.#listeners) listener(owner, rules, former);
      return ok(rules);
    } finally {
      this.#rosters.release(book);
    }
  }

  /** A single device that is blocked, of somebody who may watch, sees the owner leave; and come again (XEP-0191 §3.3, §3.4). */
  #tellDevices(book: RosterBook, me: Jid, before: PrivacyRules, now: PrivacyRules): void {
    const then = new Set(devicesBlocked(before));
    const told = (full: string, tell: (device: Jid) => void): void => {
      const device = parseJid(full);
      if (!device.ok || !mayWatch(book.items.get(device.value.bare)) || hidesFrom(this.#site, book, device.value))
        return;
      tell(device.value);
    };
    for (const full of devicesBlocked(now)) {
      if (!then.delete(full)) told(full, (device) => this.#presence.tellGone(me, device));
    }
    for (const full of then) told(full, (device) => this.#presence.tellCurrent(me, device));
  }

  /** Those who may see the owner now and might not before get a first look, and the reverse; those who wait are let in. */
  #tell(book: RosterBook, me: Jid, before: ReadonlyMap<string, boolean>): void {
    for (const item of [...book.items.values()]) {
      const contact = jidOf(item);
      if (contact === undefined) continue;
      const hidden = hidesFrom(this.#site, book, contact);
      if (mayWatch(item)) {
        if (hidden && before.get(contact.bare) === false) this.#presence.tellGone(me, contact);
        else if (!hidden && before.get(contact.bare) === true) this.#presence.tellCurrent(me, contact);
      } else if (item.pendingIn && verdictOn(this.#site, book, contact).verdict === "allow") {
        this.#subscriptions.grant(book, me, contact);
      }
    }
  }
}

function devicesBlocked(rules: PrivacyRules): readonly string[] {
  return blockedIn(rules).filter((who) => who.includes("/"));
}
