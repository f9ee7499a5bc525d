import type { Fault } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";

/**
 * Happy Eyeballs over the targets of a domain (RFC 8305 §5, XEP-0495): one attempt is started, and while none has
 * succeeded another each 250 ms, or at once when one fails. The first success wins and the others are cancelled. What an
 * attempt is (a TCP connection, or all up to a proved stream) is for the caller to say.
 */

/** RFC 8305 §5: the recommended Connection Attempt Delay. */
export const staggerMs = 250;

export type State<Target> =
  | {
      readonly at: "dialling";
      readonly targets: readonly Target[];
      /** How many targets, from the front, have been started. */
      readonly started: number;
      /** Attempts under way, by their place in `targets`. */
      readonly underWay: readonly number[];
      readonly failures: readonly Fault[];
    }
  | { readonly at: "done" };

export type Event =
  | { readonly kind: "time" }
  | { readonly kind: "connected"; readonly attempt: number }
  | { readonly kind: "failed"; readonly attempt: number; readonly why: Fault }
  | { readonly kind: "abandon" };

export type Effect<Target> =
  | { readonly kind: "connect"; readonly attempt: number; readonly target: Target }
  | { readonly kind: "cancel"; readonly attempt: number }
  /** Ask for a `time` event after `ms`; a wait asked for earlier no longer counts. */
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "won"; readonly attempt: number; readonly target: Target; readonly untried: readonly Target[] }
  /** Every target failed; the faults in the order they came. */
  | { readonly kind: "lost"; readonly failures: readonly Fault[] };

/** Starts with the first target. An empty list is lost at once. */
export function begin<Target>(targets: readonly Target[]): Step<State<Target>, Effect<Target>> {
  return next({ at: "dialling", targets, started: 0, underWay: [], failures: [] });
}

export function on<Target>(state: State<Target>, event: Event): Step<State<Target>, Effect<Target>> {
  if (state.at === "done") {
    // An attempt that was cancelled may have connected already: it is not wanted.
    if (event.kind === "connected") return step(state, { kind: "cancel", attempt: event.attempt });
    return step(state);
  }
  switch (event.kind) {
    case "time":
      return next(state);
    case "failed": {
      if (!state.underWay.includes(event.attempt)) return step(state);
      const underWay = state.underWay.filter((attempt) => attempt !== event.attempt);
      return next({ ...state, underWay, failures: [...state.failures, event.why] });
    }
    case "connected": {
      const target = state.targets[event.attempt];
      if (target === undefined || !state.underWay.includes(event.attempt)) return step(state);
      const others = state.underWay.filter((attempt) => attempt !== event.attempt);
      const untried = state.targets.filter((_, at) => others.includes(at) || at >= state.started);
      return step({ at: "done" }, ...cancel<Target>(others), { kind: "won", attempt: event.attempt, target, untried });
    }
    case "abandon":
      return step({ at: "done" }, ...cancel<Target>(state.underWay));
  }
}

type Dialling<Target> = State<Target> & { readonly at: "dialling" };

/** Starts the next attempt, or ends when nothing is left to start or to wait for. */
function next<Target>(state: Dialling<Target>): Step<State<Target>, Effect<Target>> {
  const attempt = state.started;
  const target = state.targets[attempt];
  if (target === undefined) {
    return state.underWay.length > 0 ? step(state) : step({ at: "done" }, { kind: "lost", failures: state.failures });
  }
  const started = attempt + 1;
  const after: State<Target> = { ...state, started, underWay: [...state.underWay, attempt] };
  return started < state.targets.length
    ? step(after, { kind: "connect", attempt, target }, { kind: "wait", ms: staggerMs })
    : step(after, { kind: "connect", attempt, target });
}

function cancel<Target>(attempts: readonly number[]): Effect<Target>[] {
  return attempts.map((attempt) => ({ kind: "cancel", attempt }));
}
