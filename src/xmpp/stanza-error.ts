import { type Fault, rowOf, wordsFor } from "../base/fault.ts";
import type { StanzaCondition } from "../base/faults/row.ts";
import { type Element, elements, textOf } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import { ns } from "./ns.ts";
import { type Envelope, stanzaText } from "./stanza.ts";

/**
 * Whether a stanza may be answered with an error at all: never an error or a result (RFC 6120 §8.3.1), of presence only
 * what a person did on purpose and waits for (being available, and subscription requests), not probes or goodbyes.
 */
export function answersAllowed(name: string, type: string | undefined): boolean {
  switch (name) {
    case "message":
      return type !== "error";
    case "iq":
      return type !== "result" && type !== "error"; // §8.2.3: a type nobody knows is a bad-request
    case "presence":
      return type === undefined || type.startsWith("subscribe") || type.startsWith("unsubscribe");
    default:
      return false;
  }
}

/**
 * The error stanza that answers `offender` (RFC 6120 §8.3): addresses swapped, the same id, the fault's condition and the
 * user's words. The original's content is not sent back. Undefined when it must not be answered.
 */
export function stanzaError(failure: Fault, offender: Envelope): string | undefined {
  if (!answersAllowed(offender.name, offender.type)) return undefined;
  const { name, to: from, from: to, id } = offender;
  return stanzaText({ name, from, to, type: "error", id }, errorText(failure));
}

/** The <error/> element alone, in the stream's namespace (RFC 6120 §8.3.2). */
export function errorText(failure: Fault): string {
  const row = rowOf(failure.code);
  const [condition, type] = row.stanza ?? (["undefined-condition", "cancel"] as const);
  const specific = row.specific === undefined ? "" : `<${row.specific[0]} xmlns='${row.specific[1]}'/>`;
  return (
    `<error type='${type}'><${condition} xmlns='${ns.stanzas}'/>` +
    `<text xmlns='${ns.stanzas}' xml:lang='en'>${escapeXml(wordsFor(failure))}</text>${specific}</error>`
  );
}

/** What an error stanza says. */
export type StanzaError = {
  readonly condition: StanzaCondition;
  readonly type: "auth" | "cancel" | "continue" | "modify" | "wait";
  /** The sender's words, empty when there are none. */
  readonly text: string;
};

/**
 * Reads the error out of a stanza of type error. Whatever is missing or unknown becomes "undefined-condition" and
 * "cancel", for the stanza is an error all the same (RFC 6120 §8.3.2); old partners' codes are read by XEP-0086.
 */
export function readStanzaError(stanza: Element): StanzaError {
  const error = elements(stanza).find((each) => each.name === "error" && each.ns === stanza.ns);
  const inside = error === undefined ? [] : elements(error).filter((each) => each.ns === ns.stanzas);
  const named = inside.find((each) => each.name !== "text")?.name;
  const condition = isCondition(named) ? named : (legacyCodes[error?.attrs.code ?? ""] ?? "undefined-condition");
  const type = error?.attrs.type;
  const words = textOf(inside.find((each) => each.name === "text")) || textOf(error).trim();
  return { condition, type: isErrorType(type) ? type : "cancel", text: words };
}

const conditions = new Set<string>([
  "bad-request",
  "conflict",
  "feature-not-implemented",
  "forbidden",
  "gone",
  "internal-server-error",
  "item-not-found",
  "jid-malformed",
  "not-acceptable",
  "not-allowed",
  "not-authorized",
  "policy-violation",
  "recipient-unavailable",
  "redirect",
  "registration-required",
  "remote-server-not-found",
  "remote-server-timeout",
  "resource-constraint",
  "service-unavailable",
  "subscription-required",
  "undefined-condition",
  "unexpected-request",
] satisfies StanzaCondition[]);

/** XEP-0086: what partners of before 2004 put into code='…'. */
const legacyCodes: Readonly<Record<string, StanzaCondition>> = {
  "302": "redirect",
  "400": "bad-request",
  "401": "not-authorized",
  "403": "forbidden",
  "404": "item-not-found",
  "405": "not-allowed",
  "406": "not-acceptable",
  "407": "registration-required",
  "409": "conflict",
  "500": "internal-server-error",
  "501": "feature-not-implemented",
  "503": "service-unavailable",
  "504": "remote-server-timeout",
};

function isCondition(name: string | undefined): name is StanzaCondition {
  return name !== undefined && conditions.has(name);
}

function isErrorType(type: string | undefined): type is StanzaError["type"] {
  return type === "auth" || type === "cancel" || type === "continue" || type === "modify" || type === "wait";
}
