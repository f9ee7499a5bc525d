import type { SipMessage } from "./message.ts";
import type { Via } from "./via.ts";

const cookieLength = 7;
const cookieForm = /^z9hG4bK/i;

/** Whether a branch is unique by itself (RFC 3261 §8.1.1.7): it starts with the cookie, in any case, and has more. */
export function isUniqueBranch(branch: string | undefined): branch is string {
  return branch !== undefined && branch.length > cookieLength && cookieForm.test(branch);
}

/**
 * The server transaction a request belongs to, as a key of a Map (RFC 3261 §17.2.3): the branch of its top Via, who wrote
 * that, and the method; of an ACK, those of its INVITE. Without a unique branch the way of RFC 2543 is gone (R1): then
 * `isAckOf` must agree too. Hosts have no case; branches, tags and Call-IDs are compared byte for byte, because whoever
 * made one only copies it, and some count in letters of both cases.
 */
export function serverKey(m: SipMessage): string {
  return keyFor(m, m.method === "ACK" ? "INVITE" : m.method);
}

/** The INVITE transaction that a CANCEL is about (RFC 3261 §9.2); cancelling anything else means nothing. */
export function cancelledKey(cancel: SipMessage): string {
  return keyFor(cancel, "INVITE");
}

function keyFor(m: SipMessage, method: string): string {
  const { via } = m;
  if (via !== undefined && isUniqueBranch(via.branch)) {
    return `${method} ${via.host}:${via.port ?? defaultPort(via)} ${via.branch}`;
  }
  // The method comes first and has no space, so no key of one kind is one of the other. The To tag is left out: the ACK has
  // one where the INVITE had none, and no two requests in one dialog have the same CSeq.
  return `${method}\n${m.uri}\n${m.callId}\n${m.cseq?.number ?? ""}\n${m.fromTag}\n${via?.text ?? ""}`;
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

/** The client transaction of ours that a response answers (RFC 3261 §17.1.3): our branch, and the method of CSeq. */
export function clientKey(response: SipMessage): string {
  return clientKeyOf(response.via?.branch ?? "", response.method);
}

/** The same from what a request of ours is made of. */
export function clientKeyOf(branch: string, method: string): string {
  return `${branch} ${method}`;
}

/**
 * What copies of one request have in common that came here by two ways, with two branches (RFC 3261 §8.2.2.2): the second is
 * answered 482. "" when it is in a dialog, where that cannot be. Whom it is from is looked at too: old clients make tags and
 * Call-IDs from the second they were started in, so two of them can have the same (libpurple).
 */
export function mergeKey(m: SipMessage): string {
  if (m.toTag !== "") return "";
  return `${m.method} ${m.cseq?.number ?? ""} ${m.from?.uri ?? ""} ${m.fromTag}\n${m.callId}`;
}
