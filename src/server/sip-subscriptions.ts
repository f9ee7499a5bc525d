import type { Address } from "../base/address.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Dialog } from "../sip/dialog.ts";
import { uasDialog } from "../sip/dialog-creation.ts";
import { keyOfRequest } from "../sip/dialog-key.ts";
import { allowEvents, type EventHeader, parseServedEvent, sameEvent } from "../sip/event-header.ts";
import type { SipMessage } from "../sip/message.ts";
import { roomForOne, type Verdict } from "../sip/subscription.ts";
import { contactOn } from "./sip-contact.ts";
import type { Flow } from "./sip-flow.ts";
import { refuse, type SipRequest } from "./sip-request.ts";
import { type Abroad, SipSubscription, type SubscriptionDoors, type Watched } from "./sip-subscription.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { SipWays } from "./sip-ways.ts";
import type { Site } from "./site.ts";

/** What somebody may watch, and whether they may: the beginning of a subscription. */
export type Offer =
  | {
      readonly kind: "offer";
      readonly watched: (changed: Watching) => Watched;
      readonly verdict: Verdict;
      /** It comes to nothing after all: what was held for it is let go. */
      readonly declined?: () => void;
      /** What the watched are told apart by at a Microsoft server (R5). */
      readonly epid?: string;
      /** Header lines for the answer. */
      readonly headers?: string;
      /** For a watcher at a partner. */
      readonly abroad?: Abroad;
    }
  | { readonly kind: "refuse"; readonly why: ReturnType<typeof fault>; readonly headers?: string };

/** How what is watched says that it has changed, or that another decision was made. */
export interface Watching {
  /** `entirely`: what is watched is another thing now, not the same in another state. */
  changed(entirely?: boolean): void;
  decided(verdict: Verdict): void;
  readonly state: SipSubscription["state"];
}

/** An event package: what it offers for a SUBSCRIBE. */
export type Package = (message: SipMessage, event: EventHeader, watcher: Address) => Promise<Offer> | Offer;

/** Every subscription of others to something here (RFC 6665, RFC 3856, RFC 3857, RFC 4662). */
export class SipSubscriptions {
  readonly #site: Site;
  readonly #transactions: SipTransactions;
  readonly #doors: SubscriptionDoors;
  readonly #packages: Readonly<Record<"presence" | "presence.winfo", Package>>;
  readonly #all = new Map<string, SipSubscription>();
  readonly #watcherOf = new Map<SipSubscription, string>();
  readonly #perWatcher = new Map<string, number>();

  constructor(
    site: Site,
    transactions: SipTransactions,
    ways: SipWays,
    packages: Readonly<Record<"presence" | "presence.winfo", Package>>,
  ) {
    this.#site = site;
    this.#transactions = transactions;
    this.#packages = packages;
    this.#doors = {
      site,
      transactions,
      ways,
      contact: contactOn,
      over: (subscription) => this.#over(subscription),
    };
  }

  get count(): number {
    return this.#all.size;
  }

  /** `offered` makes the offer in place of the packages: for watchers of other domains. */
  request(request: SipRequest, watcher: Address, offered?: (event: EventHeader) => Promise<Offer> | Offer): void {
    const { message } = request;
    if (!request.hold()) return;
    if (message.toTag !== "") {
      const known = this.#all.get(keyOfRequest(message));
      if (known === undefined || this.#watcherOf.get(known) !== watcher.text) refuse(request, fault("sip-no-dialog"));
      else if (!isOf(known, message)) refuse(request, fault("sip-event"), `Allow-Events: ${known.event.name}\r\n`);
      else known.again(request);
      return;
    }
    const event = parseServedEvent(message.header("event"));
    if (!event.ok) {
      // 3.6: people of other domains can watch presence, and nothing else.
      refuse(request, event.fault, `Allow-Events: ${offered === undefined ? allowEvents : "presence"}\r\n`);
      return;
    }
    const full = this.#full(watcher);
    if (full !== undefined) {
      refuse(request, full);
      return;
    }
    const offer = offered?.(event.value) ?? this.#packages[event.value.name](message, event.value, watcher);
    if (!(offer instanceof Promise)) {
      this.#begin(request, watcher, event.value, offer);
      return;
    }
    offer.then(
      (made) => this.#begin(request, watcher, event.value, made),
      (error) => {
        this.#site.storeFailed(error);
        request.respond(500);
      },
    );
  }

  /** One that was there before this process goes on with its dialog until it runs out; false when there is no room. */
  resume(
    watcher: Address,
    dialog: Dialog,
    expiresAt: number,
    { verdict, ...offer }: Extract<Offer, { kind: "offer" }>,
  ): boolean {
    const event = parseServedEvent("presence");
    if (!event.ok || verdict === "block" || this.#full(watcher) !== undefined) return false;
    this.#add(watcher, dialog, undefined, event.value, { verdict, ...offer }).resume(verdict, expiresAt);
    return true;
  }

  /** The node stops: its own people are told to look elsewhere; partners' subscriptions are kept, and go on later. */
  stop(): void {
    for (const subscription of [...this.#all.values()]) {
      if (subscription.isAbroad) subscription.letGo();
      else subscription.end("deactivated");
    }
  }

  /** The watcher's account is gone or has another password. */
  endWatcher(bare: string): void {
    for (const [subscription, watcher] of [...this.#watcherOf]) if (watcher === bare) subscription.end("rejected");
  }

  /** Watchers of some domains may look no more. */
  endFrom(domain: (name: string) => boolean): void {
    for (const [subscription, watcher] of [...this.#watcherOf]) {
      if (domain(watcher.slice(watcher.lastIndexOf("@") + 1))) subscription.end("rejected");
    }
  }

  #full(watcher: Address): Fault | undefined {
    return roomForOne(this.#perWatcher.get(watcher.text) ?? 0, this.#all.size, this.#site.settings.limits);
  }

  #begin(request: SipRequest, watcher: Address, event: EventHeader, offer: Offer): void {
    if (offer.kind === "refuse") {
      refuse(request, offer.why, offer.headers);
      return;
    }
    const decline = (why: Fault) => {
      offer.declined?.();
      refuse(request, why);
    };
    // Others may have come in while the store was asked, and it may have taken too long.
    const full = request.answered ? fault("sip-timeout") : this.#full(watcher);
    if (full !== undefined) {
      decline(full);
      return;
    }
    const tag = this.#transactions.token();
    const dialog = uasDialog(
      request.message,
      { tag, ...(offer.epid === undefined ? {} : { epid: offer.epid }) },
      this.#site.settings.limits,
    );
    if (!dialog.ok) {
      decline(dialog.fault);
      return;
    }
    this.#add(watcher, dialog.value, request.flow, event, offer).begin(request, offer.verdict, offer.headers);
  }

  #add(
    watcher: Address,
    dialog: Dialog,
    flow: Flow | undefined,
    event: EventHeader,
    offer: Extract<Offer, { kind: "offer" }>,
  ): SipSubscription {
    let made: SipSubscription | undefined;
    // What is watched may speak only once the subscription stands.
    const watching: Watching = {
      changed: (entirely) => made?.changed(entirely),
      decided: (verdict) => made?.decided(verdict),
      get state() {
        return made?.state ?? { at: "ended" };
      },
    };
    made = new SipSubscription(this.#doors, dialog, flow, event, offer.watched(watching), offer.abroad);
    this.#all.set(made.key, made);
    this.#watcherOf.set(made, watcher.text);
    this.#perWatcher.set(watcher.text, (this.#perWatcher.get(watcher.text) ?? 0) + 1);
    this.#count(event, 1);
    return made;
  }

  #over(subscription: SipSubscription): void {
    if (!this.#all.delete(subscription.key)) return;
    const watcher = this.#watcherOf.get(subscription) ?? "";
    this.#watcherOf.delete(subscription);
    const left = (this.#perWatcher.get(watcher) ?? 1) - 1;
    if (left > 0) this.#perWatcher.set(watcher, left);
    else this.#perWatcher.delete(watcher);
    this.#count(subscription.event, -1);
  }

  #count({ name }: EventHeader, more: number): void {
    this.#site.world.metrics.series("comity_sip_subscriptions", name).add(more);
  }
}

/** RFC 6665 §4.5.2: one dialog is for one subscription here; who names another package, or id, means none that is. */
function isOf({ event }: SipSubscription, message: SipMessage): boolean {
  const named = message.header("event");
  const meant = named === undefined ? undefined : parseServedEvent(named);
  return meant === undefined || (meant.ok && sameEvent(meant.value, event));
}
