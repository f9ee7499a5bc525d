import type { Jid } from "../xmpp/jid.ts";
import type { Device } from "./device.ts";
import { XmppDevice } from "./xmpp-device.ts";

/** A local person with at least one device signed in. */
export type Person = { readonly bare: string; readonly devices: Device[] };

/** Who is signed in here, by bare address. */
export class People {
  readonly #present = new Map<string, Person>();
  #xmppCount = 0;

  /** Devices that speak XMPP; those of SIP are counted where they register. */
  get xmppCount(): number {
    return this.#xmppCount;
  }

  get(bare: string): Person | undefined {
    return this.#present.get(bare);
  }

  /** The devices of a person; none when nobody by that address is signed in. */
  devices(bare: string): readonly Device[] {
    return this.#present.get(bare)?.devices ?? [];
  }

  device(jid: Jid): Device | undefined {
    const devices = this.devices(jid.bare);
    for (const device of devices) if (device.jid.resource === jid.resource) return device;
    return undefined;
  }

  add(device: Device): void {
    const { bare } = device.jid;
    let person = this.#present.get(bare);
    if (person === undefined) {
      person = { bare, devices: [] };
      this.#present.set(bare, person);
    }
    person.devices.push(device);
    if (device instanceof XmppDevice) this.#xmppCount++;
  }

  remove(device: Device): void {
    const person = this.#present.get(device.jid.bare);
    const at = person?.devices.indexOf(device) ?? -1;
    if (person === undefined || at === -1) return;
    person.devices.splice(at, 1);
    if (device instanceof XmppDevice) this.#xmppCount--;
    if (person.devices.length === 0) this.#present.delete(person.bare);
  }

  *all(): Iterable<Device> {
    for (const person of this.#present.values()) yield* person.devices;
  }
}
