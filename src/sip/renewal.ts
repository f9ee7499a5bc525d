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
  const known = `<${binding.contact}>${binding.parameters}`;
  if (another !== undefined || !contact.startsWith(known)) return undefined;
  if (message.header("path") !== undefined || (message.header("user-agent") ?? "") !== binding.userAgent) {
    return undefined;
  }
  if (contact.length === known.length) return "all";
  return contact.startsWith(expires, known.length)
    ? deltaSeconds(contact.slice(known.length + expires.length))
    : undefined;
}

const expires = ";expires=";
