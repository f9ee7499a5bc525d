import type { SipBinding } from "./sip-binding.ts";

/** The ways to one device, the best first. */
export type DeviceFlows = readonly [SipBinding, ...SipBinding[]];

/**
 * Registrations as devices (RFC 5626 §5.3): one that has registered over several flows, by one instance and several reg-ids, is
 * still one device and gets each request once; by the flow that stands and was heard of last, and by another when that
 * fails. Undefined when every registration is a device of its own, as nearly always.
 */
export function devicesOf(bindings: readonly SipBinding[]): readonly DeviceFlows[] | undefined {
  if (bindings.length < 2) return undefined;
  const devices = new Map<string, [SipBinding, ...SipBinding[]]>();
  let several = false;
  for (const binding of bindings) {
    const { key } = binding.stored;
    const device = deviceOf(key);
    const known = devices.get(device);
    if (known === undefined) devices.set(device, [binding]);
    else {
      known.push(binding);
      several = true;
    }
  }
  if (!several) return undefined;
  for (const flows of devices.values()) flows.sort(better);
  return [...devices.values()];
}

/** The instance of a flow's key ("2 <urn:uuid:…>"); another key, a URI, is a device by itself. */
export function deviceOf(key: string): string {
  return /^\d/.test(key) ? key.slice(key.indexOf(" ") + 1) : key;
}

/** Whether a device's answer is about the flow, not about the request: 430 says so (RFC 5626 §11.5), none means it is gone. */
export function flowFailed(status: number): boolean {
  return status === 430 || status === 408 || status === 503;
}

function better(a: SipBinding, b: SipBinding): number {
  const open = Number(b.flow?.open === true) - Number(a.flow?.open === true);
  return open !== 0 ? open : b.registeredMs - a.registeredMs;
}
