import type { Fault } from "../base/fault.ts";
import { acceptEncoding } from "../sip/content-encoding.ts";
import { statusOf } from "../translate/errors.ts";
import type { Receipt } from "./ack-window.ts";
import { type DelayLine, Waiter } from "./delay-line.ts";
import type { SipRequest } from "./sip-request.ts";

/** RFC 3261 §21.4.13: what would be taken instead. */
const acceptLine =
  "Accept: text/plain, text/html, message/cpim, message/imdn+xml, application/im-iscomposing+xml, multipart/alternative, multipart/related, multipart/mixed\r\n" +
  `Accept-Encoding: ${acceptEncoding}\r\n`;

/** The answer that the sender of a MESSAGE waits for. */
export class SipReceipt extends Waiter implements Receipt {
  /** Where it waits, once it does. */
  waiting: DelayLine<SipReceipt> | undefined;
  readonly #request: SipRequest;

  constructor(request: SipRequest) {
    super();
    this.#request = request;
  }

  get open(): boolean {
    return !this.#request.answered;
  }

  settle(how: "delivered" | "kept" = "delivered"): void {
    this.waiting?.remove(this);
    // RFC 3428 §7: 202 where it is stored for later.
    this.#request.respond(how === "kept" ? 202 : 200);
  }

  readonly refuse = (why: Fault): boolean => {
    if (this.#request.answered) return false;
    this.waiting?.remove(this);
    // Whoever signed in here may know who else has an account; SUBSCRIBE tells them too.
    const status = why.code === "service-unavailable" ? 404 : statusOf(why, false);
    this.#request.respond(status, why.code === "sip-media-type" ? { headers: acceptLine } : {});
    return true;
  };
}
