import { type Fault, fault } from "../base/fault.ts";
import type { SipMessage } from "../sip/message.ts";
import { adviceFor, readDiagnostics } from "../sip/ms-diagnostics.ts";
import { faultOfRefusal } from "../translate/errors.ts";
import type { Site } from "./site.ts";

/**
 * What a partner's final answer of 300 or more, or none, is to whoever's request it was; and a line for the operator with what
 * the partner's server says of it, and what to do (sip-wire 4.2).
 */
export function refusalBy(site: Site, domain: string, status: number, answer: SipMessage | undefined): Fault {
  if (answer === undefined && status === 408) return fault("sip-timeout");
  const diagnostics = answer === undefined ? undefined : readDiagnostics(answer);
  const warning = Number.parseInt(answer?.header("warning") ?? "", 10);
  const why = faultOfRefusal(status, diagnostics, warning);
  site.log("info", "SIP partner refused", {
    domain,
    status,
    fault: why.code,
    ...(answer === undefined ? {} : { method: answer.method, callId: answer.callId }),
    ...(diagnostics === undefined
      ? {}
      : { diagnostics: diagnostics.id, reason: diagnostics.reason, advice: adviceFor(diagnostics) }),
  });
  return why;
}
