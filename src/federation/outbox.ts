import { type Fault, fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";

type Waiting<T> = { readonly local: string; readonly item: T; readonly bytes: number };

/**
 * What waits for one foreign domain while no link to it is up, within a byte and a stanza limit. Items are opaque and stay
 * in the order they came; each belongs to the local domain that sends it, since links are proved pair by pair.
 */
export interface Outbox<T> {
  readonly bytes: number;
  readonly count: number;
  /** Puts one item last. A fault when there is no room for it: it was not taken and returns to its sender. */
  put(local: string, item: T, bytes: number): Fault | undefined;
  /** Takes out everything of one local domain, in order: to send, now that the pair is proved, or to return, when it was refused. */
  take(local: string): readonly T[];
  /** Takes out everything, in order: to return to the senders when the domain could not be reached. */
  takeAll(): readonly T[];
  /** The local domains that have something waiting, the one that waits longest first. */
  locals(): readonly string[];
}

export function outbox<T>(limits: Pick<Limits, "linkQueueBytesMax" | "linkQueueStanzasMax">): Outbox<T> {
  let waiting: Waiting<T>[] = [];
  let total = 0;
  return {
    get bytes() {
      return total;
    },
    get count() {
      return waiting.length;
    },
    put(local, item, bytes) {
      if (waiting.length >= limits.linkQueueStanzasMax || total + bytes > limits.linkQueueBytesMax) {
        return fault("remote-queue-full");
      }
      waiting.push({ local, item, bytes });
      total += bytes;
      return undefined;
    },
    take(local) {
      const taken = waiting.filter((each) => each.local === local);
      waiting = waiting.filter((each) => each.local !== local);
      for (const { bytes } of taken) total -= bytes;
      return taken.map(({ item }) => item);
    },
    takeAll() {
      const taken = waiting;
      waiting = [];
      total = 0;
      return taken.map(({ item }) => item);
    },
    locals() {
      return [...new Set(waiting.map(({ local }) => local))];
    },
  };
}
