/** One row of the table of metrics: every figure Comity exports stands here, and docs/OPERATE.md lists the same. */
export type MetricRow = {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
};

export const metricTable = {
  comity_connections: { kind: "gauge", help: "Open connections, by listener kind", labels: ["kind"] },
  comity_connections_total: { kind: "counter", help: "Connections accepted or made, by kind", labels: ["kind"] },
  comity_connections_refused_total: {
    kind: "counter",
    help: "Connections closed before they were served, by reason",
    labels: ["reason"],
  },
  comity_sessions: { kind: "gauge", help: "Signed-in devices, by protocol", labels: ["protocol"] },
  comity_sign_ins_total: {
    kind: "counter",
    help: "Sign-ins, by mechanism and outcome",
    labels: ["mechanism", "outcome"],
  },
  comity_stanzas_in_total: {
    kind: "counter",
    help: "Stanzas received, by side (client, server) and kind",
    labels: ["side", "kind"],
  },
  comity_stanzas_out_total: { kind: "counter", help: "Stanzas sent, by side and kind", labels: ["side", "kind"] },
  comity_stanza_errors_total: { kind: "counter", help: "Errors returned to senders, by fault code", labels: ["code"] },
  comity_stream_errors_total: {
    kind: "counter",
    help: "Streams ended with an error, by side, who sent it and fault code",
    labels: ["side", "by", "code"],
  },
  comity_offline_stored_total: { kind: "counter", help: "Messages kept for people who were offline", labels: [] },
  comity_links: { kind: "gauge", help: "Server links, by direction and state", labels: ["direction", "state"] },
  comity_link_proofs_total: {
    kind: "counter",
    help: "Domains proved on links, by direction and method",
    labels: ["direction", "method"],
  },
  comity_link_failures_total: {
    kind: "counter",
    help: "Failed attempts to reach a foreign domain, by fault code",
    labels: ["code"],
  },
  comity_link_queue_bytes: { kind: "gauge", help: "Bytes waiting for links that are not up", labels: [] },
  comity_cert_expiry_seconds: {
    kind: "gauge",
    help: "Seconds until a served certificate expires, by domain",
    labels: ["domain"],
  },
  comity_sip_requests_total: {
    kind: "counter",
    help: "SIP requests, by direction (in, out), method and the class of their final answer",
    labels: ["direction", "method", "outcome"],
  },
  comity_sip_rejected_total: {
    kind: "counter",
    help: "SIP messages turned away before they were served, by fault code",
    labels: ["code"],
  },
  comity_sip_retransmissions_total: { kind: "counter", help: "SIP messages sent again over UDP", labels: [] },
  comity_sip_next_servers_total: {
    kind: "counter",
    help: "SIP requests sent again to the next server of a domain, by what the one before did (unavailable: answered 503, silent, lost, unreachable)",
    labels: ["why"],
  },
  comity_sip_servers_resting: {
    kind: "gauge",
    help: "SIP servers that failed and are left for others for a while",
    labels: [],
  },
  comity_sip_flows: { kind: "gauge", help: "Open SIP connections, by transport", labels: ["transport"] },
  comity_sip_bindings: { kind: "gauge", help: "SIP devices registered", labels: [] },
  comity_sip_subscriptions: { kind: "gauge", help: "SIP subscriptions, by event package", labels: ["event"] },
  comity_sip_conversations: { kind: "gauge", help: "Conversations open with people at SIP partners", labels: [] },
  comity_sip_partners_away: {
    kind: "gauge",
    help: "SIP partners whose people are watched from here and that cannot be reached, so that they are looked for",
    labels: [],
  },
  comity_ad_hoc_looks: {
    kind: "gauge",
    help: "Looks of XMPP devices at people who are no contacts (presence.adHoc)",
    labels: [],
  },
  comity_sip_publications: { kind: "gauge", help: "SIP publications of presence in force", labels: [] },
  comity_sip_transactions: { kind: "gauge", help: "SIP transactions under way", labels: [] },
  comity_presence_retelling_people: {
    kind: "gauge",
    help: "People whose watchers are still to be told anew, after a change of the settings of presence",
    labels: [],
  },
  comity_discoveries_total: {
    kind: "counter",
    help: "Look-ups of the protocol an unknown domain speaks, by outcome (sip, xmpp, none, failed)",
    labels: ["outcome"],
  },
  comity_discovered_domains: {
    kind: "gauge",
    help: "Unknown domains whose protocol is remembered, by protocol",
    labels: ["protocol"],
  },
  comity_partner_addresses_unexpected: {
    kind: "gauge",
    help: "SIP partners whose addresses in DNS are not those expected",
    labels: [],
  },
  comity_partner_address_changes_total: {
    kind: "counter",
    help: "Changes of a SIP partner's addresses in DNS, by domain",
    labels: ["domain"],
  },
  comity_msrp_sessions: { kind: "gauge", help: "Sessions of MSRP open with partners", labels: [] },
  comity_msrp_messages_total: {
    kind: "counter",
    help: "Messages over MSRP, by direction and outcome (taken, failed)",
    labels: ["direction", "outcome"],
  },
  comity_phone_lines: { kind: "gauge", help: "Telephone lines, by state (on-hook, off-hook)", labels: ["state"] },
  comity_presence_changes_total: { kind: "counter", help: "Changes of local people's composed presence", labels: [] },
  comity_reloads_total: { kind: "counter", help: "Configuration reloads, by outcome", labels: ["outcome"] },
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof metricTable;

/** One series: a metric with its labels filled in. Bind it once per connection or module, not per message. */
export interface Series {
  add(amount: number): void;
  set(value: number): void;
}

/** The door to figures. */
export interface Metrics {
  /** The series for these label values, in the table's order. */
  series(name: MetricName, ...labels: readonly string[]): Series;
}
