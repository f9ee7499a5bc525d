import type { Fault } from "../base/fault.ts";
import { faultOfStatus } from "../translate/errors.ts";
import { receiptFor } from "../translate/receipt.ts";
import { arrived, givenUp, keepMeanwhile } from "./custody.ts";
import { type DelayLine, Waiter } from "./delay-line.ts";
import type { OfflineDesk } from "./offline-desk.ts";
import { Parcel, type Post } from "./parcel.ts";
import type { SipBinding } from "./sip-binding.ts";
import type { Asker } from "./sip-client-transaction.ts";
import { flowFailed } from "./sip-device-flows.ts";
import type { SipPerson } from "./sip-person.ts";
import type { Site } from "./site.ts";

/** What all deliveries of a node share. */
export type DeliveryOffice = {
  readonly site: Site;
  readonly post: Post;
  readonly offline: OfflineDesk;
  /** Those that no device has taken yet. */
  readonly late: DelayLine<SipDelivery>;
  /** Gives a device what waits in the store for its person. */
  readonly handOver: (person: SipPerson, binding: SipBinding) => void;
};

/** One message under way to all SIP devices of a person. */
export class SipDelivery extends Waiter {
  readonly #office: DeliveryOffice;
  readonly #parcel: Parcel;
  readonly #person: SipPerson;
  readonly #begunMs: number;
  #left: number;
  #taken = false;
  #worst: Fault | undefined;

  /** `devices`: to how many of the person's it goes. */
  constructor(office: DeliveryOffice, parcel: Parcel, person: SipPerson, devices: number) {
    super();
    this.#office = office;
    this.#parcel = parcel;
    this.#person = person;
    this.#begunMs = office.site.world.clock.monotonicMs();
    this.#left = devices;
  }

  get open(): boolean {
    return this.#left > 0 && !this.#taken;
  }

  answered(binding: SipBinding, status: number): void {
    this.#left--;
    if (this.#left === 0 || status < 300) this.#office.late.remove(this);
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
    if (!this.open || this.#parcel.taken) return;
    // Who is elsewhere by now can have it; those it went to have some time left.
    keepMeanwhile(this.#office.site, this.#parcel, () => this.#offer(({ cameMs }) => cameMs));
  }

  #arrived(): void {
    if (this.#taken) return;
    this.#taken = true;
    this.#acknowledge();
    arrived(this.#office.site, this.#parcel);
  }

  /** Who asked in XMPP for a receipt gets it for the device's 200 (sip-wire 7.4). */
  #acknowledge(): void {
    const { from, to, origin, copy } = this.#parcel;
    if (origin !== undefined || copy) return;
    const device = this.#person.jid;
    const bytes = receiptFor(this.#parcel.element, device, from);
    if (bytes !== undefined && to.bare === device.bare) {
      this.#office.post.route(new Parcel("message", "chat", undefined, device, from, bytes));
    }
  }

  /** No device took it. Others of the person may have; if there are none it waits in the store, or goes back. */
  #failed(why: Fault): void {
    const parcel = this.#parcel;
    // What the store still holds stays there.
    if (parcel.copy) parcel.receipt?.refuse?.(why);
    if (parcel.copy || !givenUp(parcel) || parcel.taken) return;
    if (parcel.keptAs !== undefined) {
      // 0: it is on its way into the store.
      if (parcel.keptAs > 0) this.#offer(({ registeredMs }) => registeredMs);
      else parcel.unkept = () => this.#office.offline.keep(parcel);
      return;
    }
    if (why.code === "sip-media-type" || why.code === "sip-not-acceptable-here") this.#office.post.bounce(parcel, why);
    else this.#office.offline.keep(parcel, () => this.#offer(({ registeredMs }) => registeredMs));
  }

  /** The store has it: whoever has been heard of since it was sent is given it from there, the way they are reached now. */
  #offer(heardOfMs: (binding: SipBinding) => number): void {
    for (const binding of this.#person.bindings) {
      if (heardOfMs(binding) > this.#begunMs) this.#office.handOver(this.#person, binding);
    }
  }
}

/** One device's part of a delivery. */
export class SipAttempt implements Asker {
  readonly #delivery: SipDelivery;
  readonly #binding: SipBinding;
  readonly #again: (() => void) | undefined;

  /** `again`: goes by another flow of the same device. */
  constructor(delivery: SipDelivery, binding: SipBinding, again?: () => void) {
    this.#delivery = delivery;
    this.#binding = binding;
    this.#again = again;
  }

  answered(status: number): void {
    if (this.#again !== undefined && flowFailed(status)) {
      this.#again();
      return;
    }
    this.#delivery.answered(this.#binding, status);
  }
}
