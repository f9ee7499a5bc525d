import { sipUriOf } from "../translate/address.ts";
import type { Device } from "./device.ts";
import type { Parcel } from "./parcel.ts";
import type { RosterBook } from "./rosters.ts";
import { type SessionView, shownEndpoint, shownSecurity } from "./session-view.ts";
import type { SipBinding } from "./sip-binding.ts";
import type { Flow } from "./sip-flow.ts";

/** What SIP does with what the switchboard has for a person. */
export interface SipDelivery {
  message(person: SipPerson, parcel: Parcel): void;
  /** A copy of what the person said (`sent`) or heard on another device. */
  copy(person: SipPerson, way: "sent" | "received", parcel: Parcel): void;
  presence(person: SipPerson, parcel: Parcel): void;
  request(person: SipPerson, parcel: Parcel): void;
}

/** The name of the one resource that stands for all SIP devices of a person. */
export const sipResource = "sip";

/**
 * All SIP devices of a person together, as the desks see them: one resource. SIP has no address for a single device that
 * people would know, so messages go to all of them, and their presence is one.
 */
export class SipPerson implements Device {
  readonly jid: Parcel["to"];
  /** The bare address. */
  readonly self: Parcel["to"];
  /** "sip:alice@ours.example" */
  readonly uri: string;
  readonly book: RosterBook;
  readonly since: number;
  readonly bindings: SipBinding[] = [];
  /** Watches others' presence (a subscription is open), so it hears of it. */
  watching = 0;
  /** How often it watches people of other domains, whose presence comes as stanzas. */
  watchingAbroad = 0;
  /** Presence documents its devices have published and that are in force. */
  publications = 0;
  interested = false;
  carbons = true;
  presence: Device["presence"];
  show = "unavailable";
  /** The note beside it, to know a change. */
  shownNote = "";
  readonly directed: Device["directed"] = new Map();
  readonly priority = 0;
  readonly #delivery: SipDelivery;

  constructor(delivery: SipDelivery, self: Parcel["to"], jid: Parcel["to"], book: RosterBook, since: number) {
    this.#delivery = delivery;
    this.self = self;
    this.uri = sipUriOf(self);
    this.jid = jid;
    this.book = book;
    this.since = since;
  }

  /** It takes messages while a device is registered, whatever its presence says. */
  get available(): boolean {
    return this.bindings.length > 0;
  }

  get hearsPresence(): boolean {
    return this.watchingAbroad > 0;
  }

  get sessions(): readonly SessionView[] {
    return this.bindings.map(({ stored, flow, since }) => ({
      address: `${this.self.bare} <${stored.contact}>`,
      protocol: "sip",
      remote: flow === undefined ? undefined : shownEndpoint(flow.remote),
      tls: shownSecurity(flow?.tls),
      since,
      presence: this.show,
    }));
  }

  deliver(parcel: Parcel): void {
    switch (parcel.name) {
      case "message":
        this.#delivery.message(this, parcel);
        return;
      case "presence":
        this.#delivery.presence(this, parcel);
        return;
      case "iq":
        this.#delivery.request(this, parcel);
        return;
    }
  }

  copy(way: "sent" | "received", parcel: Parcel): void {
    this.#delivery.copy(this, way, parcel);
  }

  /** The binding whose device speaks on this flow now. */
  bindingOn(flow: Flow): SipBinding | undefined {
    return this.bindings.find((each) => each.flow === flow);
  }
}
