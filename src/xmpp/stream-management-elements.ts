import type { StanzaCondition } from "../base/faults/row.ts";
import { type Element, elements } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { attribute } from "./stanza.ts";

/** The stream feature's namespace (XEP-0198 §2). */
export const feature = ns.sm;

/** What the other side says about stream management, once read. */
export type SmElement =
  | { readonly kind: "enable"; readonly resume: boolean; readonly maxSeconds: number | undefined }
  | {
      readonly kind: "enabled";
      readonly id: string | undefined;
      readonly resume: boolean;
      readonly maxSeconds: number | undefined;
    }
  | { readonly kind: "resume"; readonly previd: string; readonly h: number }
  | { readonly kind: "resumed"; readonly previd: string; readonly h: number }
  | { readonly kind: "failed"; readonly condition: string; readonly h: number | undefined }
  | { readonly kind: "request" }
  | { readonly kind: "answer"; readonly h: number };

/** Reads an element of XEP-0198; undefined when it is none or lacks what it must have. */
export function readSm(element: Element): SmElement | undefined {
  if (element.ns !== ns.sm) return undefined;
  const { attrs } = element;
  const h = count(attrs.h);
  switch (element.name) {
    case "enable":
      return { kind: "enable", resume: isTrue(attrs.resume), maxSeconds: count(attrs.max) };
    case "enabled":
      return { kind: "enabled", id: attrs.id, resume: isTrue(attrs.resume), maxSeconds: count(attrs.max) };
    case "resume":
    case "resumed":
      return attrs.previd === undefined || h === undefined
        ? undefined
        : { kind: element.name, previd: attrs.previd, h };
    case "failed": {
      const condition = elements(element).find((each) => each.ns === ns.stanzas && each.name !== "text")?.name;
      return { kind: "failed", condition: condition ?? "undefined-condition", h };
    }
    case "r":
      return { kind: "request" };
    case "a":
      return h === undefined ? undefined : { kind: "answer", h };
    default:
      return undefined;
  }
}

/**
 * The h of a framed <a/> straight from its bytes, for it comes once per message: undefined when there is none or it is no
 * number below 2^32.
 */
export function readAnswer(bytes: Uint8Array): number | undefined {
  for (let at = 2; at + 2 < bytes.length; at++) {
    const quote = bytes[at + 2];
    // white space, h, =, quote
    if (bytes[at] !== 0x68 || bytes[at + 1] !== 0x3d || (bytes[at - 1] ?? 0) > 0x20) continue;
    if (quote !== 0x22 && quote !== 0x27) return undefined;
    let value = 0;
    let digit = at + 3;
    for (; ; digit++) {
      const byte = bytes[digit] ?? 0;
      if (byte < 0x30 || byte > 0x39) break;
      value = value * 10 + byte - 0x30;
    }
    return bytes[digit] === quote && digit > at + 3 && value < wrap ? value : undefined;
  }
  return undefined;
}

/** Asks the other side how far it is (XEP-0198 §4). */
export const requestText = `<r xmlns='${ns.sm}'/>`;

/** Says how many stanzas have been handled (XEP-0198 §4). */
export function answerText(h: number): string {
  return `<a xmlns='${ns.sm}' h='${h}'/>`;
}

/** The initiator's wish (XEP-0198 §3). */
export function enableText(resume: boolean): string {
  return resume ? `<enable xmlns='${ns.sm}' resume='true'/>` : `<enable xmlns='${ns.sm}'/>`;
}

/** The receiver's yes; with an id the session may be resumed within `maxSeconds` (XEP-0198 §3). */
export function enabledText(id?: string, maxSeconds?: number): string {
  const resumable = id === undefined ? "" : `${attribute("id", id)} resume='true'`;
  return `<enabled xmlns='${ns.sm}'${resumable}${attribute("max", maxSeconds?.toFixed(0))}/>`;
}

/** The initiator wants its former session back (XEP-0198 §5). */
export function resumeText(previd: string, h: number): string {
  return `<resume xmlns='${ns.sm}'${attribute("previd", previd)} h='${h}'/>`;
}

/** The former session goes on (XEP-0198 §5). */
export function resumedText(previd: string, h: number): string {
  return `<resumed xmlns='${ns.sm}'${attribute("previd", previd)} h='${h}'/>`;
}

/** No. With h when a session is over but its count is still known (XEP-0198 §5). */
export function failedText(condition: StanzaCondition, h?: number): string {
  return `<failed xmlns='${ns.sm}'${attribute("h", h?.toString())}><${condition} xmlns='${ns.stanzas}'/></failed>`;
}

/** What goes inside <stream:error/> when the other side has counted more than was sent (XEP-0198 §4). */
export function countTooHighText(h: number, sent: number): string {
  return (
    `<undefined-condition xmlns='${ns.streams}'/>` +
    `<handled-count-too-high xmlns='${ns.sm}' h='${h}' send-count='${sent}'/>`
  );
}

/** Where a stream stands when an <enable/> or <resume/> comes. */
export type SmPlace = "not authenticated" | "authenticated" | "bound" | "enabled";

/** XEP-0198 §3, §5: why this <enable/> or <resume/> fails at this place; undefined when it may go ahead. */
export function refusal(
  kind: "enable" | "resume",
  place: SmPlace,
  side: "client" | "server",
): "unexpected-request" | undefined {
  // A client enables once it has a resource and resumes instead of binding one; a server link has no binding.
  const right = kind === "resume" || side === "server" ? "authenticated" : "bound";
  return place === right ? undefined : "unexpected-request";
}

/** h is an unsigned 32-bit number that starts over (XEP-0198 §4). */
const wrap = 2 ** 32;

function isTrue(value: string | undefined): boolean {
  return value === "true" || value === "1";
}

function count(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,10}$/.test(value)) return undefined;
  const number = Number(value);
  return number < wrap ? number : undefined;
}
