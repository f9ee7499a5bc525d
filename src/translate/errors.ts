import { type Fault, type FaultCode, fault, rowOf } from "../base/fault.ts";
import type { StanzaCondition } from "../base/faults/row.ts";

/**
 * Who is answered. A federation peer is never asked to sign in, for nobody there could (401, 407); never told something
 * about all of a person's devices (6xx), which Microsoft's servers show as "service not available"; nor that the service is
 * off (503), which makes them give up the whole route for one person's trouble (R19).
 */
export type Peer = "client" | "federation";

/** The SIP status for a stanza error's condition, when a full address was asked and when a bare one was. */
type Statuses = readonly [full: number, bare: number];

/** RFC 7247 §6.1, Table 2. Where it leaves a choice, the comment says why this one. */
export const statusTable: Readonly<Record<StanzaCondition, Statuses>> = {
  "bad-request": [400, 400],
  conflict: [400, 400],
  "feature-not-implemented": [405, 501],
  forbidden: [403, 603],
  gone: [410, 410], // 301 only with the new address: `movedStatus`
  "internal-server-error": [500, 500],
  "item-not-found": [404, 604],
  "jid-malformed": [400, 400],
  "not-acceptable": [406, 606],
  "not-allowed": [403, 403],
  "not-authorized": [401, 401],
  "policy-violation": [403, 403],
  "recipient-unavailable": [480, 600],
  redirect: [302, 302],
  "registration-required": [407, 407],
  "remote-server-not-found": [404, 404], // 408 is for what DNS could not say, and dns-timeout says that itself
  "remote-server-timeout": [408, 408],
  "resource-constraint": [500, 500],
  "service-unavailable": [403, 403], // 405 would have to name other methods
  "subscription-required": [400, 400],
  "undefined-condition": [400, 400],
  "unexpected-request": [400, 400], // 491 is for INVITE
};

/** RFC 7247 §6.1: what a condition of an XMPP error is in SIP. `full`: the error came from a full address. */
export function statusOfCondition(condition: StanzaCondition, full: boolean, peer: Peer = "client"): number {
  const status = statusTable[condition][full ? 0 : 1];
  return peer === "federation" ? forFederation(status) : status;
}

/** RFC 7247 §6.1: 301 when the new address is known, else 410. */
export function movedStatus(address: string | undefined): number {
  return address === undefined ? 410 : 301;
}

/** The status a SIP sender gets for a fault: the row's own, else what its condition is in SIP. */
export function statusOf(failure: Fault, full: boolean, peer: Peer = "client"): number {
  const row = rowOf(failure.code);
  if (row.sip === undefined) return statusOfCondition(row.stanza?.[0] ?? "internal-server-error", full, peer);
  return peer === "federation" ? forFederation(row.sip) : row.sip;
}

/** The 4xx of the same meaning, as a peer takes it. */
function forFederation(status: number): number {
  switch (status) {
    case 401:
    case 407:
    case 603:
      return 403;
    case 503:
      return 500;
    case 604:
      return 404;
    case 606:
      return 406;
    default:
      return status < 600 ? status : 480;
  }
}

/** RFC 7247 §6.2, Table 3, by fault; each row's condition is the table's. */
const codes: Readonly<Record<number, FaultCode>> = {
  301: "answered-moved-for-good",
  380: "answered-not-acceptable",
  401: "answered-sign-in",
  403: "answered-forbidden",
  404: "answered-nobody",
  405: "answered-not-implemented",
  406: "answered-not-acceptable",
  407: "answered-proxy-sign-in",
  408: "sip-timeout",
  410: "answered-gone",
  413: "answered-too-large",
  414: "answered-too-large",
  415: "sip-media-type",
  416: "answered-not-acceptable",
  420: "answered-not-implemented",
  421: "answered-not-acceptable",
  423: "answered-too-brief",
  430: "recipient-unavailable",
  439: "answered-not-implemented",
  440: "answered-policy",
  480: "recipient-unavailable",
  481: "answered-nobody",
  482: "answered-not-acceptable",
  483: "answered-not-acceptable",
  484: "answered-nobody",
  485: "answered-nobody",
  486: "answered-busy",
  487: "recipient-unavailable",
  488: "sip-not-acceptable-here",
  489: "answered-policy",
  491: "answered-pending",
  501: "answered-not-implemented",
  502: "answered-no-way",
  504: "sip-timeout",
  505: "answered-not-acceptable",
  513: "answered-too-large",
  600: "answered-busy",
  603: "answered-declined",
  604: "answered-nobody",
  606: "answered-not-acceptable",
};

/** RFC 3261 §8.1.3.2: a status nobody knows is the x00 of its class. */
const classes: Readonly<Record<number, FaultCode>> = {
  3: "answered-moved",
  4: "answered-bad-request",
  5: "answered-server-failed",
  6: "recipient-unavailable",
};

const detailMost = 100;

/**
 * The fault a final SIP answer is (RFC 7247 §6.2): of 300 and above; anything else counts as a server's trouble. `detail` is
 * read by the person whose request failed: a reason phrase, no addresses.
 */
export function faultOfStatus(status: number, detail = ""): Fault {
  const code = codes[status] ?? classes[Math.floor(status / 100)] ?? "answered-server-failed";
  const words = detail
    .slice(0, detailMost)
    .replace(/\p{Cc}+/gu, " ")
    .toWellFormed()
    .trim();
  return fault(code, words === "" ? String(status) : `${status} ${words}`);
}

/** Reasons of a Microsoft server why a request went no further, that say more than its status (sip-wire 4.3). */
const reasons: Readonly<Record<number, FaultCode>> = {
  1001: "answered-forbidden",
  1002: "answered-forbidden",
  1012: "answered-forbidden",
  1005: "remote-server-not-found",
  1008: "remote-server-not-found",
  1009: "remote-server-not-found",
  1010: "remote-server-not-found",
  1014: "remote-server-not-found",
};

/** What a Microsoft server warns of when a text was stopped by its filter (sip-wire 3.5, 4.3). */
const contentBlocked = 309;

/**
 * The same with what the refusing server says beside its status, if it does: it is told to who asked. `warning`: the code of its
 * Warning (RFC 3261 §20.43).
 */
export function faultOfRefusal(
  status: number,
  says?: { readonly id: number; readonly reason: string } | undefined,
  warning?: number,
): Fault {
  if (status === 606 && warning === contentBlocked) return fault("answered-content-blocked", "606");
  if (says === undefined) return faultOfStatus(status);
  const { code, detail } = faultOfStatus(status, `their server says ${says.id} ${says.reason}`);
  return fault(status === 504 ? (reasons[says.id] ?? code) : code, detail);
}

/** The fault a status of MSRP is (RFC 4975 §10): most mean what they mean in SIP. */
export function faultOfMsrp(status: number): Fault {
  if (status === 423) return fault("answered-too-large", "423");
  if (status === 506) return fault("answered-pending", "506");
  return faultOfStatus(status);
}

/** What a message over MSRP is refused with (RFC 4975 §10), which knows a few statuses only. */
export function statusOfMsrp(failure: Fault): number {
  const status = statusOf(failure, false, "federation");
  return [400, 408, 413, 415].includes(status) ? status : 403;
}
