import type { FaultRows } from "./row.ts";

/** Streams, sign-in and what goes with them. */
export const streamFaults = {
  "host-unknown": {
    stream: "host-unknown",
    user: "This server does not serve that domain.",
    advice:
      "Add the domain under `domains:` in comity.yaml, or correct the DNS records or the client's account that lead here.",
    cite: "RFC 6120 §4.9.3.6",
  },
  "improper-addressing": {
    stream: "improper-addressing",
    user: "The message lacks its sender or its receiver.",
    advice: "The peer sent a stanza without from or to over a server link; its software is at fault.",
    cite: "RFC 6120 §8.1",
  },
  "invalid-from": {
    stream: "invalid-from",
    user: "The sender's address was not proved on this connection.",
    advice: "The peer sent in the name of an address it did not prove; the log names it. Repeated cases are an attack.",
    cite: "RFC 6120 §4.9.3.9",
  },
  "invalid-namespace": {
    stream: "invalid-namespace",
    user: "The other side spoke in a namespace this kind of connection does not use.",
    advice: "A server connected to the client port, or a client to the server port, or the peer's header is broken.",
    cite: "RFC 6120 §4.9.3.10",
  },
  "stream-not-authorized": {
    stream: "not-authorized",
    user: "Sign in before sending.",
    advice: "The peer sent a stanza before it had proved who it is; its software is at fault or somebody is probing.",
    cite: "RFC 6120 §4.9.3.12",
  },
  "stream-policy-violation": {
    stream: "policy-violation",
    user: "The server's rules do not allow that.",
    advice: "The log line says which rule; see limits and tls in comity.yaml.",
    cite: "RFC 6120 §4.9.3.14",
  },
  "stream-timeout": {
    stream: "connection-timeout",
    user: "The connection was idle or unanswered for too long.",
    advice:
      "The network between dropped the connection without a word, or the peer hangs; nothing to mend here if it is rare.",
    cite: "RFC 6120 §4.9.3.4",
  },
  "stream-conflict": {
    stream: "conflict",
    user: "The same device signed in again.",
    advice: "A newer session of the same resource replaced this one; rarely two devices fight over one resource name.",
    cite: "RFC 6120 §4.9.3.3, §7.7.2.2",
  },
  "stream-unsupported-version": {
    stream: "unsupported-version",
    user: "The other side speaks an older protocol than this connection allows.",
    advice: "Only server links accept streams without version 1.0 (they use dialback); clients must speak XMPP 1.0.",
    cite: "RFC 6120 §4.7.5",
  },
  "stream-unsupported-stanza": {
    stream: "unsupported-stanza-type",
    user: "The other side sent something that is no message, presence or request.",
    advice: "The peer's software is at fault; the log names the element.",
    cite: "RFC 6120 §4.9.3.24",
  },
  "stream-bad-format": {
    stream: "bad-format",
    user: "The other side sent XML that cannot be processed here.",
    advice: "The peer's software is at fault; the log names what it sent.",
    cite: "RFC 6120 §4.9.3.1",
  },
  "stream-acks-too-many": {
    stream: "undefined-condition",
    user: "The other side acknowledged more than was sent to it.",
    advice: "The peer's stream management is broken; it can sign in again.",
    cite: "XEP-0198 §4",
  },
  "account-ended": {
    stream: "not-authorized",
    user: "This account was removed or its password was changed.",
    advice: "An administrator changed the account; devices sign in again with the new password.",
    cite: "comity user",
  },
  "stream-resource-constraint": {
    stream: "resource-constraint",
    user: "The server has no room for this connection now.",
    advice:
      "A limit under `limits:` was reached (connections, per-address connections or queued bytes); the log names it.",
    cite: "RFC 6120 §4.9.3.17",
  },
  "system-shutdown": {
    stream: "system-shutdown",
    user: "The server is going down; please connect again shortly.",
    advice: "Somebody stopped or restarted the node.",
    cite: "RFC 6120 §4.9.3.21",
  },
  "internal-error": {
    stream: "internal-server-error",
    stanza: ["internal-server-error", "cancel"],
    sasl: "temporary-auth-failure",
    sip: 500,
    user: "The server made a mistake; it has been logged.",
    advice: "A bug in Comity: please report it with the log line.",
    cite: "RFC 6120 §4.9.3.8, §8.3.3.6",
  },
  "tls-required": {
    stream: "policy-violation",
    sasl: "encryption-required",
    user: "This connection must be encrypted first.",
    advice: "The client or partner did not start TLS. For a partner that cannot, set its tls to optional.",
    cite: "RFC 6120 §5.3.1, RFC 7590",
  },
  "tls-failed": {
    stanza: ["remote-server-not-found", "cancel"],
    sip: 503,
    user: "A secure connection could not be made.",
    advice:
      "The TLS handshake failed: versions or ciphers do not meet, or a certificate was refused. The detail is OpenSSL's own word.",
    cite: "RFC 6120 §5.4.3.2",
  },
  "starttls-injection": {
    stream: "policy-violation",
    user: "The connection was refused for safety.",
    advice: "Bytes followed <starttls/> before the handshake: an attacker on the path, or a very broken client.",
    cite: "RFC 6120 §5.4.3.3",
  },
  "sasl-not-authorized": {
    sasl: "not-authorized",
    user: "The address or the password is wrong.",
    advice: "A mistyped password or a guess; many in a row from one address are an attack and are slowed down.",
    cite: "RFC 6120 §6.5.10",
  },
  "sasl-malformed": {
    sasl: "malformed-request",
    user: "The sign-in request was malformed.",
    advice: "The client's software is at fault.",
    cite: "RFC 6120 §6.5.8",
  },
  "sasl-incorrect-encoding": {
    sasl: "incorrect-encoding",
    user: "The sign-in request was not valid Base64.",
    advice: "The client's software is at fault.",
    cite: "RFC 6120 §6.5.5",
  },
  "sasl-invalid-mechanism": {
    sasl: "invalid-mechanism",
    user: "That way of signing in is not offered here.",
    advice:
      "The client insists on a mechanism this connection does not offer; PLAIN needs TLS, EXTERNAL needs a proved certificate.",
    cite: "RFC 6120 §6.5.7",
  },
  "sasl-aborted": {
    sasl: "aborted",
    user: "The sign-in was cancelled.",
    advice: "The client gave up; nothing to do.",
    cite: "RFC 6120 §6.5.1",
  },
  "sasl-invalid-authzid": {
    sasl: "invalid-authzid",
    user: "Signing in for somebody else is not allowed.",
    advice: "The client asked to act as another account.",
    cite: "RFC 6120 §6.5.6",
  },
  "sasl-channel-binding": {
    sasl: "not-authorized",
    user: "The secure connection seems to have been tampered with.",
    advice:
      "Channel binding did not match: somebody terminates TLS between client and server (a proxy, or an attacker), or the client saw fewer mechanisms than were offered.",
    cite: "RFC 5802 §6",
  },
  "sasl-too-many-tries": {
    stream: "policy-violation",
    sip: 403,
    user: "Too many failed sign-ins.",
    advice: "limits.saslTriesMax failed attempts on one connection; if it repeats, an attack.",
    cite: "RFC 6120 §6.4.5",
  },
} as const satisfies FaultRows;
