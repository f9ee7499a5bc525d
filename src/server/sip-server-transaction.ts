import type { Address } from "../base/address.ts";
import type { Clock } from "../base/clock.ts";
import type { Wheel } from "../base/wheel.ts";
import * as inviteTx from "../sip/invite-server-tx.ts";
import type { SipMessage } from "../sip/message.ts";
import * as plainTx from "../sip/non-invite-server-tx.ts";
import { type ResponseParts, responseBytes } from "../sip/response.ts";
import { type Link, reliableLink, unreliableLink } from "../sip/timers.ts";
import { mergeKey, type RequestKey, serverKey } from "../sip/transaction-key.ts";
import { type DelayLine, Waiter } from "./delay-line.ts";
import type { Keyed } from "./keyed-table.ts";
import type { SentAnswer } from "./sip-answers.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTally } from "./sip-tally.ts";
import { SipTimers } from "./sip-timers.ts";

/** What a server transaction needs of the table it is in. */
export interface ServerTransactionOwner {
  readonly wheel: Wheel;
  readonly clock: Clock;
  readonly tally: SipTally;
  readonly tag: string;
  /** Requests that may need a 100 before long (RFC 4320 §4.1). */
  readonly slow: DelayLine<ServerTransaction>;
  readonly unprovedAnswerPercentMax: number;
  /** Whether there is room for one more where repetitions of its request find it. */
  hasRoomFor(transaction: ServerTransaction): boolean;
  /** Puts it there. */
  keep(transaction: ServerTransaction): void;
  over(transaction: ServerTransaction): void;
  /** It is over, and repetitions of its request are to be met with this. */
  answered(transaction: ServerTransaction, answer: SentAnswer): void;
}

/** A request that is not answered yet, by what copies of it that come another way share. */
export class Ongoing implements Keyed<Ongoing> {
  readonly key: string;
  readonly kind: string;
  hash = 0;
  chained: Ongoing | undefined = undefined;

  constructor({ key, kind }: RequestKey) {
    this.key = key;
    this.kind = kind;
  }
}

const silence = Buffer.alloc(0);
const noParts: ResponseParts = {};
/** The same on every link. */
const plainBegun = plainTx.begin(reliableLink).next;

/**
 * A request that came, with its answer. Held (`hold`), it is a transaction of RFC 3261 §17.2 and meets repetitions with what
 * was answered; not held, it is answered and forgotten (§8.2.7). Most are answered while they arrive, before any repetition
 * can: those never enter the table, and over UDP leave only their answer behind.
 */
export class ServerTransaction extends Waiter implements SipRequest, Keyed<ServerTransaction> {
  readonly message: SipMessage;
  readonly flow: Flow;
  hash = 0;
  chained: ServerTransaction | undefined = undefined;
  /** @internal where the table of those under way has it */
  ongoing: Ongoing | undefined = undefined;
  person: Address | undefined;
  refusalLines: ((status: number) => string) | undefined;
  /** Called when it ended without an answer by us: the connection is gone, or we took too long. */
  failed: (() => void) | undefined;
  readonly #owner: ServerTransactionOwner;
  #known: RequestKey | undefined;
  #shared: RequestKey | undefined | null = null;
  /** Its services are being asked right now: nothing else can come in between. */
  #arriving = true;
  #held = false;
  /** It is in the table. */
  #kept = false;
  #answered = false;
  #last: Buffer | undefined = undefined;
  /** The status of the last answer where that says all of it, else 0. */
  #plainStatus = 0;
  #plain: plainTx.State | undefined = undefined;
  #invite: inviteTx.State | undefined = undefined;
  #timers: SipTimers<plainTx.Timer | inviteTx.Timer> | undefined = undefined;

  /** `known`: its `serverKey`, where that is known already. */
  constructor(owner: ServerTransactionOwner, message: SipMessage, flow: Flow, known: RequestKey | undefined) {
    super();
    this.#owner = owner;
    this.message = message;
    this.flow = flow;
    this.#known = known;
  }

  get key(): string {
    return this.#requestKey.key;
  }

  get kind(): string {
    return this.#requestKey.kind;
  }

  get #requestKey(): RequestKey {
    this.#known ??= serverKey(this.message);
    return this.#known;
  }

  /** What it shares with copies of itself that come another way (§8.2.2.2); undefined where there are none. */
  get shared(): RequestKey | undefined {
    if (this.#shared === null) this.#shared = mergeKey(this.message);
    return this.#shared;
  }

  get #link(): Link {
    return this.flow.reliable ? reliableLink : unreliableLink;
  }

  get answered(): boolean {
    return this.#answered;
  }

  get tag(): string {
    return this.#owner.tag;
  }

  hold(): boolean {
    if (this.#held) return true;
    if (this.#answered) return false;
    if (!this.#owner.hasRoomFor(this)) {
      this.respond(503, { headers: "Retry-After: 5\r\n" });
      return false;
    }
    this.#held = true;
    if (!this.#arriving) this.#keep();
    return true;
  }

  /** Its services have been asked: what is not answered yet is kept for when it comes again. */
  arrived(): void {
    this.#arriving = false;
    if (this.#held) this.#keep();
  }

  #keep(): void {
    if (this.#kept) return;
    this.#kept = true;
    this.#owner.keep(this);
    this.flow.underWay++;
    this.#owner.tally.underWay++;
    if (this.message.method === "INVITE") {
      this.#invite = inviteTx.begin().next;
      this.#set("100", 200);
    } else {
      this.#plain = plainBegun;
      // A client that gets no answer over UDP for 3.5 s asks less often once it has a 100 (RFC 4320 §4.1).
      this.#owner.slow.add(this);
    }
  }

  respond(status: number, given: ResponseParts = noParts): void {
    if (this.#answered || this.message.method === "BENOTIFY") return; // R11
    const { message, flow } = this;
    const more = status < 300 ? undefined : this.refusalLines?.(status);
    const parts = more === undefined ? given : { ...given, headers: `${given.headers ?? ""}${more}` };
    const tag = parts.toTag ?? (status > 100 ? this.#owner.tag : undefined);
    const bytes = responseBytes(message, status, parts, flow.remote, tag);
    if (status >= 200) {
      this.#answered = true;
      this.#owner.tally.answered("in", message.method, status);
    }
    if (!this.#held) {
      const fitting = flow.reliable ? bytes : this.#fitting(bytes, status, parts, tag);
      if (fitting !== undefined) flow.send(fitting);
      return;
    }
    if (!this.#kept) {
      // An INVITE's answer is sent again until its ACK is there, and after a provisional one there is more to come.
      if (status < 200 || message.method === "INVITE") this.#keep();
      else {
        this.#held = false;
        if (!flow.reliable) this.#owner.answered(this, parts === noParts ? status : bytes);
        flow.send(bytes);
        return;
      }
    }
    this.#last = bytes;
    this.#plainStatus = parts === noParts ? status : 0;
    this.#on({ kind: "answer", status });
  }

  /** It has not been answered for 3.5 s. */
  late(): void {
    this.#on({ kind: "timer", timer: "100" });
  }

  /** The request came again. */
  again(): void {
    this.#owner.tally.retransmissions++;
    this.#on({ kind: "request" });
  }

  /** The ACK of a final answer that was not 2xx. */
  acknowledged(): void {
    if (this.#invite === undefined) return;
    const taken = inviteTx.on(this.#invite, { kind: "ack" }, this.#link);
    this.#invite = taken.next;
    this.#carryOut(taken.effects);
  }

  /** How its INVITE stands; undefined where it is none, or is not held. */
  get inviteState(): inviteTx.State | undefined {
    return this.#invite;
  }

  /** Its sender wants no answer any more (RFC 3261 §9.2). */
  cancelled(): void {
    if (this.#answered) return;
    this.respond(487);
    this.failed?.();
  }

  /** The connection it came by is gone. */
  lost(): void {
    if (!this.#answered) this.failed?.();
    this.#answered = true;
    this.end();
  }

  end(): void {
    if (!this.#kept) return;
    this.#kept = false;
    this.#held = false;
    this.flow.underWay--;
    this.#owner.tally.underWay--;
    this.#timers?.clearAll();
    this.#owner.slow.remove(this);
    this.#owner.over(this);
  }

  /**
   * Anybody can write somebody else's address on a datagram, so what is answered before the proof is kept about as small as
   * what was asked: of several header lines the first alone (the challenge every client knows), or nothing at all.
   */
  #fitting(bytes: Buffer, status: number, parts: ResponseParts, tag: string | undefined): Buffer | undefined {
    const most = (this.message.bytes.length * this.#owner.unprovedAnswerPercentMax) / 100;
    if (bytes.length <= most || this.person !== undefined) return bytes;
    const { headers = "" } = parts;
    const first = headers.slice(0, headers.indexOf("\r\n") + 2);
    const lean = responseBytes(this.message, status, { headers: first }, this.flow.remote, tag);
    if (lean.length <= most) return lean;
    if (status === 401 || status === 407) return undefined;
    const bare = responseBytes(this.message, status, noParts, this.flow.remote, tag);
    return bare.length <= most ? bare : undefined;
  }

  /** What copies of the request are told from now on; nothing where nothing was (RFC 4320 §4.2). */
  get #toRepeat(): SentAnswer {
    const wasAnswered = this.#plain?.at === "completed" && this.#plain.answered;
    return wasAnswered ? this.#plainStatus || (this.#last ?? silence) : silence;
  }

  #set(timer: plainTx.Timer | inviteTx.Timer, ms: number): void {
    this.#timers ??= new SipTimers(this.#owner.wheel, this.#owner.clock, (name) => this.#rang(name));
    this.#timers.set(timer, ms);
  }

  #rang(timer: plainTx.Timer | inviteTx.Timer): void {
    if (this.#invite !== undefined) {
      const taken = inviteTx.on(this.#invite, { kind: "timer", timer: timer as inviteTx.Timer }, this.#link);
      this.#invite = taken.next;
      this.#carryOut(taken.effects);
    } else this.#on({ kind: "timer", timer: timer as plainTx.Timer });
  }

  #on(event: Extract<plainTx.Event, inviteTx.Event> | Extract<plainTx.Event, { kind: "timer" }>): void {
    if (this.#invite !== undefined) {
      const taken = inviteTx.on(this.#invite, event as inviteTx.Event, this.#link);
      this.#invite = taken.next;
      this.#carryOut(taken.effects);
    } else if (this.#plain !== undefined) {
      const taken = plainTx.on(this.#plain, event, this.#link);
      this.#plain = taken.next;
      this.#carryOut(taken.effects);
    }
  }

  #carryOut(effects: readonly (plainTx.Effect | inviteTx.Effect)[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
        case "repeat":
          if (this.#last !== undefined) this.flow.send(this.#last);
          break;
        case "trying":
          this.#last = responseBytes(this.message, 100, noParts, this.flow.remote);
          this.flow.send(this.#last);
          break;
        case "start":
          if (effect.timer === "J") {
            this.#owner.answered(this, this.#toRepeat);
            this.end();
            return;
          }
          this.#set(effect.timer, effect.ms);
          break;
        case "fail":
          if (!this.#answered) this.failed?.();
          this.#answered = true;
          break;
        case "pass-up":
        case "send-failed":
          break;
      }
    }
    const at = this.#invite?.at ?? this.#plain?.at;
    if (at === "terminated") this.end();
  }
}
