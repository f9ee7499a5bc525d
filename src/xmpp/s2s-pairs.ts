import type { DomainName } from "../base/domain-name.ts";
import type { FaultCode } from "../base/fault.ts";

/** One of ours and one of theirs, whichever of the two sends. */
export type Pair = { readonly local: DomainName; readonly foreign: DomainName };

/** The pairs proved on one link: for each domain that sends on it, the domains it may send to. */
export type Pairs = ReadonlyMap<DomainName, ReadonlySet<DomainName>>;

export const noPairs: Pairs = new Map();

/** Whether a stanza from one domain to the other may travel on a link. For the hot path: two look-ups, no allocation. */
export function mayCarry(pairs: Pairs, from: DomainName, to: DomainName): boolean {
  return pairs.get(from)?.has(to) === true;
}

/**
 * Why a stanza between these domains may not travel on an inbound link; undefined when it may. A domain is undefined when
 * the stanza has no such address or not a valid one.
 */
export function refusal(pairs: Pairs, from: DomainName | undefined, to: DomainName | undefined): FaultCode | undefined {
  if (pairs.size === 0) return "stream-not-authorized"; // RFC 6120 §4.9.3.12
  if (from === undefined || to === undefined) return "improper-addressing"; // RFC 6120 §8.1.1.2, §8.1.2.2
  return mayCarry(pairs, from, to) ? undefined : "invalid-from"; // RFC 6120 §4.9.3.9
}

/** The same pairs and one more. */
export function withPair(pairs: Pairs, from: DomainName, to: DomainName): Pairs {
  if (mayCarry(pairs, from, to)) return pairs;
  return new Map(pairs).set(from, new Set(pairs.get(from)).add(to));
}

export function countPairs(pairs: Pairs): number {
  let count = 0;
  for (const to of pairs.values()) count += to.size;
  return count;
}

export function samePair(a: Pair, b: Pair): boolean {
  return a.local === b.local && a.foreign === b.foreign;
}
