import { fault } from "../base/fault.ts";
import { carbonCut, carbonsWanted } from "../xmpp/carbons.ts";
import { bareJid } from "../xmpp/jid.ts";
import { messageType, routeMessage } from "../xmpp/message-routing.ts";
import { addressed, type Cut } from "../xmpp/stanza.ts";
import type { BlockingDesk } from "./blocking-desk.ts";
import type { Device } from "./device.ts";
import type { OfflineDesk } from "./offline-desk.ts";
import { Parcel, type Post } from "./parcel.ts";
import type { People } from "./people.ts";
import type { Site } from "./site.ts";

/** Messages to local people (RFC 6121 §8.5): to their devices, into the store, or back. */
export class MessageDesk {
  readonly #site: Site;
  readonly #people: People;
  readonly #offline: OfflineDesk;
  readonly #blocking: BlockingDesk;
  readonly #post: Post;
  /** Used again for each message. */
  readonly #chosen: Device[] = [];

  constructor(site: Site, people: People, offline: OfflineDesk, blocking: BlockingDesk, post: Post) {
    this.#site = site;
    this.#people = people;
    this.#offline = offline;
    this.#blocking = blocking;
    this.#post = post;
  }

  /** A message for a local person, from anywhere. */
  arrived(parcel: Parcel): void {
    const devices = this.#people.devices(parcel.to.bare);
    if (devices.length === 0) this.#absent(parcel);
    // XEP-0191 §3.3: the sender learns no more than that nobody can be reached.
    else if (this.#blocking.refuses(parcel)) this.#post.bounce(parcel, fault("service-unavailable"));
    else this.#decide(parcel, devices, true);
  }

  /** XEP-0280 §6: what a device has sent, for its owner's other devices. */
  sent(by: Pick<Device, "jid">, parcel: Parcel): void {
    const devices = this.#people.devices(by.jid.bare);
    if (devices.length < 2) return;
    this.#copy(parcel, "sent", devices, (device) => device !== by);
  }

  #decide(parcel: Parcel, devices: readonly Device[], account: boolean): void {
    const chosen = this.#chosen;
    chosen.length = 0;
    const verdict = routeMessage(messageType(parcel.type), parcel.to.resource, account, devices, chosen);
    switch (verdict) {
      case "deliver":
        parcel.hopes = chosen.length;
        for (const device of chosen) device.deliver(parcel);
        if (devices.length > chosen.length) {
          this.#copy(parcel, "received", devices, (device) => !chosen.includes(device));
        }
        return;
      case "store":
        this.#offline.keep(parcel);
        return;
      case "drop":
        parcel.receipt?.settle();
        return;
      case "error":
        this.#post.bounce(parcel, fault("service-unavailable"));
        return;
    }
  }

  #absent(parcel: Parcel): void {
    const { accounts } = this.#site.world.store;
    Promise.all([accounts.find(parcel.to.bare), this.#blocking.refusesAbsent(parcel)]).then(
      ([account, blocked]) => {
        if (blocked) this.#post.bounce(parcel, fault("service-unavailable"));
        else this.#decide(parcel, this.#people.devices(parcel.to.bare), account !== undefined);
      },
      (error) => {
        this.#site.storeFailed(error);
        this.#post.bounce(parcel, fault("store-unavailable"));
      },
    );
  }

  #copy(
    parcel: Parcel,
    way: "sent" | "received",
    devices: readonly Device[],
    entitled: (device: Device) => boolean,
  ): void {
    let cut: Cut | undefined;
    for (const device of devices) {
      if (!device.carbons || !entitled(device)) continue;
      if (device.copy !== undefined) {
        if (!carbonsWanted(parcel)) return;
        device.copy(way, parcel);
        continue;
      }
      if (cut === undefined) {
        if (!carbonsWanted(parcel)) return;
        cut = carbonCut(way, parcel, device.jid.bare);
      }
      const self = bareJid(device.jid);
      const copy = new Parcel("message", parcel.type, undefined, self, device.jid, addressed(cut, device.jid.full));
      copy.copy = true;
      device.deliver(copy);
    }
  }
}
