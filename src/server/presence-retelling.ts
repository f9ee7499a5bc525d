import { Alarm } from "../base/wheel.ts";
import { clientOf } from "../presence/client-class.ts";
import { bareJid, type Jid, parseJid } from "../xmpp/jid.ts";
import { sourceOf } from "./device-traffic.ts";
import type { People } from "./people.ts";
import type { PresenceBoard } from "./presence-board.ts";
import { jidOf, type PresenceDesk } from "./presence-desk.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { PresenceSettings } from "./settings.ts";
import type { Site } from "./site.ts";
import type { SubscriptionDesk } from "./subscription-desk.ts";
import { verdictOn } from "./visibility.ts";
import { XmppDevice } from "./xmpp-device.ts";

/** What it needs of the node. */
export type RetellingDoors = {
  readonly site: Site;
  readonly people: People;
  readonly rosters: Rosters;
  readonly presence: PresenceDesk;
  readonly board: PresenceBoard;
  readonly subscriptions: Pick<SubscriptionDesk, "grant">;
  readonly sip: {
    /** Local people somebody looks at over SIP, of whatever domain. */
    watched(): Iterable<string>;
    /** Those who look at a person over SIP are judged anew. */
    judgeAgain(book: RosterBook): void;
    /** Whether a person's registrations count may be another matter now. */
    registrationsCount(bare: string): void;
    /** People at partners are shown anew to those who watch them here. */
    showPartnersAgain(): void;
  };
};

/** How often a part of those who wait is told. */
const everyMs = 100;

/**
 * What a change of `presence:` in a running node means for those who watch already (SUB-25): each person's watchers, here and
 * elsewhere, over XMPP and SIP, are told how things stand now, so many people a second.
 */
export class PresenceRetelling {
  readonly #doors: RetellingDoors;
  /** Whose turn is still to come, with the devices their watchers may believe to be there. */
  readonly #left = new Map<string, Set<string>>();
  readonly #alarm = new Alarm(() => this.#go());
  #sharing = false;

  constructor(doors: RetellingDoors) {
    this.#doors = doors;
  }

  /** Other settings are in force than `before`. */
  changed(before: PresenceSettings): void {
    const { site, people, sip } = this.#doors;
    const now = site.settings.presence;
    if (JSON.stringify(before) === JSON.stringify(now)) return;
    if (before.sharing !== now.sharing) this.#sharing = true;
    for (const { jid, presence } of people.all()) {
      const shown = this.#leftOf(jid.bare);
      // What was told of them before counts, whether or not they are still there when their turn comes.
      if (presence !== undefined && before.sharing) shown.add(jid.full);
    }
    for (const bare of sip.watched()) this.#leftOf(bare);
    if (JSON.stringify(before.clientResources) !== JSON.stringify(now.clientResources)) sip.showPartnersAgain();
    site.log("info", "presence settings changed: watchers are told anew", { people: this.#left.size });
    if (!this.#alarm.isSet) this.#go();
  }

  #leftOf(bare: string): Set<string> {
    let shown = this.#left.get(bare);
    if (shown === undefined) {
      shown = new Set();
      this.#left.set(bare, shown);
    }
    return shown;
  }

  #go(): void {
    const { site, rosters } = this.#doors;
    let turns = Math.max(1, Math.round((site.settings.limits.presenceRetoldPerSecondMax * everyMs) / 1_000));
    const sharing = this.#sharing;
    for (const [bare, shown] of this.#left) {
      if (turns-- === 0) break;
      this.#left.delete(bare);
      rosters.use(bare, (book) => this.#tell(book, shown, sharing));
    }
    site.world.metrics.series("comity_presence_retelling_people").set(this.#left.size);
    if (this.#left.size > 0) site.wheel.set(this.#alarm, everyMs);
    else this.#sharing = false;
  }

  #tell(book: RosterBook, shown: ReadonlySet<string>, sharing: boolean): void {
    const { site, board, presence, sip } = this.#doors;
    const me = parseJid(book.owner);
    if (!me.ok) return;
    if (sharing && !site.settings.presence.sharing) {
      for (const full of shown) {
        const device = parseJid(full);
        if (device.ok) presence.tellAllGone(device.value, book);
      }
      presence.loseSight(book, me.value);
    } else if (sharing) {
      for (const full of shown) {
        const device = parseJid(full);
        // It went while nobody was told anything.
        if (device.ok && this.#isGone(device.value)) presence.tellAllGone(device.value, book);
      }
      presence.tellAllAgain(book, me.value);
    }
    this.#letIn(book, bareJid(me.value));
    sip.judgeAgain(book);
    presence.judgeLooks(book, undefined);
    sip.registrationsCount(book.owner);
    this.#classAgain(book.owner);
    board.composeAgain(book.owner);
  }

  #isGone(jid: Jid): boolean {
    return this.#doors.people.device(jid)?.presence === undefined;
  }

  /** A device may be of another class of client by now (presence.clientResources). */
  #classAgain(bare: string): void {
    const { site, people, board } = this.#doors;
    for (const device of people.devices(bare)) {
      if (!(device instanceof XmppDevice)) continue;
      const source = board.source(bare, sourceOf(device));
      const client = clientOf(device.jid.resource, site.settings.presence.clientResources);
      if (source !== undefined && source.client !== client) board.put(bare, { ...source, client });
    }
  }

  /** SUB-19: who waits to be let in, and is let in without asking from now on. */
  #letIn(book: RosterBook, me: Jid): void {
    const { site, subscriptions } = this.#doors;
    for (const item of [...book.items.values()]) {
      const contact = item.pendingIn ? jidOf(item) : undefined;
      if (contact !== undefined && verdictOn(site, book, contact).verdict === "allow") {
        subscriptions.grant(book, me, contact);
      }
    }
  }
}
