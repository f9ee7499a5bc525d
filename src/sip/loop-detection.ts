import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { SipMessage } from "./message.ts";
import { parseVia, type Via } from "./via.ts";

/** RFC 3261 §8.1.1.6. */
const hopsMost = 70;

/**
 * What decides where a request goes, as a short token: Request-URI, Routes, tags, Call-ID, CSeq number, and what a proxy may
 * look at (RFC 3261 §16.6 step 8, RFC 5393 §4.2). Nothing in it changes on the way but by a decision, so one that comes back
 * with the same mark goes in a circle; with another it only passes again (a spiral). CANCEL and ACK have their INVITE's.
 */
export function loopMark(m: SipMessage): string {
  const mix = new Mix();
  mix.add(m.uri);
  mix.add(m.callId);
  mix.add(m.fromTag);
  mix.add(m.toTag);
  mix.add(String(m.cseq?.number ?? ""));
  for (const name of ["route", "proxy-require", "proxy-authorization"]) {
    for (const value of m.headers(name)) mix.add(value);
    mix.add("");
  }
  return mix.token;
}

/** A branch for our Via of a request that is passed on: `unique` makes it ours alone, the mark is found when it comes back. */
export function markedBranch(unique: string, mark: string): string {
  return `z9hG4bK${unique}.${mark}`;
}

/** Whether a request has been here before, unchanged: one of its Vias is ours (`isOurs`) and has this mark (RFC 5393 §4.2). */
export function hasLooped(m: SipMessage, mark: string, isOurs: (via: Via) => boolean): boolean {
  for (const text of m.values("via")) {
    // Only what has the mark somewhere is read: the number of Vias costs next to nothing.
    if (!text.includes(mark)) continue;
    const via = parseVia(text);
    if (via.ok && via.value.branch?.endsWith(`.${mark}`) && isOurs(via.value)) return true;
  }
  return false;
}

/**
 * The Max-Forwards of a request that is passed on (RFC 3261 §16.3 step 3, §16.6 step 3): one less, or 70 where there was
 * none. Fails with sip-too-many-hops (483) at zero; what is for us is served whatever it says.
 */
export function hopsLeft(m: SipMessage): Result<number> {
  const hops = m.maxForwards;
  if (hops === undefined) return ok(hopsMost);
  return hops === 0 ? no(fault("sip-too-many-hops")) : ok(hops - 1);
}

/** Two sums over characters, 64 bits together. No secret: whoever makes two requests look the same harms only his own. */
class Mix {
  #one = 0x811c9dc5;
  #other = 0x9e3779b9;

  add(text: string): void {
    for (let at = 0; at < text.length; at++) this.#step(text.charCodeAt(at));
    this.#step(0x1_0000); // where one part ends
  }

  #step(value: number): void {
    this.#one = Math.imul(this.#one ^ value, 0x01000193);
    this.#other = Math.imul(this.#other ^ value, 0x85ebca6b) ^ (this.#other >>> 15);
  }

  get token(): string {
    return `${(this.#one >>> 0).toString(36)}${(this.#other >>> 0).toString(36).padStart(7, "0")}`;
  }
}
