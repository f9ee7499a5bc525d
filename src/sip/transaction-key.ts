import type { SipMessage } from "./message.ts";
import type { Via } from "./via.ts";

const cookieLength = 7;
const cookieForm = /^z9hG4bK/i;

/** Whether a branch is unique by itself (RFC 3261 §8.1.1.7): it starts with the cookie, in any case, and has more. */
export function isUniqueBranch(branch: string | undefined): branch is string {
  return branch !== undefined && branch.length > cookieLength && cookieForm.test(branch);
}

/**
 * What requests are told apart by, in two parts: one that hardly any two have in common, and what they must agree in besides.
 * Only the first is ever looked at, mostly.
 */
export type RequestKey = { readonly key: string; readonly kind: string };

/**
 * The server transaction a request belongs to (RFC 3261 §17.2.3): the branch of its top Via, who wrote
 * that, and the method; of an ACK, those of its INVITE. Without a unique branch the way of RFC 2543 is gone (R1): then
 * `isAckOf` must agree too. Hosts have no case; branches, tags and Call-IDs are compared byte for byte, because whoever
 * made one only copies it, and some count in letters of both cases.
 */
export function serverKey(m: SipMessage): RequestKey {
  return keyFor(m, m.method === "ACK" ? "INVITE" : m.method);
}

/** The INVITE transaction that a CANCEL is about (RFC 3261 §9.2); cancelling anything else means nothing. */
export function cancelledKey(cancel: SipMessage): RequestKey {
  return keyFor(cancel, "INVITE");
}

function keyFor(m: SipMessage, method: string): RequestKey {
  const { via } = m;
  if (via !== undefined && isUniqueBranch(via.branch)) {
    return { key: via.branch, kind: `${method} ${via.host}:${via.port ?? defaultPort(via)}` };
  }
  // A line end stands in none of the other kind. The To tag is left out: the ACK has one where the INVITE had none, and no two
  // requests in one dialog have the same CSeq.
  return { key: m.callId, kind: `${method}\n${m.uri}\n${m.cseq?.number ?? ""}\n${m.fromTag}\n${via?.text ?? ""}` };
}

/** RFC 3261 §18.1.1. For a WebSocket it is not the true one (RFC 7118 §4.1), but the same for all that is compared. */
function defaultPort({ transport }: Via): number {
  return transport === "TLS" || transport === "WSS" ? 5061 : 5060;
}

/**
 * Whether an ACK that has the key of an INVITE acknowledges the response to it that has this To tag. By its branch it does;
 * the way of RFC 2543 the tag must be that of the response (RFC 3261 §17.2.3).
 */
export function isAckOf(ack: SipMessage, toTag: string): boolean {
  return isUniqueBranch(ack.via?.branch) || ack.toTag === toTag;
}

/**
 * What copies of one request have in common that came here by two ways, with two branches (RFC 3261 §8.2.2.2): the second is
 * answered 482. Undefined when it is in a dialog, where that cannot be. Whom it is from is looked at too: old clients make tags and
 * Call-IDs from the second they were started in, so two of them can have the same (libpurple).
 */
export function mergeKey(m: SipMessage): RequestKey | undefined {
  if (m.toTag !== "") return undefined;
  return { key: m.callId, kind: `${m.method} ${m.cseq?.number ?? ""} ${m.from?.uri ?? ""} ${m.fromTag}` };
}
