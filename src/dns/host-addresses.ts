import { type Fault, fault } from "../base/fault.ts";
import type { Resolver } from "../base/resolver.ts";
import { no, ok, type Result } from "../base/result.ts";
import { interleaveFamilies } from "./happy-order.ts";
import { ipFamily, withoutBrackets } from "./ip-literal.ts";
import { dnsName } from "./name.ts";

export type HostAddress = {
  readonly address: string;
  /** The host in DNS's form, or the literal address without brackets. */
  readonly host: string;
  /** DNSSEC vouched for it. */
  readonly authenticated: boolean;
};

/**
 * The addresses of one host, the families taking turns (RFC 8305 §4); a literal address is its own. At least one, or the
 * fault that says why there is none.
 */
export async function hostAddresses(resolver: Resolver, name: string): Promise<Result<readonly HostAddress[]>> {
  const literal = withoutBrackets(name);
  if (ipFamily(literal) !== undefined) return ok([{ address: literal, host: literal, authenticated: false }]);
  const host = dnsName(name);
  if (host === undefined) return no(fault("dns-no-such-name", `${name} is not a DNS name`));
  const [six, four] = await Promise.all([resolver.resolve(host, "AAAA"), resolver.resolve(host, "A")]);
  const sure = new Map<string, boolean>();
  for (const found of [six, four]) {
    if (found.ok) for (const address of found.value.records) sure.set(address, found.value.authenticated);
  }
  const addresses = interleaveFamilies([...sure.keys()]);
  if (addresses.length > 0) {
    return ok(addresses.map((address) => ({ address, host, authenticated: sure.get(address) === true })));
  }
  const failed = [four, six].flatMap((found) => (found.ok ? [] : [found.fault]));
  const why = worst(failed) ?? fault("dns-no-records");
  return no(fault(why.code, why.detail === "" ? host : why.detail));
}

/** Whether a failed question means that there is nothing, not that nobody could say. */
export function saysNone(failure: Fault): boolean {
  return failure.code === "dns-no-such-name" || failure.code === "dns-no-records";
}

/** A failure that may pass is told before one that says there is nothing: the latter may be only half the truth. */
export function worst(failures: readonly Fault[]): Fault | undefined {
  return failures.find((failure) => !saysNone(failure)) ?? failures[0];
}
