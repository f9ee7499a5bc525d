import type { Fault } from "../base/fault.ts";
import type { SipContent } from "../sip/content.ts";
import { advanced, type Dialog, keyOf, partsIn, receivedIn } from "../sip/dialog.ts";
import type { SipMessage } from "../sip/message.ts";
import { requestBytes } from "../sip/request.ts";
import type { Asker } from "./sip-client-transaction.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Site } from "./site.ts";

/** What the dialog of a conversation needs of the node. */
export type SessionDialogDoors = {
  readonly site: Site;
  readonly transactions: SipTransactions;
  /** A turn to send something to the partner (`SipPartners.way`). */
  readonly way: (known: Flow | undefined, then: (flow: Flow) => void, failed: (why: Fault) => void) => void;
  /** Our Contact on a flow. */
  readonly contact: (flow: Flow) => string;
};

/** The dialog of a conversation while there is one, whoever made it, over whatever connection leads there (sip-wire 1.2). */
export class SessionDialog {
  readonly #doors: SessionDialogDoors;
  /** It has another key from now on; undefined: it has none. */
  readonly #keyed: (before: string | undefined, now: string | undefined) => void;
  #dialog: Dialog | undefined;
  /** The way of the moment. */
  flow: Flow | undefined;

  constructor(doors: SessionDialogDoors, keyed: (before: string | undefined, now: string | undefined) => void) {
    this.#doors = doors;
    this.#keyed = keyed;
  }

  get open(): boolean {
    return this.#dialog !== undefined;
  }

  is(dialog: Dialog): boolean {
    return this.#dialog !== undefined && keyOf(this.#dialog) === keyOf(dialog);
  }

  adopt(dialog: Dialog, flow: Flow): void {
    const before = this.#dialog === undefined ? undefined : keyOf(this.#dialog);
    this.#dialog = dialog;
    this.flow = flow;
    this.#keyed(before, keyOf(dialog));
  }

  forget(): void {
    if (this.#dialog !== undefined) this.#keyed(keyOf(this.#dialog), undefined);
    this.#dialog = undefined;
  }

  /** A request in it; false when it is out of order and has been answered. */
  received(request: SipRequest): boolean {
    if (this.#dialog === undefined) return false;
    const dialog = receivedIn(this.#dialog, request.message, this.#doors.site.settings.limits);
    if (!dialog.ok) {
      request.respond(500);
      return false;
    }
    this.#dialog = dialog.value;
    this.flow = request.flow;
    return true;
  }

  /** A request of ours in it; 503 where no connection leads there. */
  ask(method: string, content: SipContent | undefined, asker: Asker): void {
    if (this.#dialog === undefined) return;
    this.#dialog = advanced(this.#dialog);
    const dialog = this.#dialog;
    const send = (flow: Flow) => {
      this.flow = flow;
      this.#doors.transactions.ask(
        flow,
        method,
        (via) =>
          requestBytes({
            ...partsIn(dialog, method, via),
            contact: this.#doors.contact(flow),
            ...(content === undefined
              ? {}
              : { contentType: content.contentType, body: content.body, headers: content.headers }),
          }),
        asker,
      );
    };
    this.#doors.way(this.flow, send, () => asker.answered(503, undefined));
  }

  /** The ACK of a 2xx to our INVITE, whatever dialog it made. */
  acknowledge(dialog: Dialog, flow: Flow, cseq: number): void {
    const via = `${flow.viaHead}z9hG4bK${this.#doors.transactions.token()}${flow.viaTail}`;
    flow.send(requestBytes(partsIn(dialog, "ACK", via, cseq)));
  }

  /** Ends a dialog that is not kept. */
  bye(dialog: Dialog, flow: Flow): void {
    const next = advanced(dialog);
    this.#doors.transactions.ask(flow, "BYE", (via) => requestBytes(partsIn(next, "BYE", via)), { answered() {} });
  }
}

/** The Record-Route of a request, as its answer repeats it (RFC 3261 §12.1.1). */
export function recordRoutes(message: SipMessage): string {
  let lines = "";
  for (const value of message.headers("record-route")) lines += `Record-Route: ${value}\r\n`;
  return lines;
}
