/** Between local people on XMPP and people of a SIP domain, which the driver plays: one TLS connection each way. */
export const gatewayWorkloads = {
  "gateway-to-sip":
    "chat of a local XMPP user to somebody at a SIP partner, until MESSAGE is there, one in flight per pair",
  "gateway-to-xmpp":
    "MESSAGE of somebody at a SIP partner to a local XMPP user, until it is there and 200 is back, one in flight per pair",
  "gateway-presence": "presence change of a local XMPP user to 20 watchers at a SIP partner, per NOTIFY",
} as const;

export type GatewayWorkload = keyof typeof gatewayWorkloads;

export function isGateway(workload: string): workload is GatewayWorkload {
  return workload in gatewayWorkloads;
}

/** What Comity's server CPU per unit is to be, as a multiple of that of Kamailio's gateway with Prosody in the same run. */
export function gatewayGoal(workload: GatewayWorkload): number | undefined {
  return { "gateway-to-sip": 0.25, "gateway-to-xmpp": 0.5, "gateway-presence": undefined }[workload];
}
