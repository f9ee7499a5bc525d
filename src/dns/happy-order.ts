import { ipFamily } from "./ip-literal.ts";

/**
 * Addresses of one host with the families taking turns, IPv6 first, so that a family that does not work costs one step
 * and not many. RFC 8305 §4 (First Address Family Count 1).
 */
export function interleaveFamilies(addresses: readonly string[]): string[] {
  const six = addresses.filter((address) => ipFamily(address) === 6);
  const four = addresses.filter((address) => ipFamily(address) === 4);
  const mixed: string[] = [];
  for (let at = 0; at < Math.max(six.length, four.length); at++)
    mixed.push(...six.slice(at, at + 1), ...four.slice(at, at + 1));
  return mixed;
}
