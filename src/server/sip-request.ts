import type { Address } from "../base/address.ts";
import { type Fault, fault, rowOf } from "../base/fault.ts";
import type { SipMessage } from "../sip/message.ts";
import { refusedOptions } from "../sip/option-tags.ts";
import type { ResponseParts } from "../sip/response.ts";
import type { Flow } from "./sip-flow.ts";

/** A request on its way through the services. Exactly one final answer is given to it. */
export interface SipRequest {
  readonly message: SipMessage;
  readonly flow: Flow;
  /** Who proved to have sent it; undefined before the gate, and for what needs no proof. */
  person: Address | undefined;
  /** Header lines for its refusal, whoever refuses it: what the sender's kind of server looks for there (R20). */
  refusalLines: ((status: number) => string) | undefined;
  /** It has its final answer. */
  readonly answered: boolean;
  /**
   * Remembers it, so that repetitions are told the same (RFC 3261 §17.2). Whoever answers later, or does more than answer,
   * calls it first; without it an answer is given and forgotten (§8.2.7). False: there is no room, and it has been answered.
   */
  hold(): boolean;
  /** The tag of our answers in To. */
  readonly tag: string;
  respond(status: number, parts?: ResponseParts): void;
}

/** Answers with what the fault table says. */
export function refuse(request: SipRequest, why: Fault, headers?: string): void {
  request.respond(rowOf(why.code).sip ?? 500, headers === undefined ? {} : { headers });
}

/** Answers 420 to what asks for more than is known here (RFC 3261 §8.2.2.3); false when it does not. */
export function refusedForOptions(request: SipRequest): boolean {
  // CANCEL and ACK are never refused for it
  const unknown = request.message.method === "CANCEL" ? undefined : refusedOptions(request.message);
  if (unknown === undefined) return false;
  refuse(request, fault("sip-extension", unknown), `Unsupported: ${unknown}\r\n`);
  return true;
}
