import type { StoredBinding } from "../base/store.ts";
import { hasFlow } from "./binding.ts";
import { deltaSeconds, type SipMessage } from "./message.ts";

/**
 * The seconds for which a REGISTER asks when it says of the only device of a person what is known of it already, word for word:
 * nearly all do, a device that is there says the same for hours (RFC 3261 §10.2.4). Then nothing of it needs to be read, nor
 * what else there is to be looked through. "all": those of its Expires. Undefined: it says something else, or comes late, or
 * again, or is of a flow, whose rules (RFC 5626 §6) begin with what else the request says.
 */
export function renewedSeconds(binding: StoredBinding, message: SipMessage, via: string): number | "all" | undefined {
  if (binding.via !== via || binding.callId !== message.callId || hasFlow(binding) || binding.path.length > 0) {
    return undefined;
  }
  if ((message.cseq?.number ?? 0) <= binding.cseq) return undefined;
  const [contact = "", another] = message.headers("contact");
  const known = knownLength(binding, contact);
  if (another !== undefined || known === 0) return undefined;
  if (message.has("path") || (message.header("user-agent") ?? "") !== binding.userAgent) {
    return undefined;
  }
  if (contact.length === known) return "all";
  return contact.startsWith(expires, known) ? deltaSeconds(contact.slice(known + expires.length)) : undefined;
}

/** How much of a Contact is what the binding says already, "<contact>parameters"; 0 when it does not begin so. */
function knownLength({ contact, parameters }: StoredBinding, value: string): number {
  const close = contact.length + 1;
  const begins =
    value.charCodeAt(0) === 0x3c &&
    value.startsWith(contact, 1) &&
    value.charCodeAt(close) === 0x3e &&
    value.startsWith(parameters, close + 1);
  return begins ? close + 1 + parameters.length : 0;
}

const expires = ";expires=";
