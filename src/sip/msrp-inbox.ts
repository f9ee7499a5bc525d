import type { Limits } from "../base/limits.ts";
import type { MsrpFlag, MsrpHead } from "./msrp-head.ts";

/** A message that has come whole. */
export type MsrpMessage = {
  readonly messageId: string;
  readonly contentType: string;
  /** More header lines of the content, each ended with CRLF. */
  readonly contentHeaders: string;
  readonly body: Buffer;
  readonly successReport: boolean;
};

/** What a chunk has come to. */
export type Taken =
  /** It is in order; the message is not whole yet, or there is none (an empty SEND, RFC 4975 §5.4). */
  | { readonly kind: "chunk" }
  | { readonly kind: "message"; readonly message: MsrpMessage }
  /** The status to answer with (RFC 4975 §10); `early`: `begin` has said it already. */
  | { readonly kind: "refused"; readonly status: 400 | 413; readonly early: boolean };

export type InboxLimits = Pick<Limits, "msrpMessageBytesMax" | "msrpMessagesAtOnceMax">;

/** Gaps a message may have at once: chunks come in order from all but those who mean harm. */
const gapsMax = 32;

type Growing = {
  readonly contentType: string;
  readonly contentHeaders: string;
  bytes: Buffer;
  /** What is there, as [from, to) in order, none touching another. */
  there: (readonly [from: number, to: number])[];
  length: number | undefined;
  successReport: boolean;
};

/**
 * Puts the chunks of one session's messages together (RFC 4975 §7.3.1), whatever their order and however many messages are on
 * their way at once. What it holds is bounded: `msrpMessagesAtOnceMax` messages of `msrpMessageBytesMax` bytes.
 */
export class MsrpInbox {
  readonly #limits: () => InboxLimits;
  readonly #growing = new Map<string, Growing>();
  #head: MsrpHead | undefined;
  #at = 0;
  #refused: 400 | 413 | undefined;
  #early = false;

  constructor(limits: () => InboxLimits) {
    this.#limits = limits;
  }

  /** A SEND begins. The status to answer with at once when it cannot be taken: its body is then dropped. */
  begin(head: MsrpHead): 400 | 413 | undefined {
    this.#head = head;
    this.#refused = undefined;
    this.#early = false;
    const { messageId, contentType, range } = head;
    const from = (range?.from ?? 1) - 1;
    this.#at = from;
    if (messageId === undefined || contentType === undefined) return undefined;
    const { msrpMessageBytesMax, msrpMessagesAtOnceMax } = this.#limits();
    const known = this.#growing.get(messageId);
    if (from > msrpMessageBytesMax || (range?.total ?? 0) > msrpMessageBytesMax) this.#refuse(413, messageId);
    else if (known === undefined) {
      if (this.#growing.size >= msrpMessagesAtOnceMax) this.#refuse(413, messageId);
      else {
        this.#growing.set(messageId, {
          contentType,
          contentHeaders: head.contentHeaders,
          bytes: Buffer.alloc(0),
          there: [],
          length: undefined,
          successReport: head.successReport,
        });
      }
    } else if (known.contentType !== contentType) this.#refuse(400, messageId);
    this.#early = this.#refused !== undefined;
    return this.#refused;
  }

  /** More of its body. A status: it is too much, and the rest is dropped. */
  body(bytes: Buffer): 400 | 413 | undefined {
    const { messageId } = this.#head ?? {};
    const growing = messageId === undefined ? undefined : this.#growing.get(messageId);
    if (this.#refused !== undefined || messageId === undefined || growing === undefined) return undefined;
    const to = this.#at + bytes.length;
    const { msrpMessageBytesMax } = this.#limits();
    if (to > msrpMessageBytesMax) return this.#refuse(413, messageId);
    if (growing.bytes.length < to) {
      const grown = Buffer.alloc(Math.min(Math.max(to, 2 * growing.bytes.length), msrpMessageBytesMax));
      growing.bytes.copy(grown);
      growing.bytes = grown;
    }
    // RFC 4975 §7.3.1: what comes twice counts as it came last.
    growing.bytes.set(bytes, this.#at);
    growing.there = joined(growing.there, this.#at, to);
    this.#at = to;
    return growing.there.length > gapsMax ? this.#refuse(400, messageId) : undefined;
  }

  /** It has ended. */
  end(flag: MsrpFlag): Taken {
    const { messageId, contentType } = this.#head ?? {};
    if (this.#refused !== undefined) return { kind: "refused", status: this.#refused, early: this.#early };
    if (messageId === undefined || contentType === undefined) return { kind: "chunk" };
    const growing = this.#growing.get(messageId);
    if (growing === undefined) return { kind: "chunk" };
    if (flag === "#") {
      this.#growing.delete(messageId);
      return { kind: "chunk" };
    }
    // Where the last chunk ends in fact: RFC 4975's and RFC 7573's own examples count other bytes than they have.
    if (flag === "$") growing.length = this.#at;
    const { length, there } = growing;
    const whole =
      length !== undefined && (length === 0 || (there.length === 1 && there[0]?.[0] === 0 && there[0][1] === length));
    if (!whole) return { kind: "chunk" };
    this.#growing.delete(messageId);
    return {
      kind: "message",
      message: {
        messageId,
        contentType: growing.contentType,
        contentHeaders: growing.contentHeaders,
        body: growing.bytes.subarray(0, length),
        successReport: growing.successReport,
      },
    };
  }

  #refuse(status: 400 | 413, messageId: string): typeof status {
    this.#refused = status;
    this.#growing.delete(messageId);
    return status;
  }
}

/** The list with one more stretch in it. */
function joined(
  there: readonly (readonly [number, number])[],
  from: number,
  to: number,
): (readonly [number, number])[] {
  const last = there.at(-1);
  // Nearly always: right behind what is there.
  if (last !== undefined && last[1] === from) return [...there.slice(0, -1), [last[0], to]];
  const list: (readonly [number, number])[] = [];
  let [start, end] = [from, to];
  for (const each of there) {
    if (each[1] < start || each[0] > end) list.push(each);
    else [start, end] = [Math.min(start, each[0]), Math.max(end, each[1])];
  }
  if (end > start) list.push([start, end]);
  return list.sort((a, b) => a[0] - b[0]);
}
