import type { Clock } from "../base/clock.ts";
import type { Wheel } from "../base/wheel.ts";
import type { SipMessage } from "../sip/message.ts";
import * as tx from "../sip/non-invite-client-tx.ts";
import { type Link, reliableLink, unreliableLink } from "../sip/timers.ts";
import { type DelayLine, Waiter } from "./delay-line.ts";
import type { Keyed } from "./keyed-table.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipTally } from "./sip-tally.ts";
import { SipTimers } from "./sip-timers.ts";

/** Who waits for an answer to a request of ours: told once, of a final response or of why there is none. */
export interface Asker {
  /**
   * `answer` is undefined when none came; then `status` is 408 (nobody answered; `silent`: not even provisionally) or 503 (it
   * could not be sent).
   */
  answered(status: number, answer: SipMessage | undefined, silent?: boolean): void;
}

/** What a client transaction needs of the table it is in. */
export interface ClientTransactionOwner {
  readonly wheel: Wheel;
  readonly clock: Clock;
  readonly tally: SipTally;
  /** Requests whose first timer runs; see `unansweredMs`. */
  readonly unansweredOverUdp: DelayLine<ClientTransaction>;
  readonly unansweredOverStream: DelayLine<ClientTransaction>;
  /** Counts up with each request of ours. */
  nextNumber(): number;
  over(transaction: Pending): void;
}

/** A request of ours whose answers are awaited; its key is the token that its branch ends with (RFC 3261 §17.1.3). */
export interface Pending extends Keyed<Pending> {
  readonly method: string;
  readonly flow: Flow;
  /** In the order they were asked in. */
  readonly number: number;
  /** Its final answer has not come: it counts among those its flow waits for. */
  readonly waits: boolean;
  response(message: SipMessage): void;
  /** The connection is gone: the answer will not come (RFC 3261 §8.1.3.1). */
  lost(): void;
}

/** How a transaction begins on a link: its first timer, and those that run on when that one has rung. */
type Opening = { readonly state: tx.State; readonly first: Start; readonly later: readonly Start[] };

type Start = Extract<tx.Effect, { kind: "start" }>;

function openingOn(link: Link): Opening {
  const { next, effects } = tx.begin(link);
  const [first, ...later] = effects.filter((effect) => effect.kind === "start").sort((a, b) => a.ms - b.ms);
  if (first === undefined) throw new Error("a request without a timer would be waited for without end");
  return { state: next, first, later };
}

const overStream = openingOn(reliableLink);
const overUdp = openingOn(unreliableLink);

/** For how long a request waits in its line before its first timer rings, in milliseconds. */
export const unansweredMs = { overStream: overStream.first.ms, overUdp: overUdp.first.ms } as const;

/**
 * A request of ours that waits for its final answer, other than INVITE (RFC 3261 §17.1.2). Nearly all are answered before
 * the first of their timers rings, so at first they wait in one line with all others, and have timers of their own later.
 */
export class ClientTransaction extends Waiter implements Pending {
  readonly waits = true;
  readonly key: string;
  readonly kind = "";
  hash = 0;
  chained: Pending | undefined = undefined;
  readonly method: string;
  readonly flow: Flow;
  readonly number: number;
  readonly #owner: ClientTransactionOwner;
  readonly #bytes: Buffer;
  readonly #asker: Asker;
  #timers: SipTimers<tx.Timer> | undefined = undefined;
  #state: tx.State;

  constructor(owner: ClientTransactionOwner, key: string, flow: Flow, method: string, bytes: Buffer, asker: Asker) {
    super();
    this.#owner = owner;
    this.key = key;
    this.flow = flow;
    this.number = owner.nextNumber();
    this.method = method;
    this.#bytes = bytes;
    this.#asker = asker;
    this.#state = flow.reliable ? overStream.state : overUdp.state;
  }

  /** Sends it for the first time. */
  begin(): void {
    this.#owner.tally.underWay++;
    // In line before it is sent: in a simulated world an answer may come at once.
    this.#line.add(this);
    this.flow.send(this.#bytes);
  }

  response(message: SipMessage): void {
    this.#feed({ kind: "response", status: message.status }, message);
  }

  /** The connection is gone: the answer will not come (RFC 3261 §8.1.3.1). */
  lost(): void {
    this.#feed({ kind: "transport-failed" }, undefined);
  }

  /** It has waited in its line for as long as its first timer runs. */
  late(): void {
    const { first, later } = this.flow.reliable ? overStream : overUdp;
    for (const { timer, ms } of later) this.#start(timer, ms - first.ms);
    this.#rang(first.timer);
  }

  get #line(): DelayLine<ClientTransaction> {
    return this.flow.reliable ? this.#owner.unansweredOverStream : this.#owner.unansweredOverUdp;
  }

  #start(timer: tx.Timer, ms: number): void {
    this.#timers ??= new SipTimers(this.#owner.wheel, this.#owner.clock, (name) => this.#rang(name));
    this.#timers.set(timer, ms);
  }

  #rang(timer: tx.Timer): void {
    if (timer === "E") this.#owner.tally.retransmissions++;
    this.#feed({ kind: "timer", timer }, undefined);
  }

  #feed(event: tx.Event, response: SipMessage | undefined): void {
    if (isOver(this.#state)) return;
    const silent = this.#state.at === "trying";
    const taken = tx.on(this.#state, event, this.flow.reliable ? reliableLink : unreliableLink);
    this.#state = taken.next;
    const over = isOver(taken.next);
    // Whoever is told may do anything, so it is told when the transaction stands where it belongs.
    let status = -1;
    for (const effect of taken.effects) {
      switch (effect.kind) {
        case "send":
          this.flow.send(this.#bytes);
          break;
        case "start":
          if (!over) this.#start(effect.timer, effect.ms);
          break;
        case "pass-up":
          if (response !== undefined && response.status >= 200) status = response.status;
          break;
        case "fail":
          status = effect.why === "timeout" ? 408 : 503;
          break;
      }
    }
    if (over) {
      this.#line.remove(this);
      this.#timers?.clearAll();
      this.#owner.tally.underWay--;
      this.#owner.over(this);
    }
    if (status === -1) return;
    this.#owner.tally.answered("out", this.method, response === undefined ? 0 : status);
    this.#asker.answered(status, response, silent && response === undefined);
  }
}

/** Completed only waits out timer K for late copies of the answer; those find no transaction and are dropped all the same. */
function isOver({ at }: tx.State): boolean {
  return at === "completed" || at === "terminated";
}
