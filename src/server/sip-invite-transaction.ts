import { ackParts, cancelParts } from "../sip/cancel.ts";
import * as tx from "../sip/invite-client-tx.ts";
import type { SipMessage } from "../sip/message.ts";
import { type RequestParts, requestBytes } from "../sip/request.ts";
import { type Link, reliableLink, unreliableLink } from "../sip/timers.ts";
import type { ClientTransactionOwner, Pending } from "./sip-client-transaction.ts";
import type { Flow } from "./sip-flow.ts";
import { SipTimers } from "./sip-timers.ts";

/** Who waits for the answers to an INVITE of ours. */
export interface Inviter {
  /**
   * A final answer, or none (`answer` undefined; `status` 408 or 503; `silent`: not even a provisional one came). Each copy of
   * a 2xx and each fork comes here too.
   */
  invited(status: number, answer: SipMessage | undefined, silent?: boolean): void;
}

/** An INVITE of ours that waits for its final answer (RFC 3261 §17.1.1, RFC 6026). The ACK of a 2xx is the inviter's. */
export class InviteTransaction implements Pending {
  readonly key: string;
  readonly kind = "";
  hash = 0;
  chained: Pending | undefined = undefined;
  readonly method = "INVITE";
  waits = true;
  readonly flow: Flow;
  readonly number: number;
  readonly #owner: ClientTransactionOwner;
  readonly #parts: RequestParts;
  readonly #bytes: Buffer;
  readonly #inviter: Inviter;
  readonly #link: Link;
  readonly #timers: SipTimers<tx.Timer>;
  #state: tx.State = { at: "terminated" };

  constructor(owner: ClientTransactionOwner, key: string, flow: Flow, parts: RequestParts, inviter: Inviter) {
    this.#owner = owner;
    this.key = key;
    this.flow = flow;
    this.number = owner.nextNumber();
    this.#parts = parts;
    this.#bytes = requestBytes(parts);
    this.#inviter = inviter;
    this.#link = flow.reliable ? reliableLink : unreliableLink;
    this.#timers = new SipTimers(owner.wheel, owner.clock, (timer) => this.#feed({ kind: "timer", timer }));
  }

  /** Sends it for the first time. */
  begin(): void {
    this.#owner.tally.underWay++;
    const begun = tx.begin(this.#link);
    this.#state = begun.next;
    this.#carryOut(begun.effects, undefined, true);
  }

  response(message: SipMessage): void {
    this.#feed({ kind: "response", status: message.status }, message);
  }

  /** It is not wanted any more (RFC 3261 §9.1). */
  cancel(): void {
    this.#feed({ kind: "cancel" });
  }

  lost(): void {
    this.#feed({ kind: "transport-failed" });
  }

  #feed(event: tx.Event, message?: SipMessage): void {
    if (this.#state.at === "terminated") return;
    const silent = this.#state.at === "calling";
    const taken = tx.on(this.#state, event, this.#link);
    this.#state = taken.next;
    this.#carryOut(taken.effects, message, silent);
  }

  #carryOut(effects: readonly tx.Effect[], message: SipMessage | undefined, silent: boolean): void {
    let status = -1;
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          this.flow.send(this.#bytes);
          break;
        case "send-ack":
          if (message !== undefined) this.flow.send(requestBytes(ackParts(this.#parts, message)));
          break;
        case "send-cancel":
          this.flow.send(requestBytes(cancelParts(this.#parts)));
          break;
        case "start":
          this.#timers.set(effect.timer, effect.ms);
          break;
        case "pass-up":
          if (message !== undefined && message.status >= 200) status = message.status;
          break;
        case "fail":
          status = effect.why === "timeout" ? 408 : 503;
          break;
        case "send-failed":
          break;
      }
    }
    // What comes after the final answer are copies of it (RFC 6026 §7.2); nobody waits for them.
    if (status !== -1 && this.waits && this.#state.at !== "terminated") {
      this.waits = false;
      this.flow.asked--;
    }
    if (this.#state.at === "terminated") {
      this.#timers.clearAll();
      this.#owner.tally.underWay--;
      this.#owner.over(this);
    }
    if (status === -1) return;
    this.#owner.tally.answered("out", "INVITE", message === undefined ? 0 : status);
    this.#inviter.invited(status, message, silent && message === undefined);
  }
}
