/** Between local people on XMPP and people of a SIP domain, which the driver plays: one TLS connection each way. */
export const gatewayWorkloads = {
  "gateway-to-sip":
    "chat of a local XMPP user to somebody at a SIP partner, until MESSAGE is there, one in flight per pair",
  "gateway-to-xmpp":
    "MESSAGE of somebody at a SIP partner to a local XMPP user, until it is there and 200 is back, one in flight per pair",
  "gateway-session-to-sip": "the same in a session: one INVITE for each pair, then MESSAGEs in its dialog",
  "gateway-session-to-xmpp": "the other way in a session, which the partner opens",
  "gateway-msrp-to-sip": "the same over MSRP and TLS, one session and connection for each pair",
  "gateway-msrp-to-xmpp": "the other way over MSRP",
  "gateway-presence": "presence change of a local XMPP user to 20 watchers at a SIP partner, per NOTIFY",
} as const;

export type GatewayWorkload = keyof typeof gatewayWorkloads;

export function isGateway(workload: string): workload is GatewayWorkload {
  return workload in gatewayWorkloads;
}

/** How the partner takes texts, and how it sends them. */
export function gatewayMode(workload: GatewayWorkload): "page" | "session" | "msrp" {
  return workload.startsWith("gateway-session") ? "session" : workload.startsWith("gateway-msrp") ? "msrp" : "page";
}

/** The same with each text by itself; a page-mode workload is its own, presence has none. */
export function gatewayPageOf(workload: GatewayWorkload): GatewayWorkload | undefined {
  return (["gateway-to-sip", "gateway-to-xmpp"] as const).find((page) =>
    workload.endsWith(page.slice("gateway".length)),
  );
}

/** Whether Kamailio's gateway has it: it knows no sessions, and joins presence by another module and a database. */
export function isKamailios(workload: GatewayWorkload): boolean {
  return gatewayPageOf(workload) === workload;
}

/** What Comity's server CPU per unit is to be, as a multiple of that of Kamailio's gateway with Prosody in the same run. */
export function gatewayGoal(workload: GatewayWorkload): number | undefined {
  const goals: Partial<Record<GatewayWorkload, number>> = { "gateway-to-sip": 0.25, "gateway-to-xmpp": 0.5 };
  return goals[workload];
}
