import type { Clock } from "../base/clock.ts";
import type { Wheel } from "../base/wheel.ts";
import type { SipMessage } from "../sip/message.ts";
import * as tx from "../sip/non-invite-client-tx.ts";
import { type Link, reliableLink, unreliableLink } from "../sip/timers.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipTally } from "./sip-tally.ts";
import { SipTimers } from "./sip-timers.ts";

/** Who waits for an answer to a request of ours: told once, of a final response or of why there is none. */
export interface Asker {
  /** `answer` is undefined when none came; then `status` is 408 (nobody answered) or 503 (it could not be sent). */
  answered(status: number, answer: SipMessage | undefined): void;
}

/** What a client transaction needs of the table it is in. */
export interface ClientTransactionOwner {
  readonly wheel: Wheel;
  readonly clock: Clock;
  readonly tally: SipTally;
  over(transaction: Pending): void;
}

/** A request of ours whose answers are awaited. */
export interface Pending {
  readonly key: string;
  readonly flow: Flow;
  response(message: SipMessage): void;
  /** The connection is gone: the answer will not come (RFC 3261 §8.1.3.1). */
  lost(): void;
}

/** A request of ours that waits for its final answer, other than INVITE (RFC 3261 §17.1.2). */
export class ClientTransaction implements Pending {
  readonly key: string;
  readonly flow: Flow;
  readonly #owner: ClientTransactionOwner;
  readonly #method: string;
  readonly #bytes: Buffer;
  readonly #asker: Asker;
  readonly #link: Link;
  readonly #timers: SipTimers<tx.Timer>;
  #state: tx.State = { at: "terminated" };

  constructor(owner: ClientTransactionOwner, key: string, flow: Flow, method: string, bytes: Buffer, asker: Asker) {
    this.#owner = owner;
    this.key = key;
    this.flow = flow;
    this.#method = method;
    this.#bytes = bytes;
    this.#asker = asker;
    this.#link = flow.reliable ? reliableLink : unreliableLink;
    this.#timers = new SipTimers(owner.wheel, owner.clock, (timer) => this.#rang(timer));
  }

  /** Sends it for the first time. */
  begin(): void {
    this.#owner.tally.underWay++;
    const begun = tx.begin(this.#link);
    this.#state = begun.next;
    this.#carryOut(begun.effects, undefined);
  }

  response(message: SipMessage): void {
    const taken = tx.on(this.#state, { kind: "response", status: message.status }, this.#link);
    this.#state = taken.next;
    this.#carryOut(taken.effects, message);
  }

  /** The connection is gone: the answer will not come (RFC 3261 §8.1.3.1). */
  lost(): void {
    const taken = tx.on(this.#state, { kind: "transport-failed" }, this.#link);
    this.#state = taken.next;
    this.#carryOut(taken.effects, undefined);
  }

  #rang(timer: tx.Timer): void {
    if (timer === "E") this.#owner.tally.retransmissions++;
    const taken = tx.on(this.#state, { kind: "timer", timer }, this.#link);
    this.#state = taken.next;
    this.#carryOut(taken.effects, undefined);
  }

  #carryOut(effects: readonly tx.Effect[], response: SipMessage | undefined): void {
    // Whoever is told may do anything, so it is told when the transaction stands where it belongs.
    let status = -1;
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          this.flow.send(this.#bytes);
          break;
        case "start":
          this.#timers.set(effect.timer, effect.ms);
          break;
        case "pass-up":
          if (response !== undefined && response.status >= 200) status = response.status;
          break;
        case "fail":
          status = effect.why === "timeout" ? 408 : 503;
          break;
      }
    }
    const { at } = this.#state;
    // Completed only waits out timer K for late copies of the answer; those find no transaction and are dropped all the same.
    if (at === "completed" || at === "terminated") {
      this.#timers.clearAll();
      this.#owner.tally.underWay--;
      this.#owner.over(this);
    }
    if (status === -1) return;
    this.#owner.tally.answered("out", this.#method, response === undefined ? 0 : status);
    this.#asker.answered(status, response);
  }
}
