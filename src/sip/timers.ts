/**
 * What the timers of transactions are made of, in milliseconds (RFC 3261 §17.1.1.1): T1 is the round trip that is reckoned
 * with, T2 the longest wait between two retransmissions of anything but an INVITE, T4 the longest time a message stays in
 * the network.
 */
export type Timers = { readonly t1: number; readonly t2: number; readonly t4: number };

/** The way a transaction's messages take. Reliable (TCP, TLS, WebSocket): nothing is sent twice, nothing is waited out. */
export type Link = Timers & { readonly reliable: boolean };

/** RFC 3261 table 4. */
export const timers: Timers = { t1: 500, t2: 4_000, t4: 5_000 };
export const unreliableLink: Link = { ...timers, reliable: false };
export const reliableLink: Link = { ...timers, reliable: true };

/** RFC 3261 §17.2.1: what an INVITE is given before it is answered 100, so that it is not sent again. */
export const inviteTryingMs = 200;

/** RFC 3261 §16.6: timer C, how long an INVITE may ring without a final answer; it must be over three minutes. */
export const ringingMs = 181_000;

/** Timers B, F, H, J, L and M: whoever has heard nothing by then never will. */
export function timeoutMs({ t1 }: Timers): number {
  return 64 * t1;
}

/** Timer D: as long as the server may repeat its answer. A client cannot know the server's T1, hence the 32 s. */
export function absorbMs(link: Timers): number {
  return Math.max(32_000, timeoutMs(link));
}

/** RFC 3261 §17.1.2.2, §17.2.1: timers E and G double up to T2. */
export function backedOff(ms: number, { t2 }: Timers): number {
  return Math.min(2 * ms, t2);
}

/** RFC 4320 §4.1: after how long a client's timer E has grown to T2; 3.5 s unless set otherwise. */
export function lateTryingMs(link: Timers): number {
  let wait = link.t1;
  let elapsed = wait;
  while (backedOff(wait, link) < link.t2) {
    wait = backedOff(wait, link);
    elapsed += wait;
  }
  return elapsed;
}
