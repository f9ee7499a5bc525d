import { type Address, parseAddress } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import type { Composed } from "../presence/compose.ts";
import type { Shown } from "../presence/mapping.ts";
import { toldOf } from "../presence/mapping-overrides.ts";
import { withWord } from "../presence/xmpp-show.ts";
import { chosenType } from "../sip/accept.ts";
import { type Dialog, keyOf } from "../sip/dialog.ts";
import { epidOf } from "../sip/epid.ts";
import type { SipMessage } from "../sip/message.ts";
import { personNamed } from "../sip/person-named.ts";
import { writePidf } from "../sip/pidf-write.ts";
import type { Verdict } from "../sip/subscription.ts";
import { sipUriOf } from "../translate/address.ts";
import { sipProfiles } from "../translate/sip-profile.ts";
import { personJid, presenceWord } from "../translate/stanza.ts";
import type { OutsideNames } from "./outside-names.ts";
import { Parcel, type Post } from "./parcel.ts";
import { offline, type PresenceBoard } from "./presence-board.ts";
import type { Rosters } from "./rosters.ts";
import type { KeptSubscription, SipKept } from "./sip-kept.ts";
import type { SipPartners } from "./sip-partners.ts";
import type { SipPresencePackage } from "./sip-presence-package.ts";
import type { Abroad, Watched } from "./sip-subscription.ts";
import type { Offer, SipSubscriptions, Watching } from "./sip-subscriptions.ts";
import type { Site } from "./site.ts";
import { verdictOn } from "./visibility.ts";

const pidf = "application/pidf+xml";

type Granted = Extract<Offer, { kind: "offer" }>;

/** Whom a partner's person looks at, and by which name they asked. */
type About = { readonly target: Address; readonly named: Address };

/** What it needs of the node. */
type WatcherDoors = {
  readonly site: Site;
  readonly post: Post;
  readonly board: PresenceBoard;
  readonly rosters: Rosters;
  readonly presence: SipPresencePackage;
  readonly partners: SipPartners;
  readonly names: OutsideNames;
};

/** People at SIP partners who watch people here (RFC 8048 §5), each state as the partner's mapping table has it. */
export class SipPartnerWatchers {
  readonly #doors: WatcherDoors;
  readonly #site: Site;
  readonly #kept: SipKept;
  /** What is being looked at now. */
  readonly #open = new Set<About & { readonly watching: Watching }>();
  #versions = 0;

  constructor(doors: WatcherDoors, kept: SipKept) {
    this.#doors = doors;
    this.#site = doors.site;
    this.#kept = kept;
  }

  /** What a partner's SUBSCRIBE for somebody here is offered. */
  async offer(message: SipMessage, watcher: Address, target: Address, partner: SipPartner): Promise<Offer> {
    if (chosenType(message.values("accept"), [pidf]) === undefined) {
      return { kind: "refuse", why: fault("sip-not-acceptable") };
    }
    if ((await this.#site.world.store.accounts.find(target.text)) === undefined) {
      return { kind: "refuse", why: fault("sip-no-such-user") }; // RT-14
    }
    const { spelled, verdict, known } = await this.#judge(watcher, target, partner);
    if (verdict !== "polite-block" && !known) {
      // SUB-04, SUB-05: whoever is on is asked, in whatever client.
      const [from, to] = [personJid(spelled.text), personJid(target.text)];
      // SET-02: whoever is asked reads whose network it is.
      const bytes = presenceWord(from, to, "subscribe", partner.description);
      this.#doors.post.route(new Parcel("presence", "subscribe", undefined, from, to, bytes));
    }
    return this.#granted(watcher, spelled, { target, named: this.#namedIn(message, target) }, partner, verdict);
  }

  /** By which name somebody here was asked for. */
  #namedIn({ uri, to }: SipMessage, target: Address): Address {
    for (const text of [uri, to?.uri ?? ""]) {
      const named = personNamed(text);
      if (named.ok && this.#doors.names.personHere(named.value)?.text === target.text) return named.value;
    }
    return target;
  }

  /** People here may be known elsewhere by other names: who looks at them by one that is not theirs any more sees nobody (EML-04). */
  renamed(): void {
    for (const { target, named, watching } of [...this.#open]) {
      if (this.#doors.names.personHere(named)?.text !== target.text) watching.decided("block");
    }
  }

  /** Those that were there before this process go on. Rejects when the store fails. */
  async restore(kept: readonly KeptSubscription[], subscriptions: SipSubscriptions): Promise<void> {
    const now = this.#site.world.clock.now();
    for (const { key, local, foreign, expiresAt, state } of kept) {
      if (state.side !== "theirs") continue;
      const [target, watcher] = [parseAddress(local), parseAddress(foreign)];
      const partner = watcher.ok ? this.#doors.partners.of(watcher.value.domain) : undefined;
      const stands =
        target.ok &&
        watcher.ok &&
        partner !== undefined &&
        expiresAt > now &&
        (await this.#resume(watcher.value, target.value, partner, state.dialog, expiresAt, subscriptions));
      if (!stands) this.#kept.remove(key);
    }
  }

  async #resume(
    watcher: Address,
    target: Address,
    partner: SipPartner,
    dialog: Dialog,
    expiresAt: number,
    subscriptions: SipSubscriptions,
  ): Promise<boolean> {
    const asked = personNamed(/<([^>]*)>/.exec(dialog.local)?.[1] ?? "");
    const named = asked.ok ? asked.value : target;
    if (this.#doors.names.personHere(named)?.text !== target.text) return false;
    const { spelled, verdict } = await this.#judge(watcher, target, partner);
    const granted = this.#granted(watcher, spelled, { target, named }, partner, verdict);
    return subscriptions.resume(watcher, dialog, expiresAt, granted);
  }

  /** `spelled`: the watcher as the watched person has them among their contacts. */
  async #judge(
    watcher: Address,
    target: Address,
    partner: SipPartner,
  ): Promise<{ readonly spelled: Address; readonly verdict: Verdict; readonly known: boolean }> {
    const { rosters, names } = this.#doors;
    const spelled = await names.spelled(target.text, watcher, partner);
    const book = await rosters.hold(target.text);
    const { verdict } = verdictOn(this.#site, book, { bare: spelled.text, domain: spelled.domain });
    const item = book.items.get(spelled.text);
    rosters.release(book);
    return { spelled, verdict, known: item?.subscription === "from" || item?.subscription === "both" };
  }

  #granted(watcher: Address, spelled: Address, about: About, partner: SipPartner, verdict: Verdict): Granted {
    const { target } = about;
    return {
      kind: "offer",
      verdict,
      ...(sipProfiles[partner.type].epid ? { epid: epidOf(target.text) } : {}),
      abroad: this.#abroad(watcher, target, partner),
      watched: (watching) => this.#watched(spelled, about, partner, watching),
    };
  }

  #abroad(watcher: Address, target: Address, partner: SipPartner): Abroad {
    const keyFor = (dialog: Dialog) => `theirs ${keyOf(dialog)}`;
    return {
      way: (known, then, failed) => this.#doors.partners.background(partner, known, then, failed),
      keep: (dialog, expiresAt) =>
        this.#kept.put({
          key: keyFor(dialog),
          local: target.text,
          foreign: watcher.text,
          expiresAt,
          state: { side: "theirs", dialog },
        }),
      drop: (dialog) => this.#kept.remove(keyFor(dialog)),
    };
  }

  #watched(spelled: Address, about: About, partner: SipPartner, watching: Watching): Watched {
    const { target } = about;
    const open = { ...about, watching };
    this.#open.add(open);
    const { board, names, partners, presence } = this.#doors;
    const profile = sipProfiles[partner.type];
    // What an administrator has changed since they began to look counts too.
    const now = () => partners.of(partner.domain) ?? partner;
    let made:
      | { readonly of: Composed; readonly by: SipPartner; readonly entity: string; readonly text: string }
      | undefined;
    const write = (of: Composed): string => {
      const [by, entity] = [now(), sipUriOf(names.ours(personJid(target.text)))];
      if (made?.of !== of || made.by !== by || made.entity !== entity)
        made = { of, by, entity, text: pidfOf(of, by, entity) };
      return made.text;
    };
    const pidfOf = (composed: Composed, by: SipPartner, entity: string) => {
      const shown = toldTo(by, composed);
      return writePidf({
        entity,
        availability: shown.availability,
        note: withWord(shown.text, composed.note),
        priority: composed.priority,
        strict: profile.strictPidf,
        show: partner.type === "simple",
      });
    };
    let told: string | undefined;
    const close = presence.openLook(spelled, target, {
      // Another device of theirs may speak now, and their partners' tables say the same of it.
      changed: () => {
        if (told !== write(board.of(target.text))) watching.changed();
      },
      decided: (verdict) => watching.decided(verdict),
      get state() {
        return watching.state;
      },
    });
    let last: { readonly of: Composed; readonly by: SipPartner; readonly etag: string } | undefined;
    const etag = () => {
      const of = board.of(target.text);
      const by = now();
      if (last?.of !== of || last.by !== by) last = { of, by, etag: `p${(++this.#versions).toString(36)}` };
      return last.etag;
    };
    return {
      document: (body) => {
        told = write(body === "neutral" ? offline : board.of(target.text));
        return { contentType: pidf, body: told };
      },
      get etag() {
        return etag();
      },
      ended: () => {
        this.#open.delete(open);
        close();
      },
    };
  }
}

/** What a partner is told of somebody here: the state, and the text that goes before their own note. */
export function toldTo({ type, mapping }: SipPartner, { reachable, availability, by, own }: Composed): Shown {
  const partner = sipProfiles[type].mapping;
  // MAP-4: who cannot be reached by messages is offline to a partner, whatever their telephone does.
  if (!reachable) return toldOf(mapping, partner, { by: "xmpp3", state: "offline" });
  return toldOf(mapping, partner, { by, state: availability, own });
}
