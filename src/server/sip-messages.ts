import type { Address } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import { Memo } from "../base/memo.ts";
import type { Result } from "../base/result.ts";
import { deviceJid, messageStanza, personJid } from "../translate/stanza.ts";
import { DelayLine } from "./delay-line.ts";
import type { Device } from "./device.ts";
import { Parcel } from "./parcel.ts";
import { type Flow, sameWay } from "./sip-flow.ts";
import { SipOrigin } from "./sip-origin.ts";
import { type SipPerson, sipResource } from "./sip-person.ts";
import { SipReceipt } from "./sip-receipt.ts";
import { refuse, type SipRequest } from "./sip-request.ts";
import { type SipTarget, sipTarget } from "./sip-target.ts";
import type { Site } from "./site.ts";

/** The half minute that a sender waits (R21): an answer after that helps nobody. */
const answerMs = 28_000;

/** Request-URIs whose target is remembered. */
const targetsMax = 10_000;

/** What the messages of SIP clients are handed to. */
export interface MessageHall {
  route(parcel: Parcel): void;
  /** Copies for the sender's other devices. */
  sent(by: Pick<Device, "jid">, parcel: Parcel): void;
  /** The device that stands for the SIP clients of a person who has any. */
  sipDevice(bare: string): SipPerson | undefined;
  /** Whether somebody by that bare address has devices that speak XMPP, or none at all. */
  needsStanza(bare: string): boolean;
}

/** MESSAGE from local people's SIP clients (RFC 3428), to anybody: 200 when a device took it, 202 when the store has it. */
export class SipMessages {
  readonly #site: Site;
  readonly #hall: MessageHall;
  readonly #gruuSecret: Uint8Array;
  readonly #waiting: DelayLine<SipReceipt>;
  readonly #targets = new Memo<Result<SipTarget>>(targetsMax, (uri) => this.#read(uri));

  constructor(site: Site, hall: MessageHall, gruuSecret: Uint8Array) {
    this.#site = site;
    this.#gruuSecret = gruuSecret;
    this.#hall = hall;
    this.#waiting = new DelayLine(
      site.wheel,
      () => site.world.clock.monotonicMs(),
      () => answerMs,
      (receipt) => receipt.refuse(fault("sip-timeout")),
    );
  }

  /** Senders who wait for an answer. */
  get count(): number {
    return this.#waiting.size;
  }

  request(request: SipRequest, sender: Address): void {
    const { message, flow } = request;
    // RFC 3428 §4: outside of dialogs; one that names a dialog names one that is not here.
    if (message.toTag !== "") {
      refuse(request, fault("sip-no-dialog"));
      return;
    }
    const target = this.#target(message.uri);
    if (!target.ok) {
      refuse(request, target.fault);
      return;
    }
    if (message.maxForwards === 0) {
      refuse(request, fault("sip-too-many-hops")); // RFC 3261 §16.3: it would have to go on from here
      return;
    }
    if (!request.hold()) return;
    this.#site.tally.client.received("message");
    const { to, leadsTo } = target.value;
    const device = this.#hall.sipDevice(sender.text);
    const from = device?.jid ?? deviceJid(personJid(sender.text), sipResource);
    const origin = new SipOrigin(message, flow, this.#site.settings.limits, leadsTo);
    if (device !== undefined && /^message\/cpim\b/i.test(origin.contentType)) speaksCpim(device, flow);
    const receipt = new SipReceipt(request);
    const parcel = new Parcel("message", "chat", undefined, from, to, origin, receipt);
    const local = this.#site.isLocal(to.domain);
    if (local && (leadsTo !== undefined || !this.#hall.needsStanza(to.bare))) this.#toSip(parcel, leadsTo, receipt);
    else if (!this.#toAnybody(parcel, origin, receipt, local)) return;
    this.#hall.sent(device ?? { jid: from }, parcel);
    if (!receipt.open) return;
    receipt.waiting = this.#waiting;
    this.#waiting.add(receipt);
  }

  /** The same few people are written to over and over. A GRUU is read each time: whom it leads to may change. */
  #target(uri: string): Result<SipTarget> {
    return uri.includes(";") && /;gr/i.test(uri) ? this.#read(uri) : this.#targets.get(uri);
  }

  #read(uri: string): Result<SipTarget> {
    return sipTarget(uri, this.#gruuSecret, (domain) => this.#site.isLocal(domain));
  }

  /** Nobody needs a stanza: only SIP devices get it. */
  #toSip(parcel: Parcel, leadsTo: SipOrigin["leadsTo"], receipt: SipReceipt): void {
    const device = leadsTo === undefined ? undefined : this.#hall.sipDevice(parcel.to.bare);
    if (leadsTo === undefined) this.#hall.route(parcel);
    else if (device !== undefined) device.deliver(parcel);
    else receipt.refuse(fault("recipient-unavailable"));
  }

  /** XMPP has to understand it. Answers whether the sender's other devices get a copy. */
  #toAnybody(parcel: Parcel, { content }: SipOrigin, receipt: SipReceipt, local: boolean): boolean {
    if (!content.ok) {
      // What XMPP has no words for may still be for a SIP device.
      const sip = local ? this.#hall.sipDevice(parcel.to.bare) : undefined;
      if (sip !== undefined && content.fault.code === "sip-media-type") sip.deliver(parcel);
      else receipt.refuse(content.fault);
      return false;
    }
    const said = content.value;
    if (said === undefined) {
      receipt.settle("delivered"); // an empty MESSAGE wakes nobody (Y-9)
      return false;
    }
    if (said.kind === "failure") {
      // RFC 5438 §8: what was sent could not be delivered after all, which XMPP says by an error.
      const bytes = messageStanza(parcel.from, parcel.to, said.id, said.inner, "error");
      this.#hall.route(new Parcel("message", "error", said.id, parcel.from, parcel.to, bytes));
      receipt.settle();
      return false;
    }
    this.#hall.route(parcel);
    return true;
  }
}

/** Of a person's devices the one that a flow leads to reads message/cpim. */
function speaksCpim({ bindings }: SipPerson, flow: Flow): void {
  for (const binding of bindings) if (binding.flow !== undefined && sameWay(binding.flow, flow)) binding.cpim = true;
}
