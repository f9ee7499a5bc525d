import { type Fault, fault } from "../base/fault.ts";
import { clientOf } from "../presence/client-class.ts";
import { type PresenceWord, presenceOf } from "../translate/presence.ts";
import { child, textOf } from "../xml/element.ts";
import type { Stanza, StreamHeader } from "../xml/framer.ts";
import { readStanza } from "../xml/reader.ts";
import { checkIq } from "../xmpp/iq-routing.ts";
import { bareJid, type Jid, parseJid } from "../xmpp/jid.ts";
import { presencePriority } from "../xmpp/presence-priority.ts";
import { readdressed } from "../xmpp/readdress.ts";
import { stanzaError } from "../xmpp/stanza-error.ts";
import { AckWindow } from "./ack-window.ts";
import { givenUp, keepMeanwhile } from "./custody.ts";
import { Parcel, written } from "./parcel.ts";
import type { RosterBook } from "./rosters.ts";
import type { Site } from "./site.ts";
import type { Switchboard } from "./switchboard.ts";
import type { StanzaName } from "./tally.ts";
import type { XmppDevice } from "./xmpp-device.ts";

/** The name of an XMPP device among the sources of its owner's presence. */
export function sourceOf(device: XmppDevice): string {
  return `xmpp ${device.jid.resource}`;
}

/**
 * What a signed-in device sends (RFC 6120 §8, RFC 6121): each stanza gets the sender that was proved, its receiver, and a
 * place on the switchboard. It outlives the connection together with the device.
 */
export class DeviceTraffic {
  readonly device: XmppDevice;
  /** Counts what the client sent, once it has enabled stream management. */
  acks: AckWindow | undefined;
  readonly #site: Site;
  readonly #switchboard: Switchboard;
  readonly #book: RosterBook;
  readonly #self: Jid;
  // The last receiver as it was written, and whom it meant: a conversation repeats it.
  #toText = "";
  #to: Jid | undefined;

  constructor(site: Site, switchboard: Switchboard, device: XmppDevice, book: RosterBook) {
    this.#site = site;
    this.#switchboard = switchboard;
    this.device = device;
    this.#book = book;
    this.#self = bareJid(device.jid);
  }

  /** Counts from here on, or goes on counting on another stream. */
  enableAcks(advanced: () => void): void {
    this.acks ??= new AckWindow();
    this.acks.advanced = advanced;
  }

  /** One stanza. Answers a fault when the stream must end for it. */
  take(name: StanzaName, stanza: Stanza, header: StreamHeader): Fault | undefined {
    const { jid } = this.device;
    // RFC 6120 §8.1.2.1: a `from` that is not the sender's own ends the stream.
    if (
      stanza.from !== undefined &&
      stanza.from !== jid.full &&
      stanza.from !== jid.bare &&
      !this.#isOwn(stanza.from)
    ) {
      return fault("invalid-from", "a client sent in another's name");
    }
    this.#site.tally.client.received(name);
    const { acks } = this;
    const to = stanza.to === undefined ? this.#self : this.#receiver(stanza.to);
    if (to === undefined) {
      acks?.readAndDone();
      // RFC 6120 §8.3.3.8, without naming what cannot be named
      const bytes = readdressed(stanza, header, jid.full, jid.domain);
      this.#switchboard.bounce(
        new Parcel(name, stanza.type, stanza.id, jid, this.#self, bytes),
        fault("jid-malformed"),
      );
      return undefined;
    }
    if (this.#site.tracer.on) {
      const tag = readdressed(stanza, header, jid.full, to.full);
      this.#site.tracer.stanza("received", `from ${jid.full}`, { from: jid, to, bytes: tag });
    }
    if (this.#switchboard.blocking.holdsBack(this.#book, to) && goesOut(name, stanza.type)) {
      acks?.readAndDone();
      this.#blocked(name, stanza, to);
      return undefined;
    }
    switch (name) {
      case "message": {
        const bytes = readdressed(stanza, header, jid.full, to.full);
        const parcel = new Parcel(name, stanza.type, stanza.id, jid, to, bytes, acks?.open());
        this.#switchboard.route(parcel);
        this.#switchboard.messages.sent(this.device, parcel);
        return undefined;
      }
      case "iq":
        acks?.readAndDone();
        this.#iq(stanza, header, to);
        return undefined;
      case "presence":
        acks?.readAndDone();
        this.#presence(stanza, header, to);
        return undefined;
    }
  }

  /** The device is gone for good: its presence ends, what it never confirmed goes elsewhere, its roster is put away. */
  end(): void {
    const { device } = this;
    const left = device.end();
    this.#switchboard.people.remove(device);
    this.#switchboard.presence.unavailable(device, this.#book);
    this.#switchboard.board.drop(device.jid.bare, sourceOf(device));
    this.#switchboard.rosters.release(this.#book);
    for (const parcel of left) {
      if (parcel.copy) continue;
      // XEP-0198 §5: messages go to the person's other devices or wait; requests are told that nobody is there.
      if (parcel.name === "message") this.#orphaned(parcel);
      else if (parcel.name === "iq") this.#switchboard.bounce(parcel, fault("service-unavailable"));
    }
  }

  /** No other device may confirm it any more: if none has, it goes to those that have come since, or waits. */
  #orphaned(parcel: Parcel): void {
    if (!givenUp(parcel)) return;
    if (parcel.keptAs === undefined && !parcel.taken) this.#switchboard.route(parcel);
    else {
      parcel.unkept = () => this.#switchboard.route(parcel);
      keepMeanwhile(this.#site, parcel); // the devices that cannot confirm would have it twice
    }
  }

  /**
   * XEP-0191 §3.3: nothing is sent to those the person has blocked. The device is told so itself: what comes in the blocked
   * one's name is not let through.
   */
  #blocked(name: StanzaName, { type, id }: Stanza, to: Jid): void {
    const { jid } = this.device;
    const why = fault("contact-blocked");
    const text = stanzaError(why, { name, type, id, from: jid.full, to: to.full });
    if (text === undefined) return;
    this.#site.stanzaError(why);
    this.device.deliver(written(name, "error", to, jid, text));
  }

  #isOwn(text: string): boolean {
    const jid = parseJid(text);
    return jid.ok && (jid.value.full === this.device.jid.full || jid.value.full === this.#self.full);
  }

  #receiver(text: string): Jid | undefined {
    if (text !== this.#toText) {
      const jid = parseJid(text);
      this.#toText = text;
      this.#to = jid.ok ? jid.value : undefined;
    }
    return this.#to;
  }

  #iq(stanza: Stanza, header: StreamHeader, to: Jid): void {
    const { jid } = this.device;
    const bytes = readdressed(stanza, header, jid.full, to.full);
    const parcel = new Parcel("iq", stanza.type, stanza.id, jid, to, bytes);
    const sound = checkIq(stanza);
    if (sound.ok) this.#switchboard.route(parcel);
    else this.#switchboard.bounce(parcel, sound.fault);
  }

  #presence(stanza: Stanza, header: StreamHeader, to: Jid): void {
    const { device } = this;
    const { presence, subscriptions } = this.#switchboard;
    const { type } = stanza;
    switch (type) {
      case "subscribe":
      case "subscribed":
      case "unsubscribe":
      case "unsubscribed": {
        // RFC 6121 §3.1.2: between bare addresses; nobody watches themselves by a subscription.
        if (stanza.to === undefined || to.bare === device.jid.bare) return;
        const contact = bareJid(to);
        const bytes = readdressed(stanza, header, this.#self.full, contact.full);
        subscriptions.sent(this.#book, new Parcel("presence", type, stanza.id, this.#self, contact, bytes), type);
        return;
      }
      case undefined:
      case "unavailable":
        break;
      case "error":
        if (stanza.to !== undefined) this.#route(stanza, header, to);
        return;
      case "probe": // the servers' own (RFC 6121 §4.3), but for looks
        if (this.#site.settings.presence.adHoc.enabled && stanza.to !== undefined) {
          if (presence.look(device, this.#book, to)) return;
          this.#refusePresence(stanza, to, fault("resource-constraint", "presence.adHoc"));
          return;
        }
        this.#refusePresence(stanza, to, fault("bad-request", "a probe (presence.adHoc is off)"));
        return;
      default:
        // RFC 6121 §4.7.1: there are no other types.
        this.#refusePresence(stanza, to, fault("bad-request", `presence of type ${type}`));
        return;
    }
    if (stanza.to !== undefined) {
      const bytes = readdressed(stanza, header, device.jid.full, to.full);
      const most = this.#site.settings.limits.directedPresenceMax;
      if (!presence.directed(device, to, bytes, type, most)) {
        this.#switchboard.bounce(
          new Parcel("presence", type, stanza.id, device.jid, to, bytes),
          fault("resource-constraint", "directedPresenceMax"),
        );
      }
      return;
    }
    if (type === "unavailable") {
      device.show = "unavailable";
      presence.unavailable(device, this.#book, stanza, header);
      this.#switchboard.board.drop(device.jid.bare, sourceOf(device));
      return;
    }
    const element = readStanza(stanza, header);
    const priority = presencePriority(element);
    if (!priority.ok) {
      const parcel = new Parcel("presence", undefined, stanza.id, device.jid, this.#self, stanza.bytes);
      this.#switchboard.bounce(parcel, priority.fault);
      return;
    }
    device.show = textOf(child(element, "show", element.ns)) || "available";
    const opened = !device.available || device.priority < 0;
    presence.available(device, this.#book, stanza, header, priority.value);
    this.#says(presenceOf(element), priority.value);
    // XEP-0160: what waits is handed over to a device that takes messages.
    if (opened && priority.value >= 0) this.#switchboard.offline.handOver(device);
  }

  #refusePresence(stanza: Stanza, to: Jid, why: Fault): void {
    this.#switchboard.bounce(new Parcel("presence", undefined, stanza.id, this.device.jid, to, stanza.bytes), why);
  }

  /** The device's word goes into the person's composed presence; one that only says it again is no news. */
  #says({ availability, note }: PresenceWord, priority: number): void {
    const { jid } = this.device;
    const { board } = this.#switchboard;
    const id = sourceOf(this.device);
    const known = board.source(jid.bare, id);
    if (
      known !== undefined &&
      known.availability === availability &&
      known.note === note &&
      known.priority === priority
    ) {
      return;
    }
    const client = clientOf(jid.resource, this.#site.settings.presence.clientResources);
    const since = this.#site.world.clock.now();
    board.put(jid.bare, { id, kind: "xmpp", client, availability, note, priority, since });
  }

  #route(stanza: Stanza, header: StreamHeader, to: Jid): void {
    const { jid } = this.device;
    const bytes = readdressed(stanza, header, jid.full, to.full);
    this.#switchboard.route(new Parcel("presence", stanza.type, stanza.id, jid, to, bytes));
  }
}

/** Whether a stanza gives its receiver anything: what only takes back what they were given goes out to the blocked too. */
function goesOut(name: StanzaName, type: string | undefined): boolean {
  return name !== "presence" || (type !== "unavailable" && type !== "unsubscribe" && type !== "unsubscribed");
}
