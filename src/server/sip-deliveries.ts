import { fault } from "../base/fault.ts";
import { plainText, type SipContent } from "../sip/content.ts";
import type { SipMessage } from "../sip/message.ts";
import { onwardBytes, requestBytes } from "../sip/request.ts";
import { parseJidText, sipUriOf } from "../translate/address.ts";
import { toSip, wordsOf } from "../translate/to-sip.ts";
import { givenUp } from "./custody.ts";
import { DelayLine } from "./delay-line.ts";
import type { OfflineDesk } from "./offline-desk.ts";
import type { Parcel, Post } from "./parcel.ts";
import type { SipBinding } from "./sip-binding.ts";
import type { Asker } from "./sip-client-transaction.ts";
import { type DeliveryOffice, SipAttempt, SipDelivery } from "./sip-delivery.ts";
import { type DeviceFlows, devicesOf } from "./sip-device-flows.ts";
import { type Flow, sameWay } from "./sip-flow.ts";
import { SipOrigin } from "./sip-origin.ts";
import type { SipPerson } from "./sip-person.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Send } from "./sip-trying.ts";
import type { SipWays } from "./sip-ways.ts";
import type { Site } from "./site.ts";

/** Head of a MESSAGE of ours without its Via, Route and From, reckoned for the choice of transport. */
const headBytesReckoned = 500;

/** Who says it: the value of From; or the request that says so itself, and goes on with what identifies it. */
type Author = string | SipMessage;

/** What is said, as one device gets it. */
type ContentFor = (binding: SipBinding) => SipContent;

/**
 * Messages to local people's SIP devices: each device gets each message as a MESSAGE of its own (RFC 3428). It has arrived
 * when one of them said so; when none did in limits.settleMs, the store has it too.
 */
export class SipDeliveries {
  readonly #site: Site;
  readonly #transactions: SipTransactions;
  readonly #ways: SipWays;
  readonly #post: Post;
  readonly #office: DeliveryOffice;

  constructor(site: Site, transactions: SipTransactions, ways: SipWays, post: Post, offline: OfflineDesk) {
    this.#site = site;
    this.#transactions = transactions;
    this.#ways = ways;
    this.#post = post;
    const late = new DelayLine<SipDelivery>(
      site.wheel,
      () => site.world.clock.monotonicMs(),
      () => site.settings.limits.settleMs,
      (delivery) => delivery.late(),
    );
    this.#office = { site, post, offline, late, handOver: (person, binding) => this.handOver(person, binding) };
  }

  /** Messages that no device has taken yet. */
  get count(): number {
    return this.#office.late.size;
  }

  message(person: SipPerson, parcel: Parcel): void {
    this.#site.tally.client.sent("message");
    if (parcel.type === "error") {
      this.#tellFailure(person, parcel);
      return;
    }
    if (person.bindings.length === 0) {
      // It only watches or publishes, and was written to by the address of its device.
      if (givenUp(parcel)) this.#office.offline.keep(parcel);
      return;
    }
    const { origin } = parcel;
    // RFC 7573: what was said in a session with a partner goes on as a message by itself, in words any device can show. With
    // the session's Call-ID Linphone would take the second text for the first one again.
    if (origin instanceof SipOrigin && !origin.inSession) {
      const { leadsTo, message } = origin;
      const meant =
        leadsTo === undefined ? person.bindings : person.bindings.filter(({ stored }) => leadsTo(stored)).slice(-1);
      if (meant.length === 0) this.#post.bounce(parcel, fault("recipient-unavailable"));
      else this.#toAll(person, meant, parcel, () => origin, message);
      return;
    }
    this.#translated(person, person.bindings, parcel);
  }

  /** Gives a device what waits in the store for its person, but what is on its way to it already. */
  handOver(person: SipPerson, binding: SipBinding): void {
    const deliver = (parcel: Parcel): void => {
      this.#site.tally.client.sent("message");
      this.#translated(person, [binding], parcel);
    };
    this.#office.offline.handOver({ jid: person.jid, deliver }, binding.handed);
  }

  /** SIP has no carbons: a copy of what its owner said elsewhere comes from themself, and says to whom. */
  copy(person: SipPerson, way: "sent" | "received", parcel: Parcel): void {
    if (way === "received") {
      const from = this.#fromOf(parcel.from);
      for (const content of toSip(parcel.element, this.#reader)) this.#tell(person, person.bindings, content, from);
      return;
    }
    if (!this.#site.settings.sip.sentCopies) return;
    const words = wordsOf(parcel.element);
    if (words === undefined) return;
    const content = plainText(`To ${parcel.to.bare}: ${words}`);
    const by = parcel.origin instanceof SipOrigin ? parcel.origin.flow : undefined;
    const said = (binding: SipBinding): boolean =>
      binding.flow !== undefined && by !== undefined && sameWay(binding.flow, by);
    for (const device of devicesOf(person.bindings) ?? person.bindings.map((each): DeviceFlows => [each])) {
      if (!device.some(said)) this.#send(person, device[0], content, this.#fromOf(person.jid), nobody);
    }
  }

  #translated(person: SipPerson, bindings: readonly SipBinding[], parcel: Parcel): void {
    const contents = toSip(parcel.element, this.#reader);
    const [main] = contents;
    if (main === undefined) {
      if (givenUp(parcel)) parcel.receipt?.settle();
      return;
    }
    const from = this.#fromOf(writerOf(parcel));
    // What is said stands first; states and receipts beside it are told once and not waited for.
    for (const extra of contents.slice(1)) this.#tell(person, bindings, extra, from);
    // RFC 5438: who is known to read message/cpim is asked to tell when the text is read, where its writer wants to know.
    const asking = bindings.some(({ cpim }) => cpim)
      ? toSip(parcel.element, { ...this.#reader, cpim: true, answers: true })[0]
      : undefined;
    const contentFor: ContentFor = ({ cpim }) => (cpim && asking !== undefined ? asking : main);
    this.#toAll(person, bindings, parcel, contentFor, from);
  }

  get #reader() {
    return { now: this.#site.world.clock.now() };
  }

  #fromOf(jid: Parcel["from"]): string {
    return `<${sipUriOf(jid, { gr: false })}>;tag=${this.#transactions.token()}`;
  }

  #toAll(person: SipPerson, bindings: readonly SipBinding[], parcel: Parcel, contentFor: ContentFor, by: Author): void {
    const devices = devicesOf(bindings);
    const delivery = new SipDelivery(this.#office, parcel, person, devices?.length ?? bindings.length);
    if (devices === undefined) {
      for (const binding of [...bindings]) {
        this.#send(person, binding, contentFor(binding), by, new SipAttempt(delivery, binding));
      }
    }
    const send = ([flow, next, ...others]: DeviceFlows): void => {
      const again = next === undefined ? undefined : () => send([next, ...others]);
      this.#send(person, flow, contentFor(flow), by, new SipAttempt(delivery, flow, again));
    };
    for (const device of devices ?? []) send(device);
    if (delivery.open) this.#office.late.add(delivery);
  }

  /** To every device, and nobody waits for the answer. */
  #tell(person: SipPerson, bindings: readonly SipBinding[], content: SipContent, from: string): void {
    const chosen = devicesOf(bindings)?.map(([best]) => best) ?? bindings;
    for (const binding of chosen) this.#send(person, binding, content, from, nobody);
  }

  #send(person: SipPerson, binding: SipBinding, content: SipContent, by: Author, asker: Asker): void {
    const { flow } = binding;
    const large = content.body.length + headBytesReckoned > this.#site.settings.limits.sipUdpRequestBytesMax;
    const callId = typeof by === "string" ? this.#transactions.token() : by.callId;
    if (flow?.open === true && flow !== binding.found && (flow.reliable || !large)) {
      this.#ask(flow, person, binding, content, by, callId, asker);
      return;
    }
    const send: Send = (found, trying) => this.#ask(found, person, binding, content, by, callId, trying.asker(asker));
    this.#ways.toBinding(binding, large, send, () => asker.answered(503, undefined));
  }

  #ask(
    flow: Flow,
    person: SipPerson,
    { stored }: SipBinding,
    content: SipContent,
    by: Author,
    callId: string,
    asker: Asker,
  ): void {
    const { headers, contentType, body } = content;
    const write = (via: string): Buffer => {
      const parts = { uri: stored.contact, via, routes: stored.path, headers, contentType, body };
      if (typeof by !== "string") return onwardBytes(by, parts);
      const to = `<${sipUriOf(person.self, { gr: false })}>`;
      return requestBytes({ ...parts, method: "MESSAGE", from: by, to, callId, cseq: 1 });
    };
    this.#transactions.ask(flow, "MESSAGE", write, asker);
  }

  /** What a person wrote came back after it had been taken: they are told in words, for SIP has nothing better. */
  #tellFailure(person: SipPerson, parcel: Parcel): void {
    const words = wordsOf(parcel.element) ?? "It could not be delivered.";
    this.#tell(person, person.bindings, plainText(`Not delivered: ${words}`), this.#fromOf(parcel.from));
  }
}

/** What the store gives back is the server's parcel, in words that somebody else wrote. */
function writerOf(parcel: Parcel): Parcel["from"] {
  const { from } = parcel.copy ? parcel.element.attrs : {};
  const writer = from === undefined ? undefined : parseJidText(from);
  return writer?.ok ? writer.value : parcel.from;
}

/** Nobody waits for this answer. */
const nobody: Asker = { answered() {} };
