import { fault } from "../base/fault.ts";
import type { DatagramOptions, DatagramSocket, Endpoint } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { SimTime } from "./clock.ts";
import { isOwn, meets, type NetworkPlace } from "./place.ts";
import type { Plan } from "./plan.ts";
import type { SimRandom } from "./random.ts";

/** RFC 768, RFC 791: what fits into one datagram over IPv4; the real door loses what is larger. */
const datagramBytesMax = 65_507;

type Socket = { readonly place: NetworkPlace; readonly at: Endpoint; readonly options: DatagramOptions };

/** What the datagrams need of the network they cross. */
export type DatagramField = {
  readonly time: SimTime;
  readonly random: SimRandom;
  readonly plan: Plan;
  /** The host of an address, living or not. */
  readonly placeOf: (address: string) => NetworkPlace | undefined;
  /** Whether nothing passes between the two. */
  readonly isCut: (addresses: readonly string[]) => boolean;
  readonly nextPort: () => number;
};

/** All UDP sockets of a simulated network. Datagrams are lost, come twice, late, and in another order, as the plan says. */
export class SimDatagrams {
  readonly #field: DatagramField;
  readonly #sockets = new Set<Socket>();

  constructor(field: DatagramField) {
    this.#field = field;
  }

  async open(place: NetworkPlace, options: DatagramOptions): Promise<Result<DatagramSocket>> {
    const where = `${options.address}:${options.port}`;
    if (!isOwn(place, options.address)) return no(fault("listen-failed", `${where}: EADDRNOTAVAIL`));
    const port = options.port === 0 ? this.#field.nextPort() : options.port;
    const at = { address: options.address, port };
    if (this.#at(place, at) !== undefined) return no(fault("listen-failed", `${where}: EADDRINUSE`));
    const socket = { place, at, options };
    this.#sockets.add(socket);
    return ok({
      at,
      receiveBytes: this.#field.plan.windowBytes,
      send: (bytes, to) => this.#send(socket, bytes, to),
      close: async () => void this.#sockets.delete(socket),
    });
  }

  /** The host's process is dead. */
  kill(place: NetworkPlace): void {
    for (const socket of this.#sockets) if (socket.place === place) this.#sockets.delete(socket);
  }

  #send(socket: Socket, bytes: Uint8Array, to: Endpoint): void {
    const { random, plan } = this.#field;
    if (!this.#sockets.has(socket) || bytes.byteLength > datagramBytesMax) return;
    const copies = random.chance(plan.datagramTwiceChance) ? 2 : 1;
    for (let n = 0; n < copies; n++) {
      if (!random.chance(plan.datagramLossChance)) this.#carry(socket, bytes, to);
    }
  }

  #carry(socket: Socket, bytes: Uint8Array, to: Endpoint): void {
    const { random, plan, time, placeOf, isCut } = this.#field;
    const { place, at } = socket;
    const own = place.addresses.includes(at.address) ? at.address : sameFamily(place.addresses, to.address);
    const from = { address: own, port: at.port };
    const late = random.chance(plan.datagramLateChance) ? random.between(plan.datagramLateMs) : 0;
    time.in(random.between(plan.latencyMs) + late, () => {
      if (isCut([own, to.address])) return; // nobody keeps datagrams until the way is open again
      const target = placeOf(to.address);
      target?.clock.after(0, () => {
        this.#at(target, to)?.options.handler.onDatagram(bytes.slice(), from);
      });
    });
  }

  #at(place: NetworkPlace, { address, port }: Endpoint): Socket | undefined {
    for (const socket of this.#sockets) {
      if (socket.place === place && socket.at.port === port && meets(socket.at.address, address)) return socket;
    }
    return undefined;
  }
}

/** The address a host shows when its socket has none of its own. */
function sameFamily(addresses: readonly string[], to: string): string {
  return addresses.find((address) => address.includes(":") === to.includes(":")) ?? addresses[0] ?? "";
}
