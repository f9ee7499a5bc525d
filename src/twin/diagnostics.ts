/** ms-diagnostics a stand-in gives on demand, by id, in words of its own (sip-wire 4.2). */
export const diagnosticReasons: Readonly<Record<number, string>> = {
  0: "Refused on demand",
  15: "User is not available",
  1001: "From may not talk to public IM providers",
  1002: "From may not talk to federated partners",
  1003: "User does not exist",
  1004: "Route set is no longer valid",
  1005: "Cannot route to destination domain",
  1007: "Temporarily cannot route",
  1008: "Unable to resolve the service record of the domain",
  1009: "Service record and host are of different domains",
  1010: "Certificate trust with the next hop failed",
  1012: "From is not authorised to talk outside the enterprise",
  1013: "Clocks differ too much",
  1014: "Unable to resolve the host",
  1015: "Cannot route from source domain",
  1027: "Cannot route this type of SIP request to or from federated partners",
  1034: "The federated peer did not report diagnostics",
  1036: "The shared address space peer did not report diagnostics",
  4003: "From is not enabled for remote access",
  4004: "Credentials are not for this From",
  4005: "Destination is not enabled for SIP or does not exist",
  16000: "Content is blocked by the filter",
};

/** Id and reason, as they stand in the header. */
export function diagnostic(id: number): readonly [number, string] {
  return [id, diagnosticReasons[id] ?? "Refused on demand"];
}
