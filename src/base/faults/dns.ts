import type { FaultRows } from "./row.ts";

/** Finding a domain's servers. */
export const dnsFaults = {
  "dns-no-such-name": {
    stanza: ["remote-server-not-found", "cancel"],
    sip: 404,
    user: "That organisation's domain does not exist.",
    advice: "The name has no DNS records at all: mistyped, expired, or a search in the wrong DNS view.",
    cite: "RFC 8020",
  },
  "dns-no-records": {
    stanza: ["remote-server-not-found", "cancel"],
    sip: 404,
    user: "That organisation's domain names no server for messages.",
    advice:
      "It has neither SRV nor address records for this service; its administrator must publish them, or add a static route.",
    cite: "RFC 6120 §3.2",
  },
  "dns-service-refused": {
    stanza: ["remote-server-not-found", "cancel"],
    sip: 404,
    user: "That organisation does not offer messaging to others.",
    advice: 'Its SRV record says "." : decidedly no service.',
    cite: "RFC 2782",
  },
  "dns-timeout": {
    stanza: ["remote-server-timeout", "wait"],
    sip: 504,
    user: "The directory of domains did not answer.",
    advice:
      "Our DNS servers are not reachable or not answering; check dns.servers and the firewall for port 53, UDP and TCP.",
    cite: "RFC 1035 §7.2",
  },
  "dns-server-failure": {
    stanza: ["remote-server-timeout", "wait"],
    sip: 504,
    user: "The directory of domains could not answer.",
    advice: "The DNS server answered SERVFAIL or REFUSED: broken delegation, DNSSEC failure, or it does not serve us.",
    cite: "RFC 1035 §4.1.1",
  },
  "dns-malformed": {
    stanza: ["remote-server-timeout", "wait"],
    sip: 504,
    user: "The directory of domains gave a broken answer.",
    advice: "The DNS server or something between sends damaged answers.",
    cite: "RFC 1035 §4",
  },
} as const satisfies FaultRows;
