import { asBuffer } from "../base/bytes.ts";
import type { MsrpFlag, MsrpHead } from "./msrp-head.ts";
import { endsIn, sendFrame } from "./msrp-write.ts";

/** RFC 4975 §7.1.1: longer chunks would have to be broken off for others. */
const chunkBytes = 2_048;
/** Chunks without an answer at once: what a slow reader can hold up. */
const chunksAtOnceMax = 16;
/** Messages whose reports may still come. */
const reportsAwaitedMax = 200;

/** A message to be sent. */
export type NewMsrpMessage = {
  readonly messageId: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Its arrival is to be told by the other end itself. */
  readonly successReport: boolean;
};

/** What is learnt of messages; each at most once, in this order. */
export type MsrpNews =
  /** The next hop has all of it. */
  | { readonly kind: "taken"; readonly messageId: string }
  /** The other end has all of it, by its own report. */
  | { readonly kind: "arrived"; readonly messageId: string }
  /** RFC 4975 §10 status; 408: no answer in time. */
  | { readonly kind: "failed"; readonly messageId: string; readonly status: number };

type Outgoing = NewMsrpMessage & { readonly bytes: Buffer; sent: number; answered: number; begun: boolean };

/**
 * Cuts the messages of one session into chunks and lets those of several take turns, so that a short word does not wait behind
 * a long one (RFC 4975 §5.1); and learns from responses and reports what became of each (§7.1.1, §7.1.2).
 */
export class MsrpOutbox {
  readonly #paths: { readonly to: string; readonly from: string };
  readonly #token: () => string;
  /** Messages with chunks left to send; the first has the next turn. */
  readonly #turns: Outgoing[] = [];
  readonly #flying = new Map<string, { readonly message: Outgoing; readonly bytes: number; readonly sentMs: number }>();
  readonly #reports = new Map<string, number>();
  /** Messages that failed when only a part of them was sent: the other side is told that no more comes. */
  readonly #broken: Outgoing[] = [];

  /** `token`: a new transaction identifier, which nobody can guess. */
  constructor(paths: { readonly to: string; readonly from: string }, token: () => string) {
    this.#paths = paths;
    this.#token = token;
  }

  /** Chunks that wait for their answer. */
  get unanswered(): number {
    return this.#flying.size;
  }

  /** Whether anything is to be sent. */
  get waits(): boolean {
    return this.#turns.length > 0;
  }

  /** When the oldest unanswered chunk left, in milliseconds; undefined when there is none. */
  get oldestMs(): number | undefined {
    for (const { sentMs } of this.#flying.values()) return sentMs;
    return undefined;
  }

  add(message: NewMsrpMessage): void {
    this.#turns.push({ ...message, bytes: asBuffer(message.body), sent: 0, answered: 0, begun: false });
    if (!message.successReport) return;
    // Who never reports is forgotten in time.
    const [first] = this.#reports.keys();
    if (this.#reports.size >= reportsAwaitedMax && first !== undefined) this.#reports.delete(first);
    this.#reports.set(message.messageId, message.body.length);
  }

  /** The next chunk; undefined when there is none, or enough are unanswered. */
  next(nowMs: number): Buffer | undefined {
    const broken = this.#broken.shift();
    if (broken !== undefined) return this.#frame(this.#token(), broken, Buffer.alloc(0), "#");
    if (this.#flying.size >= chunksAtOnceMax) return undefined;
    const message = this.#turns.shift();
    if (message === undefined) return undefined;
    const from = message.sent;
    const body = message.bytes.subarray(from, from + chunkBytes);
    message.sent += body.length;
    message.begun = true;
    const done = message.sent >= message.bytes.length;
    if (!done) this.#turns.push(message);
    let transaction = this.#token();
    while (endsIn(body, transaction)) transaction = this.#token();
    this.#flying.set(transaction, { message, bytes: body.length, sentMs: nowMs });
    return this.#frame(transaction, message, body, done ? "$" : "+", from);
  }

  #frame(transaction: string, message: Outgoing, body: Buffer, flag: MsrpFlag, from = message.sent): Buffer {
    return sendFrame({
      transaction,
      toPath: this.#paths.to,
      fromPath: this.#paths.from,
      messageId: message.messageId,
      range: `${from + 1}-${from + body.length}/${message.bytes.length}`,
      successReport: message.successReport,
      contentType: message.contentType,
      body,
      flag,
    });
  }

  /** An empty SEND, by which the other side learns whose connection this is (RFC 4975 §5.4). */
  greeting(messageId: string): Buffer {
    return sendFrame({
      transaction: this.#token(),
      toPath: this.#paths.to,
      fromPath: this.#paths.from,
      messageId,
      range: "1-0/0",
      successReport: false,
      contentType: undefined,
      body: Buffer.alloc(0),
      flag: "$",
    });
  }

  /** An answer to a SEND. */
  answered(response: MsrpHead): MsrpNews | undefined {
    const flying = this.#flying.get(response.transaction);
    if (flying === undefined) return undefined;
    this.#flying.delete(response.transaction);
    const { message, bytes } = flying;
    if (response.status < 200 || response.status >= 300) return this.#failed(message, response.status);
    message.answered += bytes;
    return message.answered >= message.bytes.length && message.sent >= message.bytes.length
      ? { kind: "taken", messageId: message.messageId }
      : undefined;
  }

  /** A REPORT. Success may be told piece by piece. */
  reported(report: MsrpHead): MsrpNews | undefined {
    const { messageId = "", range, reported } = report;
    if (reported >= 300) {
      this.#reports.delete(messageId);
      const message = [...this.#flying.values()].find((each) => each.message.messageId === messageId)?.message;
      return message === undefined ? { kind: "failed", messageId, status: reported } : this.#failed(message, reported);
    }
    const left = this.#reports.get(messageId);
    if (left === undefined || reported < 200) return undefined;
    const still = left - ((range?.to ?? left) - (range?.from ?? 1) + 1);
    if (still > 0) {
      this.#reports.set(messageId, still);
      return undefined;
    }
    this.#reports.delete(messageId);
    return { kind: "arrived", messageId };
  }

  /** Chunks that left before then have no answer any more: their messages have failed (RFC 4975 §7.1.1). */
  expired(beforeMs: number): readonly MsrpNews[] {
    const news: MsrpNews[] = [];
    for (const { message, sentMs } of [...this.#flying.values()]) {
      if (sentMs >= beforeMs) break;
      const failed = this.#failed(message, 408);
      if (failed !== undefined) news.push(failed);
    }
    return news;
  }

  /** A message fails once; what is left of it is not sent. */
  #failed(message: Outgoing, status: number): MsrpNews | undefined {
    const { messageId } = message;
    for (const [transaction, each] of this.#flying) if (each.message === message) this.#flying.delete(transaction);
    const turn = this.#turns.indexOf(message);
    if (turn >= 0) {
      this.#turns.splice(turn, 1);
      if (message.begun) this.#broken.push(message);
    }
    this.#reports.delete(messageId);
    return { kind: "failed", messageId, status };
  }
}
