import { type Fault, fault } from "../base/fault.ts";
import { resourcepart } from "../base/precis.ts";
import { no, ok, type Result } from "../base/result.ts";
import { child, type Element, el, textOf } from "../xml/element.ts";
import type { Jid } from "./jid.ts";
import { ns } from "./ns.ts";
import { resultText, stanzaText } from "./stanza.ts";
import { errorText } from "./stanza-error.ts";

/** A client's wish for a resource (RFC 6120 §7). */
export type BindRequest = {
  readonly id: string;
  /** Undefined: the server shall make one up (RFC 6120 §7.6). */
  readonly resource: string | undefined;
};

export function isBind(element: Element): boolean {
  return element.name === "iq" && element.ns === ns.client && child(element, "bind", ns.bind) !== undefined;
}

/** Reads a request to bind. Fails with bad-request (RFC 6120 §7.7.2.1). */
export function readBind(iq: Element): Result<BindRequest> {
  const { type, id = "" } = iq.attrs;
  if (type !== "set" || id === "") return no(fault("bad-request", "a request to bind is an iq of type set with an id"));
  const wanted = textOf(child(child(iq, "bind", ns.bind) ?? iq, "resource", ns.bind));
  if (wanted === "") return ok({ id, resource: undefined });
  const resource = resourcepart(wanted);
  return resource.ok ? ok({ id, resource: resource.value }) : no(fault("bad-request", resource.fault.detail));
}

/** RFC 6120 §7.6.1: the address the client now has. */
export function boundText(id: string, jid: Jid): string {
  return resultText({ name: "iq", id }, el("bind", ns.bind, {}, el("jid", ns.bind, {}, jid.full)));
}

/** An error for an iq that a stream answers itself, before there are addresses. */
export function iqErrorText(id: string | undefined, failure: Fault): string {
  return stanzaText({ name: "iq", type: "error", id }, errorText(failure));
}
