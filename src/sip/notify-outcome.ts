/** What the answer to a NOTIFY means for its subscription. */
export type NotifyOutcome =
  /** It goes on; nothing is sent again. */
  | { readonly kind: "goes-on" }
  /** It goes on, and this NOTIFY is made up for after that many milliseconds. */
  | { readonly kind: "retry"; readonly ms: number }
  /** There is no subscription any more, and no NOTIFY says so. */
  | { readonly kind: "over" };

/**
 * RFC 5057 §5.1: answers that end the dialog (404, 410, ...) or the subscription in it (405, 480, 481, 489, 501), and 408, which
 * also stands for no answer at all (RFC 6665 §4.2.2).
 */
const final: ReadonlySet<number> = new Set([404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 502, 604]);

const retryMsMost = 60_000;

const goesOn: NotifyOutcome = { kind: "goes-on" };

/**
 * Reads a final answer. Those that only speak of the one request (488 and 415 of a strict reader, 500, 503) leave the
 * subscription alone; with Retry-After (seconds) the state goes out again then, after a minute at most.
 */
export function afterNotify(status: number, retryAfter?: number): NotifyOutcome {
  if (status < 300) return goesOn;
  if (final.has(status)) return { kind: "over" };
  if (retryAfter === undefined) return goesOn;
  return { kind: "retry", ms: Math.min(Math.max(retryAfter, 1) * 1_000, retryMsMost) };
}
