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
  "cert-wrong-purpose": {
    user: "The certificate is made for another purpose.",
    advice: "It must be a certificate for TLS servers; one for signing mail or code will not do.",
    cite: "RFC 5280 §4.2.1.12",
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
  "cert-key-mismatch": {
    user: "The key does not belong to the certificate.",
    advice: "Use the key the certificate was requested with; after a renewal both files change together.",
    cite: "RFC 8446 §4.4.3",
  },
  "cert-key-exposed": {
    user: "Others on this machine can read the key.",
    advice: "chmod 600 the key file and give it to the user Comity runs as.",
    cite: "RFC 5280 §8",
  },
  "cert-expires-soon": {
    user: "The certificate ends soon.",
    advice: "Renew it, put the new files in place, and reload (SIGHUP); no connection is dropped.",
    cite: "RFC 5280 §4.1.2.5",
  },
  "cert-chain-incomplete": {
    user: "The certificate's chain is incomplete.",
    advice:
      "Put the intermediate certificates after the certificate in the file (often called fullchain.pem); the detail names the one that is missing.",
    cite: "RFC 8446 §4.4.2",
  },
  "cert-chain-order": {
    user: "The certificate's chain is not in order.",
    advice:
      "Write the domain's certificate first, then each one's issuer, without the root and without anything else; some partners accept no other order.",
    cite: "RFC 8446 §4.4.2",
  },
  "cert-no-dns-name": {
    user: "The certificate has the domain in no DNS name.",
    advice: "Many partners look for a dNSName alone; ask the issuer for one with the XMPP domain itself.",
    cite: "RFC 6120 §13.7.1.2.1, RFC 9525 §2",
  },
  "cert-server-only": {
    user: "The certificate is made for servers, not for clients.",
    advice:
      "Some partners refuse it when this node calls them, and then fall back to dialback; keep dialback on. Comity itself takes such certificates.",
    cite: "RFC 5280 §4.2.1.12, XEP-0178",
  },
} as const satisfies FaultRows;
