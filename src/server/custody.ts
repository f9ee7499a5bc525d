import { worthStoring } from "../xmpp/offline.ts";
import type { Parcel } from "./parcel.ts";
import type { Site } from "./site.ts";

/**
 * Whose a message is to lose. It goes to several devices of its receiver at once, and the first of them that surely has it
 * decides for all: an XMPP device by acknowledging it (XEP-0198), a SIP device by its 2xx (RFC 3428 §7). From then on it
 * has arrived: no copy goes into the store, one that is there is dropped, and a device that is lost before it has confirmed
 * sends it nowhere else. A device without stream management cannot say: what the system has taken for it answers the sender,
 * but an XMPP device that could say is still waited for. A SIP device is not then: where it registered from it may be gone.
 */

/** A device surely has it. */
export function arrived(site: Site, parcel: Parcel): void {
  if (parcel.arrived) return;
  parcel.arrived = true;
  parcel.receipt?.settle("delivered");
  const { keptAs } = parcel;
  if (keptAs !== undefined && keptAs > 0) drop(site, parcel, keptAs);
}

/** The system has taken it for a device that cannot confirm. */
export function taken(parcel: Parcel): void {
  parcel.hopes--;
  parcel.taken = true;
  parcel.receipt?.settle();
}

/** A device is gone or does not want it. Whether that was the last that might have confirmed it, and none has. */
export function givenUp(parcel: Parcel): boolean {
  parcel.hopes--;
  return parcel.hopes <= 0 && !parcel.arrived;
}

/**
 * No device has confirmed it for settleMs: the store has it too, so that its sender can be answered; the copy goes when a
 * device confirms after all. `kept`: it is there, and still nobody has it.
 */
export function keepMeanwhile(site: Site, parcel: Parcel, kept: () => void = () => {}): void {
  if (parcel.name !== "message" || parcel.copy || parcel.arrived || parcel.keptAs !== undefined) return;
  if (!worthStoring(parcel.element)) {
    parcel.receipt?.settle();
    return;
  }
  parcel.keptAs = 0;
  const { clock, metrics, store } = site.world;
  store.offline.push(parcel.to.bare, parcel.bytes, clock.now(), site.settings.limits.offlineMessagesMax).then(
    (id) => {
      parcel.keptAs = id;
      if (id === undefined) {
        parcel.unkept?.();
        return;
      }
      metrics.series("comity_offline_stored_total").add(1);
      if (parcel.arrived) {
        drop(site, parcel, id);
        return;
      }
      parcel.receipt?.settle("kept");
      kept();
    },
    (error) => {
      site.storeFailed(error);
      parcel.keptAs = undefined;
      parcel.unkept?.();
    },
  );
}

function drop(site: Site, parcel: Parcel, id: number): void {
  site.world.store.offline.drop(parcel.to.bare, [id]).catch(site.storeFailed);
}
