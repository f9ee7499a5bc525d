import type { Contact } from "./contact.ts";
import type { SipMessage } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { supports } from "./option-tags.ts";
import { parameter } from "./parameters.ts";
import { parseSipUri } from "./uri.ts";

/** What becomes of a REGISTER that may want outbound (RFC 5626 §6). */
export type Outbound = "used" | "not-used" | "first-hop-lacks-it";

/**
 * Whether outbound is used: the client knows it, says which flow this is, and the flow is one that it can keep alive. `keepsAlive`
 * is false over UDP, where the client would ask this node by STUN whether its flow still stands (§4.4.2) and, hearing
 * nothing, make a new one without end.
 *
 * Through a proxy, the one next to the client must know outbound too: it says "ob" in its Path value, the last one. When it does
 * not, the client is told, and registers without (§6, §11.6).
 */
export function outboundOf(message: SipMessage, contacts: readonly Contact[], keepsAlive: boolean): Outbound {
  if (!contacts.some(({ regId }) => regId !== 0)) return "not-used";
  if (!supports(message, "outbound")) return "not-used";
  const isDirect = message.values("via").length === 1;
  if (isDirect) return keepsAlive ? "used" : "not-used";
  const nearest = message.values("path").at(-1);
  return nearest !== undefined && hasOb(nearest) ? "used" : "first-hop-lacks-it";
}

function hasOb(path: string): boolean {
  const read = parseNameAddr(path);
  const uri = read.ok ? parseSipUri(read.value.uri) : read;
  return uri.ok && parameter(uri.value.parameters, "ob") !== undefined;
}
