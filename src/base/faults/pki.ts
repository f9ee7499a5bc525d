import type { FaultRows } from "./row.ts";

/** Certificates and trust. */
export const pkiFaults = {
  "cert-missing": {
    user: "The other side showed no certificate.",
    advice: "The partner's server has no certificate for this connection, or is set not to send one.",
    cite: "RFC 6120 §13.7.1",
  },
  "cert-expired": {
    user: "The certificate has expired.",
    advice: "Renew it. If it is current, compare the clocks of both machines (NTP).",
    cite: "RFC 5280 §4.1.2.5",
  },
  "cert-not-yet-valid": {
    user: "The certificate is not valid yet.",
    advice: "One of the two clocks is wrong, or the certificate was made for later; check NTP.",
    cite: "RFC 5280 §4.1.2.5",
  },
  "cert-wrong-name": {
    user: "The certificate belongs to another name.",
    advice:
      "It must carry the XMPP domain itself (dNSName, SRVName or XmppAddr), not only the host the SRV record leads to.",
    cite: "RFC 6120 §13.7.1.2, RFC 9525",
  },
  "cert-unknown-ca": {
    user: "The certificate's issuer is not trusted here.",
    advice:
      "Add the issuing CA to tls.trust, or have the partner send its whole chain, or let dialback prove the domain.",
    cite: "RFC 5280 §6",
  },
  "cert-self-signed": {
    user: "The certificate vouches only for itself.",
    advice: "Add it to tls.trust if you know it, or let dialback prove the domain.",
    cite: "RFC 5280 §6",
  },
  "cert-bad-signature": {
    user: "The certificate's signature is wrong.",
    advice: "The chain is mixed up or the certificate was altered.",
    cite: "RFC 5280 §6.1.3",
  },
  "cert-bad-chain": {
    user: "The certificate's chain breaks the rules.",
    advice: "An issuer in the chain may not issue certificates, or the chain is too long; the detail names it.",
    cite: "RFC 5280 §6.1.4",
  },
  "cert-weak": {
    user: "The certificate's key or signature is too weak.",
    advice: "Renew it with at least RSA 2048 or P-256, signed with SHA-256.",
    cite: "RFC 9325 §4.5",
  },
  "cert-unreadable": {
    user: "The certificate cannot be read.",
    advice: "The file is not PEM, is cut short, or its key is of another certificate; the detail names the file.",
    cite: "RFC 5280 §4.1",
  },
} as const satisfies FaultRows;
