import type { FaultCode } from "../base/fault.ts";
import { type Element, el, elements, textOf } from "../xml/element.ts";
import { write } from "../xml/writer.ts";
import { ns } from "./ns.ts";

/** XEP-0220 §2.5 and RFC 6120 §8.3.3: the conditions of dialback errors, with the error type that goes with each. */
const errorTypes = {
  "item-not-found": "cancel",
  "remote-connection-failed": "cancel",
  "remote-server-not-found": "cancel",
  "remote-server-timeout": "wait",
  "policy-violation": "cancel",
  "not-authorized": "auth",
  forbidden: "auth",
  "not-acceptable": "modify",
  "resource-constraint": "wait",
  "internal-server-error": "cancel",
  "undefined-condition": "cancel",
} as const;

/** Any other condition a peer sends is read as undefined-condition. */
export type DialbackCondition = keyof typeof errorTypes;

/** A verdict on a key, as it travels in `type`. */
export type DialbackOutcome =
  | { readonly type: "valid" | "invalid" }
  | { readonly type: "error"; readonly condition: DialbackCondition };

/**
 * One dialback element as it was read. `from` and `to` are the attributes as they stand, undefined when missing. Without a
 * `type` it is a request and carries a key; with one it is an answer.
 */
export type Dialback = {
  readonly name: "result" | "verify";
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Only `db:verify` has one: the id of the stream the key was sent on. */
  readonly id: string | undefined;
} & ({ readonly key: string } | { readonly outcome: DialbackOutcome });

/**
 * Reads `result` and `verify` of the dialback namespace, whatever prefix they came with (XEP-0220 §2.3). Undefined for
 * every other element and for a `type` nobody defined.
 */
export function readDialback(element: Element): Dialback | undefined {
  const { name } = element;
  if (element.ns !== ns.dialback || (name !== "result" && name !== "verify")) return undefined;
  const { from, to, id, type } = element.attrs;
  const head = { name, from, to, id } as const;
  switch (type) {
    case undefined:
      return { ...head, key: textOf(element).trim() };
    case "valid":
    case "invalid":
      return { ...head, outcome: { type } };
    case "error":
      return { ...head, outcome: { type, condition: conditionOf(element) } };
    default:
      return undefined;
  }
}

/** XEP-0220 §2.5: <error/> in the content namespace, the condition in that of stanza errors; be lenient about the first. */
function conditionOf(element: Element): DialbackCondition {
  const error = elements(element).find((child) => child.name === "error");
  const condition = error && elements(error).find((child) => child.ns === ns.stanzas && child.name !== "text");
  return condition !== undefined && isCondition(condition.name) ? condition.name : "undefined-condition";
}

function isCondition(name: string): name is DialbackCondition {
  return Object.hasOwn(errorTypes, name);
}

const prefixes = { [ns.dialback]: "db" };

/** One dialback element as bytes for the wire. The prefix is always the conventional `db`, which our header declares. */
export function writeDialback(dialback: Dialback): string {
  const { name, from, to, id } = dialback;
  const answer = "outcome" in dialback ? dialback.outcome : undefined;
  const body = "key" in dialback ? dialback.key : answer?.type === "error" ? errorFor(answer.condition) : undefined;
  return write(el(name, ns.dialback, { from, to, id, type: answer?.type }, body), ns.server, prefixes);
}

function errorFor(condition: DialbackCondition): Element {
  return el("error", ns.server, { type: errorTypes[condition] }, el(condition, ns.stanzas));
}

/** What the peer's dialback error means for what waited on the pair (XEP-0220 §2.5). */
export function faultOfCondition(condition: DialbackCondition): FaultCode {
  switch (condition) {
    case "item-not-found":
      return "remote-server-not-found";
    case "policy-violation":
    case "not-authorized":
    case "forbidden":
    case "not-acceptable":
      return "remote-refused-us";
    case "remote-connection-failed":
    case "remote-server-not-found":
    case "remote-server-timeout":
      return "dialback-unreachable";
    default:
      return "remote-server-timeout";
  }
}
