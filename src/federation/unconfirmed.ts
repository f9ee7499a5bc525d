import { type Fault, fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";

const wrap = 2 ** 32;

/**
 * What was written to one link and not confirmed yet: when the link breaks, exactly this returns to its senders. With
 * stream management the peer's count confirms (XEP-0198 §4); without it, the system having taken the bytes is all there is.
 */
export interface Unconfirmed<T> {
  readonly count: number;
  /** One more stanza was written. False when there is no room: the link has to be read as broken or paused. */
  sent(item: T): boolean;
  /** The peer has handled `handled` stanzas in all, modulo 2^32 (XEP-0198 §4). Answers how many that confirmed. */
  acknowledged(handled: number): Result<number>;
  /** Without stream management: everything written has left. */
  drained(): void;
  /** The link is lost: what returns to its senders, in order. */
  lost(): readonly T[];
}

export function unconfirmed<T>(limits: Pick<Limits, "unackedStanzasMax">): Unconfirmed<T> {
  let waiting: T[] = [];
  let handledBefore = 0;
  return {
    get count() {
      return waiting.length;
    },
    sent(item) {
      if (waiting.length >= limits.unackedStanzasMax) return false;
      waiting.push(item);
      return true;
    },
    acknowledged(handled) {
      const more = (handled - handledBefore + wrap) % wrap; // XEP-0198 §4: the count wraps to zero
      if (more > waiting.length) return no(tooMany(handled, waiting.length));
      waiting = waiting.slice(more);
      handledBefore = handled;
      return ok(more);
    },
    drained() {
      waiting = [];
    },
    lost() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}

function tooMany(handled: number, waiting: number): Fault {
  return fault("stream-bad-format", `acknowledged ${handled} with only ${waiting} waiting`);
}
