import { type Fault, fault } from "../base/fault.ts";
import { type Certificate, isSelfIssued, nameFor } from "./certificate.ts";
import { printable } from "./distinguished-name.ts";
import { forbiddenName } from "./name-constraints.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * What a path (leaf first, each certificate signed by the next) breaks of RFC 5280 §6.1, signatures apart. `anchored` says
 * that the last one is trusted by itself; `atMs` is the moment to judge for.
 */
export function brokenRules(path: readonly Certificate[], anchored: boolean, atMs: number): readonly Fault[] {
  return path.flatMap((certificate, at) => {
    const trusted = anchored && at === path.length - 1;
    return [
      dateFault(certificate, atMs),
      weakness(certificate, trusted || (at === path.length - 1 && isSelfIssued(certificate))),
      unknownCritical(certificate),
      at === 0 ? leafPurpose(certificate) : issuerFault(path, at, trusted),
      wrongPurpose(certificate),
    ].filter((found) => found !== undefined);
  });
}

/** RFC 5280 §6.1.3 (a) (2). A trusted root is held to its dates too, as everybody else does. */
export function dateFault(certificate: Certificate, atMs: number): Fault | undefined {
  if (atMs > certificate.notAfter) {
    return fault(
      "cert-expired",
      `${nameFor(certificate)} ended ${gone(certificate.notAfter, atMs - certificate.notAfter)}`,
    );
  }
  const early = certificate.notBefore - atMs;
  if (early <= 0) return undefined;
  const begins = `${nameFor(certificate)} begins ${utc(certificate.notBefore)}, in ${duration(early)}`;
  return fault("cert-not-yet-valid", begins + skewHint(early));
}

function gone(when: number, ms: number): string {
  return `${utc(when)}, ${duration(ms)} ago${skewHint(ms)}`;
}

function skewHint(ms: number): string {
  return ms < dayMs ? "; so little may be a clock that is wrong: compare both machines with NTP" : "";
}

/** "2026-11-24T00:12Z". */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}

function duration(ms: number): string {
  const [count, unit] =
    ms >= 2 * dayMs
      ? [ms / dayMs, "days"]
      : ms >= 2 * hourMs
        ? [ms / hourMs, "hours"]
        : [Math.max(ms / minuteMs, 1), "minutes"];
  return `${Math.floor(count)} ${Math.floor(count) === 1 ? unit.slice(0, -1) : unit}`;
}

/** RFC 9325 §4.5. The signature of a self-signed or trusted certificate proves nothing, so only its key is looked at. */
export function weakness(certificate: Certificate, signatureIdle: boolean): Fault | undefined {
  const { keyKind, keyBits, signature } = certificate;
  if (!signatureIdle && signature.weak) {
    return fault("cert-weak", `${nameFor(certificate)} is signed by ${signature.text}`);
  }
  const bitsMin = weakestBits[keyKind];
  if (bitsMin === undefined || keyBits >= bitsMin) return undefined;
  const key = keyBits === 0 ? "on a curve without a name" : `of ${keyBits} bits`;
  return fault("cert-weak", `${nameFor(certificate)} has a key ${keyKind.toUpperCase()} ${key}`);
}

/** The fewest bits taken of each kind; kinds that are not here have but one strength. */
const weakestBits: Readonly<Record<string, number>> = { rsa: 2048, "rsa-pss": 2048, dsa: 2048, ec: 224 };

/** RFC 5280 §4.2: a critical extension that is not understood forbids the certificate. */
function unknownCritical(certificate: Certificate): Fault | undefined {
  const [oid] = certificate.criticalUnknown;
  if (oid === undefined) return undefined;
  return fault("cert-bad-chain", `${nameFor(certificate)} has the critical extension ${oid}, which is not known here`);
}

/** RFC 5280 §4.2.1.3: a key that may neither sign nor agree on keys cannot have made a handshake. */
function leafPurpose(certificate: Certificate): Fault | undefined {
  const { keyUsage } = certificate;
  if (keyUsage === undefined || keyUsage.some((use) => handshakeUses.has(use))) return undefined;
  // A certificate that is its own authority, as simple tools make it, is used for both.
  if (certificate.isCa && isSelfIssued(certificate)) return undefined;
  const uses = keyUsage.join(", ") || "nothing";
  return fault("cert-wrong-purpose", `the key of ${nameFor(certificate)} is for ${uses}`);
}

const handshakeUses: ReadonlySet<string> = new Set(["digitalSignature", "keyEncipherment", "keyAgreement"]);

/**
 * RFC 5280 §4.2.1.12. A server that calls another is a TLS client, yet a certificate for servers only is taken: public
 * authorities issue no others any more (C1, ejabberd#4392). One for neither is refused.
 */
function wrongPurpose(certificate: Certificate): Fault | undefined {
  const purposes = certificate.extendedKeyUsage;
  if (purposes === undefined || purposes.some((purpose) => tlsPurposes.has(purpose))) return undefined;
  return fault("cert-wrong-purpose", `${nameFor(certificate)} is for ${purposes.join(", ")}`);
}

const tlsPurposes: ReadonlySet<string> = new Set(["serverAuth", "clientAuth", "any"]);

/** RFC 5280 §6.1.4 (b), (g), (k) to (n): whether the certificate at `at` may issue those before it. */
function issuerFault(path: readonly Certificate[], at: number, trusted: boolean): Fault | undefined {
  const issuer = path[at];
  if (issuer === undefined) return undefined;
  const name = nameFor(issuer);
  // Roots from before version 3 cannot say that they are authorities; being trusted says it for them.
  const ancient = trusted && issuer.version < 3;
  if (!issuer.isCa && !ancient) return fault("cert-bad-chain", `${name} is not an authority, but issued a certificate`);
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.includes("keyCertSign")) {
    return fault("cert-bad-chain", `the key of ${name} may not sign certificates`);
  }
  const between = path.slice(1, at).filter((each) => !isSelfIssued(each)).length;
  if (issuer.pathLen !== undefined && between > issuer.pathLen) {
    return fault("cert-bad-chain", `${name} allows ${issuer.pathLen} authorities below it, and there are ${between}`);
  }
  if (issuer.nameConstraints === undefined) return undefined;
  // RFC 5280 §6.1.3 (b), (c): a self-issued certificate in between is a change of keys and goes unconstrained.
  for (const [depth, below] of path.slice(0, at).entries()) {
    if (depth > 0 && isSelfIssued(below)) continue;
    // An authority's common name is no domain, whatever it looks like.
    const named = depth === 0 ? below : { ...below, commonName: undefined };
    const forbidden = forbiddenName(issuer.nameConstraints, named);
    if (forbidden !== undefined) return fault("cert-bad-chain", `${name} may not vouch for ${printable(forbidden)}`);
  }
  return undefined;
}
