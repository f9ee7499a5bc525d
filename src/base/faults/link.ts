import type { FaultRows } from "./row.ts";

/** Links to foreign domains. */
export const linkFaults = {
  "remote-server-not-found": {
    stanza: ["remote-server-not-found", "cancel"],
    sip: 404,
    user: "The other organisation's server could not be found.",
    advice:
      "Its domain has no usable DNS records, or nothing answers at the address they name. `comity federation links` shows what was tried.",
    cite: "RFC 6120 §8.3.3.16",
  },
  "remote-server-timeout": {
    stanza: ["remote-server-timeout", "wait"],
    sip: 504,
    user: "The other organisation's server did not answer in time.",
    advice: "It is down, overloaded, or a firewall drops packets; what waited was returned to its senders.",
    cite: "RFC 6120 §8.3.3.17",
  },
  "remote-connection-refused": {
    stanza: ["remote-server-not-found", "cancel"],
    sip: 503,
    user: "The other organisation's server refused the connection.",
    advice:
      "Nothing listens at the address its DNS names, or a firewall rejects; check the port and the partner's service.",
    cite: "RFC 6120 §3.2",
  },
  "remote-link-lost": {
    stanza: ["remote-server-timeout", "wait"],
    sip: 504,
    user: "The connection to the other organisation broke before the message was confirmed.",
    advice: "The partner or the network ended the link with messages under way; they were returned to their senders.",
    cite: "RFC 6120 §8.3.3.17, XEP-0198",
  },
  "remote-queue-full": {
    stanza: ["resource-constraint", "wait"],
    sip: 503,
    user: "Too many messages already wait for that organisation.",
    advice: "The link is down or slow and limits.linkQueueBytesMax is reached; look at the link's last fault.",
    cite: "RFC 6120 §8.3.3.18",
  },
  "remote-stream-error": {
    stanza: ["remote-server-timeout", "wait"],
    sip: 504,
    user: "The other organisation's server ended the connection.",
    advice: "The detail is the stream error it sent; its operator's log says more.",
    cite: "RFC 6120 §4.9",
  },
  "remote-tls-required": {
    stanza: ["policy-violation", "cancel"],
    sip: 403,
    user: "A secure connection to the other organisation is required and could not be made.",
    advice:
      "Our policy or theirs requires TLS and the other side does not offer it. Set the partner's tls to optional only if you accept clear text.",
    cite: "RFC 6120 §5.3.1",
  },
  "partner-unreadable": {
    user: "That partner's settings cannot be read.",
    advice: "The detail names the setting and what it may be; `comity partner add --help` shows all.",
    cite: "SET-01 to SET-06",
  },
  "partner-unknown": {
    user: "There is no such partner.",
    advice: "`comity partner list` shows those there are.",
    cite: "SET-01",
  },
  "partner-is-ours": {
    user: "That domain is one of ours.",
    advice: "A domain served here cannot be a partner; look at `domains:` in comity.yaml.",
    cite: "RT-18",
  },
  "partner-is-xmpp": {
    user: "That domain is reached over XMPP.",
    advice: "A domain is a partner over SIP or over XMPP, never both: remove its row under federation.partners first.",
    cite: "RT-17, SET-01",
  },
  "email-unreadable": {
    user: "That is no whole email address.",
    advice: "Write user@domain. People without one are known to other domains by the address they have here.",
    cite: "EML-03, DOM-01",
  },
  "email-taken": {
    user: "Somebody else has that email address.",
    advice: "Each person has one, and no two the same: `comity user email` shows whose it is. Aliases are not known.",
    cite: "EML-05, DOM-05",
  },
  "email-domain-foreign": {
    user: "That domain belongs to another organisation.",
    advice: "It is a partner's: what other domains send there never comes here.",
    cite: "EML-09, RT-18",
  },
  "email-domain-unknown": {
    user: "That domain is not there to be taken off.",
    advice:
      "`comity domain list` shows the domains; one that people's email addresses are in is the system's, and can be taken off when the last of them has gone.",
    cite: "EML-08",
  },
  "email-through-microsoft": {
    user: "Email addresses as names do not get through a Microsoft server of one's own organisation.",
    advice:
      "That server takes addresses of its domain for its own people's: it refuses what we send under them, and keeps what comes for them. Reach the domain through its own Access Edge (without --route, or by a route of theirs), or leave federation.emailAddresses off.",
    cite: "EML-10, RT-11",
  },
  "denial-unreadable": {
    user: "That is no entry for the deny list.",
    advice: 'A domain, or "*.domain" for it and every domain under it; the direction is both, in or out.',
    cite: "SET-15, SET-89, SET-90",
  },
  "denial-unknown": {
    user: "That domain is not on the deny list.",
    advice: "`comity federation denied` shows those that are.",
    cite: "SET-15",
  },
  "remote-untrusted": {
    stanza: ["not-authorized", "auth"],
    sip: 403,
    user: "The other organisation's server could not prove who it is.",
    advice:
      "Its certificate is not trusted and dialback failed or is not allowed; the detail says which. Add its CA to tls.trust, or allow dialback for the partner.",
    cite: "RFC 6120 §13.7, XEP-0220",
  },
  "remote-refused-us": {
    stanza: ["not-authorized", "auth"],
    sip: 403,
    user: "The other organisation's server does not accept this one.",
    advice: "It refused our certificate and our dialback key, or its policy denies our domain; ask its operator.",
    cite: "XEP-0220 §2.4, XEP-0178",
  },
  "partner-denied": {
    stanza: ["forbidden", "cancel"],
    stream: "policy-violation",
    sip: 403,
    user: "Messages to and from that organisation are not allowed.",
    advice:
      "The federation policy, the partner's direction or the deny list (`comity federation denied`) denies the domain in this direction; or it is reached over the other protocol.",
    cite: "comity.yaml federation, SUB-02, RT-17, SET-15",
  },
  "dialback-invalid": {
    stream: "not-authorized",
    user: "The other server could not prove who it is.",
    advice:
      "The domain's own server said the dialback key is not its own: an attacker, or two of its servers with different secrets.",
    cite: "XEP-0220 §2.1",
  },
  "dialback-unanswered": {
    stanza: ["remote-server-timeout", "wait"],
    stream: "remote-connection-failed",
    sip: 504,
    user: "The other organisation's server could not be verified.",
    advice:
      "Its authoritative server did not answer our dialback question; its DNS or firewall keeps our server from reaching it.",
    cite: "XEP-0220 §2.4",
  },
  "dialback-unreachable": {
    stanza: ["remote-server-timeout", "wait"],
    sip: 504,
    user: "The other organisation's server could not call this one back.",
    advice:
      "The partner could not reach our server to verify our dialback key: check our own SRV records and that port 5269 is open to it.",
    cite: "XEP-0220 §2.5",
  },
  "dialback-unsolicited": {
    user: "The other side answered a question that was never asked.",
    advice:
      "A dialback answer without a request was dropped. Once is a race after a timeout; repeated it is an attack on old servers (2012).",
    cite: "XEP-0220 §3.1",
  },
} as const satisfies FaultRows;
