import type { Fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";

/**
 * When a foreign domain that could not be reached may be tried again. While it waits, what people send there returns to
 * them at once with `why`, instead of hanging. Times are milliseconds of the Clock door.
 */
export type Backoff =
  | { readonly at: "ready"; readonly failures: number }
  | { readonly at: "waiting"; readonly failures: number; readonly untilMs: number; readonly why: Fault };

export const begin: Backoff = { at: "ready", failures: 0 };

/**
 * One more failure: the pause doubles from retryFirstMs to retryMostMs, and `chance` (0 to 1, from the Random door) takes
 * up to half of it off, so that a thousand nodes do not come back in the same moment.
 */
export function failed(
  state: Backoff,
  why: Fault,
  nowMs: number,
  chance: number,
  limits: Pick<Limits, "retryFirstMs" | "retryMostMs">,
): Backoff {
  const { failures } = state;
  const pauseMs = Math.min(limits.retryMostMs, limits.retryFirstMs * 2 ** Math.min(failures, 30));
  return { at: "waiting", failures: failures + 1, untilMs: nowMs + Math.round(pauseMs * (1 - chance / 2)), why };
}

/** The partner has connected to us, or the operator says "retry now": try at once, but remember the failures. */
export function contacted(state: Backoff): Backoff {
  return state.at === "waiting" ? { at: "ready", failures: state.failures } : state;
}

/** A link was proved: all is forgotten. */
export function reached(): Backoff {
  return begin;
}

/** Why it may not be tried yet; undefined when it may. */
export function notYet(state: Backoff, nowMs: number): Fault | undefined {
  return state.at === "waiting" && nowMs < state.untilMs ? state.why : undefined;
}
