import type { Fault } from "../base/fault.ts";
import { Alarm } from "../base/wheel.ts";
import type { SipContent } from "../sip/content.ts";
import { advanced, type Dialog, keyOf, partsIn, receivedIn } from "../sip/dialog.ts";
import type { SipMessage } from "../sip/message.ts";
import { requestBytes } from "../sip/request.ts";
import { RequestOrder } from "../sip/request-order.ts";
import type { MsrpMedia } from "./msrp-media.ts";
import type { Asker } from "./sip-client-transaction.ts";
import type { Flow } from "./sip-flow.ts";
import type { Rider } from "./sip-partners.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Send } from "./sip-trying.ts";
import type { Site } from "./site.ts";

/** How long a request that was overtaken by others over the partner's other connections is waited for. */
const overtakenMs = 250;

/** How long their ACK of our 200 is waited for (RFC 3261 §13.3.1.4: 64*T1). */
const ackMs = 32_000;

/** A request of theirs, and what is done when its turn has come. */
type Held = { readonly request: SipRequest; readonly then: () => void };

/** What the dialog of a conversation needs of the node. */
export type SessionDialogDoors = {
  readonly site: Site;
  readonly transactions: SipTransactions;
  /** A turn to send something to the partner (`SipPartners.way`). */
  readonly way: (by: Rider | undefined, send: Send, failed: (why: Fault) => void) => void;
  /** Our Contact on a flow. */
  readonly contact: (flow: Flow) => string;
};

/** One session of a conversation: its dialog, whoever made it, over whatever connection leads there (sip-wire 1.2). */
export class SessionDialog implements Rider {
  readonly #doors: SessionDialogDoors;
  /** It has another key from now on; undefined: it has none. */
  readonly #keyed: (before: string | undefined, now: string | undefined) => void;
  #dialog: Dialog | undefined;
  #order = new RequestOrder<Held>(undefined);
  readonly #overtaken = new Alarm(() => this.#take(this.#order.giveUp()));
  /** How texts travel; undefined: as MESSAGEs in the dialog. */
  media: MsrpMedia | undefined;
  /** The way of the moment. */
  flow: Flow | undefined;
  /** Requests of ours without their answers. */
  #underWay = 0;
  /** They have said something in it, so that our 200 to their INVITE, or our ACK, is there: nothing overtakes that. */
  #settled = false;
  #unconfirmed: Alarm | undefined;

  constructor(doors: SessionDialogDoors, keyed: (before: string | undefined, now: string | undefined) => void) {
    this.#doors = doors;
    this.#keyed = keyed;
  }

  get bound(): boolean {
    return this.#underWay > 0 || !this.#settled;
  }

  get key(): string | undefined {
    return this.#dialog === undefined ? undefined : keyOf(this.#dialog);
  }

  get callId(): string {
    return this.#dialog?.callId ?? "";
  }

  is(dialog: Dialog): boolean {
    return this.#dialog !== undefined && keyOf(this.#dialog) === keyOf(dialog);
  }

  adopt(dialog: Dialog, flow: Flow): void {
    const before = this.#dialog === undefined ? undefined : keyOf(this.#dialog);
    this.#dialog = dialog;
    this.flow = flow;
    this.#settled = false;
    this.#order = new RequestOrder(dialog.remoteSeq < 0 ? undefined : dialog.remoteSeq);
    this.#keyed(before, keyOf(dialog));
  }

  /** It is over. What is held for it is refused: its sender opens another (R18). */
  forget(): void {
    this.#confirm();
    if (this.#dialog !== undefined) this.#keyed(keyOf(this.#dialog), undefined);
    this.#dialog = undefined;
    this.#take(this.#order.giveUp());
    this.media?.end();
  }

  /** We end it. What is held was said before. */
  end(): void {
    this.#take(this.#order.giveUp());
    this.ask("BYE", undefined, { answered() {} });
    this.forget();
  }

  /** sip-wire 3.7: who has accepted it waits for their ACK; `late`: there was none. Over streams the 200 is not said again. */
  awaitsAck(late: () => void): void {
    this.#unconfirmed = new Alarm(late);
    this.#doors.site.wheel.set(this.#unconfirmed, ackMs);
  }

  /** Their ACK has come, or something else in it. */
  acknowledged(): void {
    this.#settled = true;
    this.#confirm();
  }

  #confirm(): void {
    if (this.#unconfirmed !== undefined) this.#doors.site.wheel.clear(this.#unconfirmed);
    this.#unconfirmed = undefined;
  }

  /** A request in it: `then` is done when its turn has come. One whose number was there before is answered 500. */
  received(request: SipRequest, then: () => void): void {
    const taken = this.#order.came(request.message.cseq?.number ?? 0, { request, then });
    if (taken === undefined) request.respond(500);
    else this.#take(taken);
  }

  #take(taken: readonly Held[]): void {
    const { wheel } = this.#doors.site;
    for (const { request, then } of taken) if (this.#takes(request)) then();
    if (!this.#order.holds) wheel.clear(this.#overtaken);
    else if (!this.#overtaken.isSet) wheel.set(this.#overtaken, overtakenMs);
  }

  /** False when it has been answered. One that was overtaken says nothing new of where they are. */
  #takes(request: SipRequest): boolean {
    if (this.#dialog === undefined) {
      request.respond(481);
      return false;
    }
    if ((request.message.cseq?.number ?? 0) > this.#dialog.remoteSeq) {
      const dialog = receivedIn(this.#dialog, request.message, this.#doors.site.settings.limits);
      if (!dialog.ok) {
        request.respond(500);
        return false;
      }
      this.#dialog = dialog.value;
    }
    this.acknowledged();
    // What of ours is under way is not overtaken by what follows over theirs.
    if (!this.bound) this.flow = request.flow;
    return true;
  }

  /**
   * A request of ours in it. `once`: it is not worth another server, for it says how things are just now. `unsent`: no connection
   * leads there.
   */
  ask(
    method: string,
    content: SipContent | undefined,
    asker: Asker,
    once = false,
    unsent?: (why: Fault) => void,
  ): void {
    if (this.#dialog === undefined) return;
    this.#dialog = advanced(this.#dialog);
    const dialog = this.#dialog;
    let isUnderWay = false;
    const told: Asker = {
      answered: (status, answer, silent) => {
        this.#underWay--;
        if (answer !== undefined) this.acknowledged();
        asker.answered(status, answer, silent);
      },
    };
    const send: Send = (flow, trying) => {
      if (!isUnderWay) this.#underWay++;
      isUnderWay = true;
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
        once ? told : trying.asker(told),
      );
    };
    this.#doors.way(this, send, unsent ?? (() => asker.answered(503, undefined)));
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
