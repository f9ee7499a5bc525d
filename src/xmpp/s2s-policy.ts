import type { Fault } from "../base/fault.ts";

/** What one foreign domain must prove and how links to and from it come about. */
export type S2sPolicy = {
  /** Whether it may send to us, and whether we may send to it. */
  readonly allowIn: boolean;
  readonly allowOut: boolean;
  /** optional: TLS when both can; when the handshake fails the link is made again without. */
  readonly tls: "none" | "optional" | "required";
  /**
   * strict: a certificate that is shown over TLS must prove the domain. encryption-only: any certificate will do to encrypt,
   * and one that does not prove the domain leaves the proof to dialback.
   */
  readonly certificate: "strict" | "encryption-only";
  /** never: SASL EXTERNAL or nothing. fallback: when EXTERNAL cannot be had. always: EXTERNAL is neither used nor offered. */
  readonly dialback: "never" | "fallback" | "always";
  /** Stream management (XEP-0198), to know what to return when the link breaks. */
  readonly sm: boolean;
  /** Which further pairs may share a link: none, other local domains towards the same foreign one, or any (XEP-0220 §2.6). */
  readonly multiplex: "none" | "sender" | "both";
};

/** What the certificate of a link's other end says about one domain. */
export type Proof = {
  readonly proves: boolean;
  /** Why it does not prove the domain; cert-missing when none was shown. */
  readonly fault?: Fault | undefined;
};

/** How a pair was proved: by certificate and SASL EXTERNAL, by dialback, or by dialback cut short by a certificate (XEP-0344). */
export type Method = "external" | "dialback" | "certificate";

/** RFC 6120 §13.7.1: whether a certificate was shown at all. */
export function wasShown(proof: Proof): boolean {
  return proof.fault?.code !== "cert-missing";
}
