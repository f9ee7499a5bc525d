import type { SipMessage } from "./message.ts";

/**
 * What names a dialog, as a key of a Map (RFC 3261 §12): Call-ID, our tag, the other side's tag, each compared byte for
 * byte; no other parameter of From and To counts (R5). Who knows no tags yet (RFC 2543) has "" for one. `remoteTag` "" also
 * names what a request of ours may still become: the NOTIFY that comes before the 200 (R10) is found by it.
 */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}

/** The dialog a request that came belongs to: our tag is in To. */
export function keyOfRequest(m: SipMessage): string {
  return dialogKey(m.callId, m.toTag, m.fromTag);
}

/** The dialog a response that came belongs to: our tag is in From. */
export function keyOfResponse(m: SipMessage): string {
  return dialogKey(m.callId, m.fromTag, m.toTag);
}
