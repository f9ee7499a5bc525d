import { createHash } from "node:crypto";
import type { Limits } from "../base/limits.ts";
import { child, type Element, textOf } from "../xml/element.ts";
import { cleanLine } from "./clean-text.ts";

/**
 * A thread of XMPP is the Call-ID of SIP, both ways, without a table (RFC 7572 §5, §6; RFC 7573 §4). Who begins a conversation
 * names it, and the other protocol keeps that name as it is, where it is one there:
 * - every Call-ID that is not too long is a thread;
 * - a thread is a Call-ID when it is of its form (RFC 3261 §25.1) and as unique as a Call-ID has to be, in space and time (§8.1.1.4),
 *   which RFC 6121 §5.2.5 wants of threads too. "1", "lunch plans" and the like are escaped, and marked with whose they are.
 */

/** Two people, whichever of them writes: the one here, the one at the SIP partner. */
export type Pair = { readonly ours: string; readonly theirs: string };

export type ThreadLimits = Pick<Limits, "threadCharactersMax">;

/** The thread a message says it belongs to (RFC 6121 §5.2.5); undefined when it says none, or an unreasonable one. */
export function threadOf(message: Element, limits: ThreadLimits): string | undefined {
  const thread = textOf(child(message, "thread", message.ns)).trim();
  return thread === "" || thread.length > limits.threadCharactersMax ? undefined : thread;
}

const word = "[A-Za-z0-9\\-.!%*_+`'~()<>:\\\\\"/[\\]?{}]+";
const callId = new RegExp(`^${word}(?:@${word})?$`);
/** No shorter one is held to be unique by itself: RFC 3261 §19.3 wants 32 bits of a tag. One with a host has it from that. */
const uniqueCharacters = 8;
const ending = ".thread";
const markCharacters = 12;

/** The Call-ID of a thread between two people; undefined when it would be too long. */
export function callIdOf(thread: string, pair: Pair, limits: ThreadLimits): string | undefined {
  const unique = thread.length >= uniqueCharacters || thread.includes("@");
  const named =
    unique && callId.test(thread) && escapedIn(thread, pair) === undefined
      ? thread
      : `${escaped(thread)}@${markOf(pair)}${ending}`;
  return named.length > limits.threadCharactersMax ? undefined : named;
}

/** The thread of a Call-ID between two people; undefined when it is too long, or nothing that XML can carry. */
export function threadOfCallId(callId: string, pair: Pair, limits: ThreadLimits): string | undefined {
  if (callId.length > limits.threadCharactersMax) return undefined;
  const thread = escapedIn(callId, pair) ?? callId;
  return thread !== "" && cleanLine(thread) === thread ? thread : undefined;
}

/** What stands escaped in a Call-ID that was made here for those two; undefined in any other. */
function escapedIn(callId: string, pair: Pair): string | undefined {
  if (!callId.endsWith(ending)) return undefined;
  const at = callId.length - ending.length - markCharacters - 1;
  if (at < 1 || callId[at] !== "@" || callId.slice(at + 1, -ending.length) !== markOf(pair)) return undefined;
  try {
    return decodeURIComponent(callId.slice(0, at));
  } catch {
    return undefined;
  }
}

/** What no word of SIP has, percent-escaped; "%" is one of the characters that are. */
function escaped(thread: string): string {
  return encodeURIComponent(thread.toWellFormed());
}

/** The same for both directions, on every node and at every time. */
function markOf({ ours, theirs }: Pair): string {
  return createHash("sha256").update(`${ours} ${theirs}`).digest("hex").slice(0, markCharacters);
}
