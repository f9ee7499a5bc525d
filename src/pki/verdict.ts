import { type Fault, fault } from "../base/fault.ts";
import { type Limits, limitTable } from "../base/limits.ts";
import { type Certificate, isSelfIssued, isSignedBy, nameFor, readCertificate } from "./certificate.ts";
import { printable } from "./distinguished-name.ts";
import { brokenRules } from "./path-rules.ts";
import type { TrustStore } from "./trust-store.ts";

/** What was found out about a chain of certificates. Names are not part of it: see identity.ts. */
export type Verdict = {
  readonly trusted: boolean;
  /** Every reason why not, the chief one first; empty when trusted. */
  readonly faults: readonly Fault[];
  /** The way from the leaf to a trusted certificate, or the best that was found; empty when the leaf cannot be read. */
  readonly path: readonly Certificate[];
};

export type VerdictLimits = Pick<Limits, "certificateBytesMax" | "certificateChainMax" | "certificateSignaturesMax">;

const defaults: VerdictLimits = {
  certificateBytesMax: limitTable.certificateBytesMax[0],
  certificateChainMax: limitTable.certificateChainMax[0],
  certificateSignaturesMax: limitTable.certificateSignaturesMax[0],
};

/**
 * Judges the chain a peer showed in its handshake: DER, its own certificate first, the others in any order, more or fewer
 * than needed. All ways to a trusted certificate are tried (RFC 4158), so that an expired cross-signature does no harm
 * while another way stands. `atMs` is the time to judge for, milliseconds since 1970.
 */
export function judge(
  chain: readonly Uint8Array[],
  store: TrustStore,
  atMs: number,
  limits: VerdictLimits = defaults,
): Verdict {
  const [own, ...others] = chain;
  if (own === undefined) return { trusted: false, faults: [fault("cert-missing")], path: [] };
  const leaf = readCertificate(own, limits.certificateBytesMax);
  if (!leaf.ok) return { trusted: false, faults: [leaf.fault], path: [] };
  const unreadable: Fault[] = [];
  const presented: Certificate[] = [];
  for (const [at, der] of others.slice(0, limits.certificateChainMax - 1).entries()) {
    const read = readCertificate(der, limits.certificateBytesMax);
    if (read.ok) presented.push(read.value);
    else unreadable.push(fault("cert-unreadable", `certificate ${at + 2} of the chain: ${read.fault.detail}`));
  }
  const verdict = judgeRead(leaf.value, presented, store, atMs, limits);
  return verdict.trusted ? verdict : { ...verdict, faults: [...verdict.faults, ...unreadable] };
}

/** The same for certificates that have been read. */
export function judgeRead(
  leaf: Certificate,
  presented: readonly Certificate[],
  store: TrustStore,
  atMs: number,
  limits: VerdictLimits = defaults,
): Verdict {
  const search = new Search(presented, store, atMs, limits);
  search.from([leaf]);
  return search.best;
}

/** Looks for a way from a leaf to the store, depth first, and keeps the best attempt. */
class Search {
  best: Verdict = { trusted: false, faults: [], path: [] };
  #bestRank = -1;
  #signaturesLeft: number;
  readonly #presented: readonly Certificate[];
  readonly #store: TrustStore;
  readonly #atMs: number;
  readonly #chainMax: number;

  constructor(presented: readonly Certificate[], store: TrustStore, atMs: number, limits: VerdictLimits) {
    this.#presented = presented;
    this.#store = store;
    this.#atMs = atMs;
    this.#chainMax = limits.certificateChainMax;
    this.#signaturesLeft = limits.certificateSignaturesMax;
  }

  from(path: readonly Certificate[]): void {
    const tip = path.at(-1);
    if (tip === undefined) return;
    if (this.#store.has(tip)) {
      this.#keep(path, undefined);
      if (this.best.trusted) return;
    }
    let strangers: Certificate | undefined;
    let further = false;
    for (const issuer of this.#issuersOf(tip, path)) {
      const long = path.length >= this.#chainMax;
      if (long || this.#signaturesLeft-- <= 0) {
        const what = long ? `more than ${this.#chainMax} certificates` : "too many signatures to check";
        this.#keep(path, fault("cert-bad-chain", `the chain asks for ${what}`));
        return;
      }
      if (isSignedBy(tip, issuer)) {
        further = true;
        this.from([...path, issuer]);
        if (this.best.trusted) return;
      } else strangers ??= issuer;
    }
    if (!further && !this.#store.has(tip)) this.#keep(path, this.#deadEnd(path, tip, strangers));
  }

  /** Who may have issued it: trusted and sent ones, most likely first, none that is on the path already. */
  #issuersOf(tip: Certificate, path: readonly Certificate[]): readonly Certificate[] {
    const sent = this.#presented.filter((each) => each.subjectKey === tip.issuerKey && !this.#store.has(each));
    // The same name with the same key, signed by somebody else, leads nowhere new.
    const walked = (each: Certificate): boolean =>
      path.some((on) => on.subjectKey === each.subjectKey && on.keyFingerprint256 === each.keyFingerprint256);
    const unlikely = (each: Certificate): number =>
      (tip.issuerKeyId !== undefined && each.keyId !== undefined && tip.issuerKeyId !== each.keyId ? 4 : 0) +
      (each.notBefore <= this.#atMs && this.#atMs <= each.notAfter ? 0 : 2) +
      (this.#store.has(each) ? 0 : 1);
    return [...this.#store.issuersOf(tip), ...sent]
      .filter((each) => !walked(each))
      .sort((a, b) => unlikely(a) - unlikely(b) || b.notAfter - a.notAfter);
  }

  #deadEnd(path: readonly Certificate[], tip: Certificate, stranger: Certificate | undefined): Fault {
    if (stranger !== undefined) {
      return fault("cert-bad-signature", `${nameFor(tip)} was not signed by the key of ${nameFor(stranger)}`);
    }
    if (isSelfIssued(tip)) {
      if (this.#signaturesLeft-- > 0 && !isSignedBy(tip, tip)) {
        return fault("cert-bad-signature", `${nameFor(tip)} was not signed by its own key`);
      }
      if (path.length === 1) return fault("cert-self-signed", nameFor(tip));
      return fault("cert-unknown-ca", `the chain ends at ${nameFor(tip)}, which is not trusted here`);
    }
    const alone = this.#presented.length === 0 ? "; it came alone, without the certificates between it and a root" : "";
    const issuer = printable(tip.issuer);
    return fault("cert-unknown-ca", `${nameFor(tip)} was issued by ${issuer}, neither sent nor trusted here${alone}`);
  }

  /** An attempt that reached the store beats one that did not; then fewer faults, then the longer way. */
  #keep(path: readonly Certificate[], stopped: Fault | undefined): void {
    const anchored = stopped === undefined;
    const broken = brokenRules(path, anchored, this.#atMs);
    const faults = stopped === undefined ? broken : [stopped, ...broken];
    const rank = (anchored ? 10_000 : 0) + 100 * Math.max(0, 99 - faults.length) + Math.min(path.length, 99);
    if (rank <= this.#bestRank) return;
    this.#bestRank = rank;
    this.best = { trusted: faults.length === 0, faults, path };
  }
}
