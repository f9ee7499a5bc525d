import type { SimClock } from "./clock.ts";

/** A host's place on the simulated network. Its addresses are its own: no two hosts have one in common. */
export type NetworkPlace = { readonly addresses: readonly string[]; readonly clock: SimClock };

const anyAddress = new Set(["0.0.0.0", "::"]);

/** Whether a host may listen at an address. */
export function isOwn(place: NetworkPlace, address: string): boolean {
  return anyAddress.has(address) || place.addresses.includes(address);
}

/** Whether who listens at one address of a host hears what is sent to another of it. */
export function meets(listening: string, asked: string): boolean {
  return listening === asked || anyAddress.has(listening) || anyAddress.has(asked);
}
