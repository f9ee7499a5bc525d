import { createHash } from "node:crypto";
import type { TrustStore } from "./trust-store.ts";
import { judge, type Verdict, type VerdictLimits } from "./verdict.ts";

/** Judges as `judge` does, and remembers. */
export type Judge = (chain: readonly Uint8Array[], atMs: number) => Verdict;

const entriesMax = 1_000;
/** A verdict that may turn with time alone (a refusal, mostly) is not kept longer than this. */
const keptMs = 60_000;

/**
 * A judge for one trust store that remembers what it found, by the bytes of the chain: partners show the same one each
 * time. Good verdicts are kept until a certificate of the path ends, others for a minute. Make a new one when the store or
 * the limits change. Times are milliseconds since 1970.
 */
export function rememberingJudge(store: TrustStore, limits?: VerdictLimits): Judge {
  const kept = new Map<string, { readonly verdict: Verdict; readonly from: number; readonly until: number }>();
  return (chain, atMs) => {
    const key = keyOf(chain);
    const known = kept.get(key);
    if (known !== undefined && known.from <= atMs && atMs <= known.until) return known.verdict;
    const verdict = judge(chain, store, atMs, limits);
    const { trusted, path } = verdict;
    const until = trusted ? Math.min(...path.map(({ notAfter }) => notAfter)) : atMs + keptMs;
    // Clocks may be set back: what was found for a later moment does not hold before the path begins.
    const from = trusted ? Math.max(...path.map(({ notBefore }) => notBefore)) : atMs;
    kept.delete(key);
    kept.set(key, { verdict, from, until });
    const [oldest] = kept.keys();
    if (kept.size > entriesMax && oldest !== undefined) kept.delete(oldest);
    return verdict;
  };
}

function keyOf(chain: readonly Uint8Array[]): string {
  return chain.map((der) => createHash("sha256").update(der).digest("base64")).join();
}
