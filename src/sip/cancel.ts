import type { State } from "./invite-server-tx.ts";
import type { SipMessage } from "./message.ts";
import type { RequestParts } from "./request.ts";

/**
 * The CANCEL of an INVITE of ours (RFC 3261 §9.1): its Request-URI, its Via with the same branch and no other, its From, To,
 * Call-ID, CSeq number and Routes, byte for byte, and nothing else of it. It is a transaction of its own, begun only when
 * the machine of the INVITE says so.
 */
export function cancelParts(invite: RequestParts): RequestParts {
  return { ...sameHop(invite), method: "CANCEL" };
}

/** The ACK of a final response that is no 2xx (RFC 3261 §17.1.1.3): of the INVITE's hop, but with the To of the response. */
export function ackParts(invite: RequestParts, response: SipMessage): RequestParts {
  return { ...sameHop(invite), method: "ACK", to: response.to?.text ?? invite.to };
}

function sameHop({ method, uri, via, from, to, callId, cseq, routes }: RequestParts): RequestParts {
  return { method, uri, via, from, to, callId, cseq, ...(routes === undefined ? {} : { routes }) };
}

/** What a CANCEL is answered, and whether the INVITE is now answered 487. */
export type CancelAnswer = { readonly status: 200 | 481; readonly ends: boolean };

/**
 * RFC 3261 §9.2. `invite` is the state of the server transaction that `cancelledKey` leads to. A CANCEL that comes behind
 * the final response is answered 200 and changes nothing. The tag of the 200 is the one the INVITE is answered with.
 */
export function cancelAnswer(invite: State | undefined): CancelAnswer {
  if (invite === undefined || invite.at === "terminated") return { status: 481, ends: false };
  return { status: 200, ends: invite.at === "proceeding" };
}
