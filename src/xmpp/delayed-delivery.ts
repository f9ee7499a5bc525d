import { ns } from "./ns.ts";
import { attribute, withChild } from "./stanza.ts";

/** XEP-0203 §5: what disco#info says. */
export const feature = ns.delay;

/** XEP-0082 §3.2: a moment, in milliseconds since 1970, as UTC text. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** The mark by which `from` says when it took a stanza it delivers only now (XEP-0203 §2). */
export function delayText(from: string, ms: number): string {
  return `<delay xmlns='${ns.delay}'${attribute("from", from)} stamp='${stamp(ms)}'/>`;
}

/** A stanza with that mark put in last. Marks that are in it already, others' or the sender's own, stay. */
export function delayed(stanza: Uint8Array, from: string, ms: number): Buffer {
  return withChild(stanza, delayText(from, ms));
}
