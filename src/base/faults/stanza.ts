import type { FaultRows } from "./row.ts";

/** One stanza that could not be done. */
export const stanzaFaults = {
  "bad-request": {
    stanza: ["bad-request", "modify"],
    sip: 400,
    user: "The request was malformed.",
    advice: "The client's or partner's software sent something the protocol does not know.",
    cite: "RFC 6120 §8.3.3.1",
  },
  "jid-malformed": {
    stanza: ["jid-malformed", "modify"],
    sip: 484,
    user: "That is not a valid address.",
    advice: "An address has characters that are not allowed or is too long.",
    cite: "RFC 6120 §8.3.3.8, RFC 7622",
  },
  "domain-malformed": {
    stanza: ["jid-malformed", "modify"],
    sip: 484,
    user: "That is not a valid domain.",
    advice: "A domain has characters that are not allowed, an empty label, or is too long for the DNS.",
    cite: "RFC 7622 §3.2, RFC 5891",
  },
  "feature-not-implemented": {
    stanza: ["feature-not-implemented", "cancel"],
    sip: 501,
    user: "This server cannot do that.",
    advice: "The client asked for a feature Comity does not offer; harmless.",
    cite: "RFC 6120 §8.3.3.3",
  },
  "service-unavailable": {
    stanza: ["service-unavailable", "cancel"],
    sip: 480,
    user: "That person or service cannot be reached.",
    advice:
      "Nobody by that address exists here, or none of their devices takes such a request. Comity says the same in both cases so that addresses cannot be guessed.",
    cite: "RFC 6121 §8.5",
  },
  "recipient-unavailable": {
    stanza: ["recipient-unavailable", "wait"],
    sip: 480,
    user: "That person is offline just now.",
    advice: "Nothing to do.",
    cite: "RFC 6120 §8.3.3.13",
  },
  "offline-full": {
    stanza: ["resource-constraint", "wait"],
    sip: 480,
    user: "That person is offline and their mailbox is full.",
    advice: "limits.offlineMessagesMax messages wait already; the person has been away long or somebody floods them.",
    cite: "RFC 6121 §8.5.2.2.1, XEP-0160",
  },
  "item-not-found": {
    stanza: ["item-not-found", "cancel"],
    sip: 404,
    user: "There is no such thing here.",
    advice: "The client asked for something that does not exist; harmless.",
    cite: "RFC 6120 §8.3.3.7",
  },
  "not-acceptable": {
    stanza: ["not-acceptable", "modify"],
    sip: 406,
    user: "The server cannot accept that value.",
    advice: "A name, group or payload is longer than the limits allow or empty where it may not be.",
    cite: "RFC 6120 §8.3.3.9",
  },
  "not-allowed": {
    stanza: ["not-allowed", "cancel"],
    sip: 405,
    user: "That is not allowed.",
    advice: "The client tried something only the owner or an administrator may do.",
    cite: "RFC 6120 §8.3.3.10",
  },
  forbidden: {
    stanza: ["forbidden", "auth"],
    sip: 403,
    user: "You may not do that.",
    advice: "A policy forbids it; `comity config show` and the partner's policy say which.",
    cite: "RFC 6120 §8.3.3.4",
  },
  "resource-conflict": {
    stanza: ["conflict", "cancel"],
    user: "That name is in use already.",
    advice: "Two devices ask for one resource name.",
    cite: "RFC 6120 §7.7.2.2",
  },
  "unexpected-request": {
    stanza: ["unexpected-request", "wait"],
    user: "That came at the wrong moment.",
    advice: "The client's software is out of step (for example enabled stream management twice).",
    cite: "RFC 6120 §8.3.3.22",
  },
  "resource-constraint": {
    stanza: ["resource-constraint", "wait"],
    sip: 503,
    user: "A limit of the server was reached.",
    advice: "The detail names the limit; raise it under `limits:` if people really need more.",
    cite: "RFC 6120 §8.3.3.18",
  },
} as const satisfies FaultRows;
