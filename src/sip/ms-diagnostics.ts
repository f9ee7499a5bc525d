import type { SipMessage } from "./message.ts";
import { type Parameter, parameter, readParameters } from "./parameters.ts";

/** Why a Microsoft server refused (sip-wire 4.2). */
export type Diagnostics = {
  readonly id: number;
  readonly reason: string;
  readonly source: string;
};

/** Reads `ms-diagnostics` or `ms-diagnostics-public`; undefined when there is none that can be read. */
export function readDiagnostics(message: SipMessage): Diagnostics | undefined {
  const text = message.header("ms-diagnostics") ?? message.header("ms-diagnostics-public");
  if (text === undefined) return undefined;
  const semicolon = text.indexOf(";");
  const id = Number.parseInt(text, 10);
  if (!(id >= 0)) return undefined;
  const read = semicolon < 0 ? undefined : readParameters(text, semicolon);
  const parameters: readonly Parameter[] = read?.ok === true ? read.value : [];
  return {
    id,
    reason: (parameter(parameters, "reason") ?? "").slice(0, 200),
    source: (parameter(parameters, "source") ?? "").slice(0, 200),
  };
}

/** What each means for the administrator here (sip-wire 4.2). */
const advices: Readonly<Record<number, string>> = {
  1000: "Their TLS handshake with us failed: look at both certificates.",
  1001: "Their user may not talk to public IM providers; their administrator grants it by policy.",
  1002: "Their user may not talk to federated partners; their administrator grants it by policy.",
  1003: "No such user there: a wrong address.",
  1004: "A route of theirs is no longer valid: their server restarted; a new conversation is begun.",
  1005: "Their edge does not route to our domain: it is not allowed there, or our SRV record is missing.",
  1008: "Our SRV record cannot be resolved from there.",
  1009: "The host our SRV record names lies outside our domain, which they do not accept.",
  1010: "They do not trust our certificate: its CA, its name, its client usage, or its CRL.",
  1012: "Their user is not authorised outside the enterprise.",
  1013: "Clocks differ: check NTP on both sides.",
  1014: "The host our SRV record names has no address there.",
  1027: "Federation is off there, or this kind of request is not let through.",
  4005: "Their user is not enabled for SIP, or absent.",
};

/** Advice for the operator; "" where nothing is known of the number. */
export function adviceFor({ id }: Diagnostics): string {
  return advices[id] ?? "";
}

/** The header line for our own final errors toward Microsoft (R20): otherwise they log 1034 or 1036 and no reason. */
export function diagnosticsLine(status: number, source: string): string {
  const [id, reason] =
    status === 404
      ? [1003, "User does not exist"]
      : status === 403
        ? [4003, "Not allowed by policy"]
        : status === 504
          ? [1007, "Temporarily cannot route"]
          : [1011, "Refused"];
  return `ms-diagnostics-public: ${id};reason="${reason}";source="${source}"\r\n`;
}
