import { type Fault, fault } from "../base/fault.ts";
import { plainText, type SipContent } from "../sip/content.ts";
import type { SipMessage } from "../sip/message.ts";
import { requestBytes } from "../sip/request.ts";
import { sipUriOf } from "../translate/address.ts";
import { faultOfStatus } from "../translate/errors.ts";
import { receiptFor } from "../translate/receipt.ts";
import { toSip, wordsOf } from "../translate/to-sip.ts";
import { DelayLine } from "./delay-line.ts";
import type { OfflineDesk } from "./offline-desk.ts";
import { Parcel, type Post } from "./parcel.ts";
import type { SipBinding } from "./sip-binding.ts";
import type { Asker } from "./sip-client-transaction.ts";
import { type Flow, sameWay } from "./sip-flow.ts";
import { SipOrigin } from "./sip-origin.ts";
import type { SipPerson } from "./sip-person.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { SipWays } from "./sip-ways.ts";
import type { Site } from "./site.ts";

/** Head of a MESSAGE of ours without its Via, Route and From, reckoned for the choice of transport. */
const headBytesReckoned = 500;

/**
 * Messages to local people's SIP devices: each device gets each message as a MESSAGE of its own (RFC 3428). It has arrived
 * when one of them said so; when none did in limits.settleMs, the store has it too.
 */
export class SipDeliveries {
  readonly #site: Site;
  readonly #transactions: SipTransactions;
  readonly #ways: SipWays;
  readonly #post: Post;
  readonly #offline: OfflineDesk;
  readonly #late: DelayLine<Delivery>;

  constructor(site: Site, transactions: SipTransactions, ways: SipWays, post: Post, offline: OfflineDesk) {
    this.#site = site;
    this.#transactions = transactions;
    this.#ways = ways;
    this.#post = post;
    this.#offline = offline;
    this.#late = new DelayLine(
      site.wheel,
      () => site.world.clock.monotonicMs(),
      (delivery) => delivery.late(),
    );
  }

  message(person: SipPerson, parcel: Parcel, sole: boolean): void {
    this.#site.tally.client.sent("message");
    if (parcel.type === "error") {
      this.#tellFailure(person, parcel);
      return;
    }
    const { origin } = parcel;
    if (origin instanceof SipOrigin) {
      const { leadsTo, message } = origin;
      const meant =
        leadsTo === undefined ? person.bindings : person.bindings.filter(({ stored }) => leadsTo(stored)).slice(-1);
      if (meant.length === 0) this.#post.bounce(parcel, fault("recipient-unavailable"));
      else this.#toAll(person, meant, parcel, sole, origin, message.header("from") ?? "", message);
      return;
    }
    const contents = toSip(parcel.element, this.#reader);
    const [main] = contents;
    if (main === undefined) {
      parcel.receipt?.settle();
      return;
    }
    const from = this.#fromOf(parcel.from);
    // What is said stands first; states and receipts beside it are told once and not waited for.
    for (const extra of contents.slice(1)) this.#tell(person, extra, from);
    this.#toAll(person, person.bindings, parcel, sole, main, from, undefined);
  }

  /** SIP has no carbons: a copy of what its owner said elsewhere comes from themself, and says to whom. */
  copy(person: SipPerson, way: "sent" | "received", parcel: Parcel): void {
    if (way === "received") {
      for (const content of toSip(parcel.element, this.#reader)) this.#tell(person, content, this.#fromOf(parcel.from));
      return;
    }
    if (!this.#site.settings.sip.sentCopies) return;
    const words = wordsOf(parcel.element);
    if (words === undefined) return;
    const content = plainText(`To ${parcel.to.bare}: ${words}`);
    const by = parcel.origin instanceof SipOrigin ? parcel.origin.flow : undefined;
    for (const binding of person.bindings) {
      if (binding.flow === undefined || by === undefined || !sameWay(binding.flow, by)) {
        this.#send(person, binding, content, this.#fromOf(person.jid), undefined, nobody);
      }
    }
  }

  get #reader() {
    return { now: this.#site.world.clock.now() };
  }

  #fromOf(jid: Parcel["from"]): string {
    return `<${sipUriOf(jid, { gr: false })}>;tag=${this.#transactions.token()}`;
  }

  #toAll(
    person: SipPerson,
    bindings: readonly SipBinding[],
    parcel: Parcel,
    sole: boolean,
    content: SipContent,
    from: string,
    message: SipMessage | undefined,
  ): void {
    const delivery = new Delivery(this.#site, this.#post, this.#offline, parcel, person.jid, sole, bindings.length);
    for (const binding of [...bindings]) {
      this.#send(person, binding, content, from, message, new Attempt(delivery, binding));
    }
    if (delivery.open) this.#late.add(delivery, this.#site.settings.limits.settleMs);
  }

  /** To every device, and nobody waits for the answer. */
  #tell(person: SipPerson, content: SipContent, from: string): void {
    for (const binding of person.bindings) this.#send(person, binding, content, from, undefined, nobody);
  }

  #send(
    person: SipPerson,
    binding: SipBinding,
    content: SipContent,
    from: string,
    message: SipMessage | undefined,
    asker: Asker,
  ): void {
    const { flow } = binding;
    const large = content.body.length + headBytesReckoned > this.#site.settings.limits.sipUdpRequestBytesMax;
    if (flow?.open === true && (flow.reliable || !large)) {
      this.#ask(flow, person, binding, content, from, message, asker);
      return;
    }
    this.#ways
      .toBinding(binding)
      .then(async (way) => {
        if (!way.ok) {
          asker.answered(503, undefined);
          return;
        }
        const chosen = large && !way.value.reliable ? await this.#ways.forLarge(way.value) : way.value;
        this.#ask(chosen, person, binding, content, from, message, asker);
      })
      .catch(this.#site.storeFailed);
  }

  #ask(
    flow: Flow,
    person: SipPerson,
    { stored }: SipBinding,
    content: SipContent,
    from: string,
    message: SipMessage | undefined,
    asker: Asker,
  ): void {
    const { headers, contentType, body } = content;
    this.#transactions.ask(
      flow,
      "MESSAGE",
      (via) =>
        requestBytes({
          method: "MESSAGE",
          uri: stored.contact,
          via,
          maxForwards: message === undefined ? 70 : Math.max(0, (message.maxForwards ?? 70) - 1),
          from,
          to: message?.header("to") ?? `<${sipUriOf(person.self, { gr: false })}>`,
          callId: message?.callId ?? this.#transactions.token(),
          cseq: message?.cseq?.number ?? 1,
          routes: stored.path,
          headers,
          contentType,
          body,
        }),
      asker,
    );
  }

  /** What a person wrote came back after it had been taken: they are told in words, for SIP has nothing better. */
  #tellFailure(person: SipPerson, parcel: Parcel): void {
    const words = wordsOf(parcel.element) ?? "It could not be delivered.";
    this.#tell(person, plainText(`Not delivered: ${words}`), this.#fromOf(parcel.from));
  }
}

/** Nobody waits for this answer. */
const nobody: Asker = { answered() {} };

/** One message under way to all SIP devices of a person. */
class Delivery {
  readonly #site: Site;
  readonly #post: Post;
  readonly #offline: OfflineDesk;
  readonly #parcel: Parcel;
  readonly #device: Parcel["to"];
  readonly #sole: boolean;
  #left: number;
  #taken = false;
  #worst: Fault | undefined;

  constructor(
    site: Site,
    post: Post,
    offline: OfflineDesk,
    parcel: Parcel,
    device: Parcel["to"],
    sole: boolean,
    devices: number,
  ) {
    this.#site = site;
    this.#post = post;
    this.#offline = offline;
    this.#parcel = parcel;
    this.#device = device;
    this.#sole = sole;
    this.#left = devices;
  }

  get open(): boolean {
    return this.#left > 0 && !this.#taken;
  }

  answered(binding: SipBinding, status: number): void {
    this.#left--;
    if (status < 300) {
      binding.unheard = false;
      this.#arrived();
      return;
    }
    if (status === 408 || status === 503 || status === 480) binding.unheard = true;
    // What a device cannot show says more than one that is not there.
    const why: Fault = faultOfStatus(status);
    const worst: Fault = this.#worst === undefined || status === 415 ? why : this.#worst;
    this.#worst = worst;
    if (this.#left === 0 && !this.#taken) this.#failed(worst);
  }

  /** Nobody has taken it for settleMs: the store has it too, so that its sender can be answered (R21). */
  late(): void {
    const parcel = this.#parcel;
    if (!this.open || !this.#sole || parcel.copy || parcel.keptAs !== undefined) return;
    parcel.keptAs = 0;
    const { store, clock } = this.#site.world;
    const most = this.#site.settings.limits.offlineMessagesMax;
    store.offline.push(parcel.to.bare, parcel.bytes, clock.now(), most).then((id) => {
      parcel.keptAs = id;
      if (id === undefined) {
        if (this.#left === 0 && !this.#taken) this.#post.bounce(parcel, fault("offline-full"));
      } else if (this.#taken) store.offline.drop(parcel.to.bare, [id]).catch(this.#site.storeFailed);
      else parcel.receipt?.settle("kept");
    }, this.#site.storeFailed);
  }

  #arrived(): void {
    if (this.#taken) return;
    this.#taken = true;
    this.#acknowledge();
    const { keptAs } = this.#parcel;
    this.#parcel.receipt?.settle("delivered");
    if (keptAs !== undefined && keptAs > 0) {
      this.#site.world.store.offline.drop(this.#parcel.to.bare, [keptAs]).catch(this.#site.storeFailed);
    }
  }

  /** Who asked in XMPP for a receipt gets it for the device's 200 (sip-wire 7.4). */
  #acknowledge(): void {
    const { from, to, origin, copy } = this.#parcel;
    if (origin !== undefined || copy) return;
    const device = this.#device;
    const bytes = receiptFor(this.#parcel.element, device, from);
    if (bytes !== undefined && to.bare === device.bare) {
      this.#post.route(new Parcel("message", "chat", undefined, device, from, bytes));
    }
  }

  /** No device took it. Others of the person may have; if there are none it waits in the store, or goes back. */
  #failed(why: Fault): void {
    const parcel = this.#parcel;
    // 0: it is on its way into the store, which will say more.
    if (!this.#sole || parcel.copy || parcel.keptAs !== undefined) return;
    if (why.code === "sip-media-type" || why.code === "sip-not-acceptable-here") this.#post.bounce(parcel, why);
    else this.#offline.keep(parcel);
  }
}

/** One device's part of a delivery. */
class Attempt implements Asker {
  readonly #delivery: Delivery;
  readonly #binding: SipBinding;

  constructor(delivery: Delivery, binding: SipBinding) {
    this.#delivery = delivery;
    this.#binding = binding;
  }

  answered(status: number): void {
    this.#delivery.answered(this.#binding, status);
  }
}
