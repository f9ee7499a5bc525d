import { type Step, step } from "../base/step.ts";
import { afterEnd, afterRefusal, type Outlook } from "./subscriber-outlook.ts";
import type { SubscriptionState } from "./subscription-state.ts";

/**
 * One of our own subscriptions to somebody elsewhere (RFC 6665 §4.1), kept alive as 2.2 wants: refreshed in time, begun anew
 * where the other side forgot it, left alone where it was refused.
 */
export type State = {
  readonly at: At;
  /** Seconds asked for. */
  readonly expires: number;
  /** What the local side has been told. */
  readonly standing: Standing;
  /** Failures since a NOTIFY last came: how long the next rest is. */
  readonly failures: number;
  /** Begun anew at once already, and no NOTIFY since: the next time there is a rest first. */
  readonly renewed: boolean;
  /** The other side's Min-Expires was obeyed already (423). */
  readonly raised: boolean;
  /** Asked once more already because its connection was lost, and no NOTIFY since. */
  readonly repeated: boolean;
  /** It is lost, or gets no answer: it is asked again as soon as the other side is there. */
  readonly waits: boolean;
  /** Highest CSeq of a NOTIFY in this dialog, -1 before the first. */
  readonly cseq: number;
};

/**
 * asking: the first SUBSCRIBE of a dialog is on its way; watching; refreshing; resting: until the retry timer; stopped: until
 * somebody here acts; withdrawing: asking, and not wanted any more; leaving: unsubscribed, the last NOTIFY is due; left.
 */
type At = "asking" | "watching" | "refreshing" | "resting" | "stopped" | "withdrawing" | "leaving" | "left";

/**
 * asked: nothing known yet. unknown: no answer is to be had, shown as offline. refused: not before somebody here acts. gone:
 * there is no such person.
 */
export type Standing = "asked" | "unknown" | "pending" | "active" | "refused" | "gone";

export type Timer = "refresh" | "retry" | "silence";

export type Event =
  /** A final answer to the SUBSCRIBE; 408 also for none, or when it could not be sent. */
  | {
      readonly kind: "response";
      readonly status: number;
      /** There was no answer, for the connection it was asked on is gone. */
      readonly lost?: boolean | undefined;
      /** Seconds of Expires; of the Subscription-State some answers carry when there is no Expires (2.2). */
      readonly expires?: number | undefined;
      readonly minExpires?: number | undefined;
      readonly retryAfter?: number | undefined;
      /** ms-piggyback-cseq: the answer's body is the NOTIFY with that CSeq (P-4). */
      readonly piggybackCseq?: number | undefined;
    }
  /** A NOTIFY of this dialog, also one that comes before the 200 (P-2). `best` says BENOTIFY: no answer may leave (P-5). */
  | {
      readonly kind: "notify";
      readonly state: SubscriptionState | undefined;
      readonly cseq: number;
      readonly hasBody: boolean;
      readonly best?: boolean;
    }
  | { readonly kind: "timer"; readonly timer: Timer }
  /** The other side is lost, and perhaps what it knew of this: a refresh after so many milliseconds tells. */
  | { readonly kind: "doubt"; readonly ms: number }
  /** The other side is there again; its turn to be asked is after so many milliseconds. */
  | { readonly kind: "reachable"; readonly ms: number }
  /** Somebody here wants it again after a refusal. */
  | { readonly kind: "again" }
  /** Nobody here wants it any more. */
  | { readonly kind: "leave" };

export type Effect =
  /** Sends SUBSCRIBE: in the dialog, or anew with another Call-ID. */
  | { readonly kind: "subscribe"; readonly expires: number; readonly anew: boolean }
  /** Answers the NOTIFY. */
  | { readonly kind: "answer"; readonly status: 200 | 481 | 500 }
  /** Reads the body that came with the event. */
  | { readonly kind: "read" }
  /** The other side begins without a document: it knows nothing of them, which is shown as offline. */
  | { readonly kind: "blank" }
  | { readonly kind: "tell"; readonly standing: Standing }
  | { readonly kind: "start"; readonly timer: Timer; readonly ms: number }
  | { readonly kind: "stop"; readonly timer: Timer }
  /** Forget it. */
  | { readonly kind: "end" };

/** What to ask for when nobody says otherwise (2.2). */
export const secondsAsked = 3_600;

const silenceMs = 32_000; // 2.2: no NOTIFY

type Took = Step<State, Effect>;

/** The first SUBSCRIBE leaves. */
export function begin(expires: number = secondsAsked): Took {
  const state: State = {
    at: "asking",
    expires,
    standing: "asked",
    failures: 0,
    renewed: false,
    raised: false,
    repeated: false,
    waits: false,
    cseq: -1,
  };
  return step<State, Effect>(state, { kind: "subscribe", expires, anew: true });
}

/**
 * One that was there before this process: with a dialog it waits for its refresh, without one for its retry, whichever the
 * owner sets; a refusal still holds.
 */
export function resume(expires: number, standing: Standing, hasDialog: boolean): State {
  const refused = standing === "refused" || standing === "gone";
  const at = refused ? "stopped" : hasDialog ? "watching" : "resting";
  const untroubled = { failures: 0, renewed: false, raised: false, repeated: false, waits: false };
  return { at, expires, standing, ...untroubled, cseq: -1 };
}

/** One event. `chance` is a fresh random number in [0, 1): it spreads refreshes and retries. */
export function on(state: State, event: Event, chance: number): Took {
  switch (event.kind) {
    case "response":
      return responded(state, event, chance);
    case "notify":
      return notified(state, event, chance);
    case "timer":
      return timed(state, event.timer);
    case "doubt":
      if (state.at !== "watching") return step(state);
      return step<State, Effect>({ ...state, waits: true }, { kind: "start", timer: "refresh", ms: event.ms });
    case "reachable":
      return reached(state, event.ms);
    case "again":
      return state.at === "stopped" || state.at === "resting" ? anew({ ...state, failures: 0 }) : step(state);
    case "leave":
      return left(state);
  }
}

function responded(state: State, event: Event & { readonly kind: "response" }, chance: number): Took {
  const { status } = event;
  const good = status >= 200 && status < 300;
  switch (state.at) {
    case "withdrawing": // now there is a dialog to end, or none
      return good ? left({ ...state, at: "watching" }) : ended(state);
    case "leaving":
      return good ? step(state) : ended(state);
    case "asking":
    case "refreshing":
      if (good) return accepted(state, event, chance);
      break;
    default:
      return step(state);
  }
  // A lost connection says nothing of the subscription: once more over another, and nobody is told anything yet
  if (event.lost === true && !state.repeated) {
    const [at, timer] = state.at === "asking" ? (["resting", "retry"] as const) : (["watching", "refresh"] as const);
    return step<State, Effect>(
      { ...state, at, repeated: true, waits: true },
      { kind: "start", timer, ms: Math.round(500 + 2_000 * chance) },
    );
  }
  // 2.2: 423 once
  if (status === 423 && !state.raised && (event.minExpires ?? 0) > state.expires) {
    const expires = event.minExpires ?? state.expires;
    const again = state.at === "asking";
    const next: State = { ...state, expires, raised: true };
    return step<State, Effect>(next, { kind: "subscribe", expires, anew: again });
  }
  // Whoever was told when to come again comes then; only silence ends with the outage it is the sign of
  const silent = (status === 408 || status === 503) && event.retryAfter === undefined;
  const outlook = afterRefusal(status, event.retryAfter);
  return facing({ ...state, waits: silent }, outlook, [{ kind: "stop", timer: "refresh" }], chance);
}

/**
 * 2.2: 200 says "received", not "accepted": nobody is told anything. Its Event header is not looked for (P-1).
 */
function accepted(state: State, event: Event & { readonly kind: "response" }, chance: number): Took {
  const granted = event.expires ?? state.expires;
  // A grant of nothing is none
  if (granted === 0) return facing(state, afterRefusal(480, event.retryAfter), [], chance);
  const effects: Effect[] = [refreshing(granted, chance)];
  if (state.cseq < 0 && event.piggybackCseq === undefined) {
    effects.push({ kind: "start", timer: "silence", ms: silenceMs });
  }
  const next: State = { ...state, at: "watching", cseq: Math.max(state.cseq, event.piggybackCseq ?? -1) };
  if (event.piggybackCseq === undefined) return step<State, Effect>(next, ...effects);
  return heard(next, "active", [...effects, { kind: "read" }]); // P-4
}

function notified(state: State, event: Event & { readonly kind: "notify" }, chance: number): Took {
  const answer = (status: 200 | 481 | 500): Effect[] => (event.best === true ? [] : [{ kind: "answer", status }]);
  const says = event.state ?? { at: "active", seconds: undefined };
  if (state.at === "left" || state.at === "resting" || state.at === "stopped") {
    return step<State, Effect>(state, ...answer(481)); // P-6
  }
  if (event.cseq <= state.cseq) return step<State, Effect>(state, ...answer(500)); // RFC 3261 §12.2.2
  const next = { ...state, cseq: event.cseq, waits: false };
  if (state.at === "leaving" || state.at === "withdrawing") {
    return says.at === "terminated" ? ended(next, answer(200)) : step<State, Effect>(next, ...answer(200));
  }
  const effects = [...answer(200)];
  if (event.hasBody) effects.push({ kind: "read" });
  // RFC 3856 §6.6: what is known goes with the first NOTIFY. Whoever begins with none has forgotten what it said before.
  else if (state.cseq < 0 && says.at === "active") effects.push({ kind: "blank" });
  if (says.at === "terminated") {
    effects.push({ kind: "stop", timer: "refresh" }, { kind: "stop", timer: "silence" });
    return facing(next, afterEnd(says.reason, says.retryAfter), effects, chance);
  }
  if (says.seconds !== undefined && says.seconds > 0) effects.push(refreshing(says.seconds, chance));
  effects.push({ kind: "stop", timer: "silence" });
  return heard(next, says.at, effects);
}

/** A NOTIFY came: whatever failed before is forgiven. */
function heard(state: State, standing: "pending" | "active", effects: readonly Effect[]): Took {
  const next: State = { ...state, failures: 0, renewed: false, raised: false, repeated: false };
  return told(next, standing, effects);
}

function timed(state: State, timer: Timer): Took {
  switch (timer) {
    case "refresh":
      return state.at === "watching" ? refreshed(state) : step(state);
    case "retry":
      return state.at === "resting" ? anew(state) : step(state);
    case "silence":
      if (state.at === "leaving") return ended(state);
      // 2.2: blocked or offline people may produce no NOTIFY at all; the subscription stays
      return state.standing === "asked" ? told(state, "unknown", []) : step(state);
  }
}

/** An outage is over, for as many as waited for that: each has its turn, and nobody rests any longer. */
function reached(state: State, ms: number): Took {
  if (!state.waits) return step(state);
  const next: State = { ...state, waits: false };
  if (state.at === "resting") {
    if (ms > 0) return step<State, Effect>(next, { kind: "start", timer: "retry", ms });
    const { next: asking, effects } = anew(next);
    return step<State, Effect>(asking, { kind: "stop", timer: "retry" }, ...effects);
  }
  if (state.at !== "watching") return step(next);
  if (ms > 0) return step<State, Effect>(next, { kind: "start", timer: "refresh", ms });
  const { next: refreshing, effects } = refreshed(next);
  return step<State, Effect>(refreshing, { kind: "stop", timer: "refresh" }, ...effects);
}

/** After a refusal, a failure or an end by the other side. */
function facing(state: State, outlook: Outlook, effects: readonly Effect[], chance: number): Took {
  switch (outlook.kind) {
    case "stop":
      return told({ ...state, at: "stopped" }, outlook.standing, effects);
    case "anew": {
      if (state.renewed) return facing(state, { kind: "rest", seconds: undefined }, effects, chance);
      const { next, effects: more } = anew({ ...state, renewed: true });
      return step<State, Effect>(next, ...effects, ...more);
    }
    case "rest": {
      const rest = backoff[Math.min(state.failures, backoff.length - 1)] ?? 0;
      const seconds = Math.max(outlook.seconds ?? rest, 1);
      const next: State = { ...state, at: "resting", failures: state.failures + 1 };
      const ms = Math.round(seconds * 1_000 * (1 + chance / 10));
      return told(next, "unknown", [...effects, { kind: "start", timer: "retry", ms }]);
    }
  }
}

/** 2.2: 30 s, 5 min, 1 h. */
const backoff: readonly number[] = [30, 300, 3_600];

function anew(state: State): Took {
  const next: State = { ...state, at: "asking", raised: false, waits: false, cseq: -1 };
  return step<State, Effect>(next, { kind: "subscribe", expires: state.expires, anew: true });
}

function refreshed(state: State): Took {
  const effect: Effect = { kind: "subscribe", expires: state.expires, anew: false };
  return step<State, Effect>({ ...state, at: "refreshing", waits: false }, effect);
}

function left(state: State): Took {
  switch (state.at) {
    case "asking":
      return step<State, Effect>({ ...state, at: "withdrawing" });
    case "watching":
    case "refreshing":
      return step<State, Effect>(
        { ...state, at: "leaving" },
        { kind: "stop", timer: "refresh" },
        { kind: "subscribe", expires: 0, anew: false },
        { kind: "start", timer: "silence", ms: silenceMs },
      );
    case "resting":
    case "stopped":
      return ended(state);
    default:
      return step(state);
  }
}

function ended(state: State, effects: readonly Effect[] = []): Took {
  return step<State, Effect>({ ...state, at: "left" }, ...effects, { kind: "end" });
}

function told(state: State, standing: Standing, effects: readonly Effect[]): Took {
  if (standing === state.standing) return step<State, Effect>(state, ...effects);
  return step<State, Effect>({ ...state, standing }, ...effects, { kind: "tell", standing });
}

/** 2.2: refresh at max(expires - 60 s, expires * 0.8), and up to a tenth of what is left before that. */
function refreshing(seconds: number, chance: number): Effect {
  const point = Math.max(seconds - 60, seconds * 0.8);
  const ms = Math.round((point - (point * chance) / 10) * 1_000);
  return { kind: "start", timer: "refresh", ms: Math.max(ms, 1_000) };
}
