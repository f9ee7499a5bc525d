import { fault } from "../base/fault.ts";
import type { OfflineMessage } from "../base/store.ts";
import { delayed } from "../xmpp/delayed-delivery.ts";
import { domainJid, type Jid } from "../xmpp/jid.ts";
import { worthStoring } from "../xmpp/offline.ts";
import type { Receipt } from "./ack-window.ts";
import type { Device } from "./device.ts";
import { Parcel, type Post } from "./parcel.ts";
import type { Site } from "./site.ts";

/** Messages for people who are not there (RFC 6121 §8.5.2.2, XEP-0160): kept, and handed over when they come. */
export class OfflineDesk {
  readonly #site: Site;
  readonly #post: Post;

  constructor(site: Site, post: Post) {
    this.#site = site;
    this.#post = post;
  }

  /** Keeps a message, or says why it was not kept; either way its sender's receipt settles. `kept`: it is there. */
  keep(parcel: Parcel, kept: () => void = () => {}): void {
    if (!worthStoring(parcel.element)) {
      parcel.receipt?.settle();
      return;
    }
    const { world, settings } = this.#site;
    const most = settings.limits.offlineMessagesMax;
    world.store.offline.push(parcel.to.bare, parcel.bytes, world.clock.now(), most).then(
      (id) => {
        if (id === undefined) {
          this.#post.bounce(parcel, fault("offline-full"));
          return;
        }
        world.metrics.series("comity_offline_stored_total").add(1);
        if (this.#site.tracer.on) this.#site.tracer.stanza("queued", "the store", parcel);
        parcel.receipt?.settle("kept");
        kept();
      },
      (error) => {
        this.#site.storeFailed(error);
        this.#post.bounce(parcel, fault("store-unavailable"));
      },
    );
  }

  /**
   * Hands over what waits to a device that takes messages; each leaves the store when the device has it. `underWay`: what is on
   * its way to the device already, by number.
   */
  handOver(device: Pick<Device, "jid" | "deliver">, underWay = new Set<number>()): void {
    const { bare, domain } = device.jid;
    this.#site.world.store.offline.list(bare).then((messages) => {
      const taken = new Taken(this.#site, bare, underWay);
      for (const message of messages) {
        if (underWay.has(message.id)) continue;
        underWay.add(message.id);
        device.deliver(this.#redelivery(message, device.jid, domainJid(domain), taken));
      }
    }, this.#site.storeFailed);
  }

  #redelivery(message: OfflineMessage, to: Jid, server: Jid, taken: Taken): Parcel {
    // XEP-0203: the server says when it came, in its own name.
    const bytes = delayed(message.stanza, server.full, message.at);
    const parcel = new Parcel("message", undefined, undefined, server, to, bytes, taken.receipt(message.id));
    parcel.copy = true;
    return parcel;
  }
}

/** Messages that devices have taken, dropped from the store together at the end of the turn. */
class Taken {
  readonly #site: Site;
  readonly #owner: string;
  readonly #underWay: Set<number>;
  #ids: number[] = [];

  constructor(site: Site, owner: string, underWay: Set<number>) {
    this.#site = site;
    this.#owner = owner;
    this.#underWay = underWay;
  }

  /** Refused, it stays where it is, to be handed over again. */
  receipt(id: number): Receipt {
    return { settle: () => this.#add(id), refuse: () => this.#underWay.delete(id) || true };
  }

  #add(id: number): void {
    if (this.#ids.push(id) > 1) return;
    const { clock, store } = this.#site.world;
    clock.endOfTurn(() => {
      const ids = this.#ids;
      this.#ids = [];
      // Until it is gone from the store it could be handed over again.
      store.offline
        .drop(this.#owner, ids)
        .catch(this.#site.storeFailed)
        .finally(() => {
          for (const id of ids) this.#underWay.delete(id);
        });
    });
  }
}
