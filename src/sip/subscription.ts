import { type Fault, fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { type Step, step } from "../base/step.ts";
import { afterNotify, type NotifyOutcome } from "./notify-outcome.ts";
import { type EndReason, ongoingText, terminatedText } from "./subscription-state.ts";

/**
 * One subscription as its notifier sees it (RFC 6665 §4.2), whatever the package: presence, presence.winfo, or a list. It
 * says when a NOTIFY leaves and what kind of body it has; the owner makes the body then, so the newest state goes out
 * however many changes came before.
 */
export type State =
  | {
      readonly at: "active" | "pending";
      /** The watcher is shown nothing and told nothing of it (SUB-07). */
      readonly polite: boolean;
      /** Milliseconds since 1970. */
      readonly expiresAt: number;
      /** NOTIFYs sent and not answered. */
      readonly flying: number;
      /** What is to be sent when they are answered. */
      readonly owed: "nothing" | "changes" | "everything";
      /** Of the next document that counts (RFC 3858 §4.1, RFC 4662 §5.1). */
      readonly version: number;
    }
  | { readonly at: "ended" };

/** What the person watched has decided: "pending" as long as nothing. "block" is an open refusal. */
export type Verdict = "allow" | "pending" | "polite-block" | "block";

export type Timer = "expiry" | "retry";

export type Event =
  /** A SUBSCRIBE in the dialog: a refresh, or the end when its Expires is 0. */
  | { readonly kind: "subscribe"; readonly request: Subscribe }
  | { readonly kind: "decided"; readonly verdict: Verdict }
  /** What is watched has changed. `entirely`: so much that only the whole of it says so (a list with other entries). */
  | { readonly kind: "changed"; readonly entirely?: true }
  /** A final answer to a NOTIFY; 408 also when none came or it could not be sent (RFC 3261 §8.1.3.1). */
  | { readonly kind: "answered"; readonly status: number; readonly retryAfter?: number }
  | { readonly kind: "timer"; readonly timer: Timer }
  /** The notifier ends it: "deactivated" when this node stops, "noresource" when the person is gone, and so on. */
  | { readonly kind: "end"; readonly reason: EndReason; readonly retryAfter?: number };

/** What matters of a SUBSCRIBE. */
export type Subscribe = {
  /** Seconds of the Expires header. */
  readonly expires: number | undefined;
  /** Suppress-If-Match (RFC 5839). */
  readonly suppressIfMatch?: string | undefined;
};

/**
 * "state": the newest document for this watcher. "neutral": one that says nothing, closed (6.9). "none": no body.
 */
export type Body = "state" | "neutral" | "none";

export type Effect =
  /** Answers the SUBSCRIBE. `headers` are header lines with their line ends. */
  | { readonly kind: "answer"; readonly status: 200 | 204 | 403 | 423; readonly headers: string }
  | {
      readonly kind: "notify";
      readonly subscriptionState: string;
      readonly body: Body;
      /** Everything, or what has changed since the last: for packages that know the difference. */
      readonly full: boolean;
      readonly version: number;
    }
  | { readonly kind: "start"; readonly timer: Timer; readonly ms: number }
  /** Forget it: its timers, its dialog. */
  | { readonly kind: "end" };

/** What the machine has to know of the moment: milliseconds since 1970, and the entity-tag of the newest document. */
export type Facts = { readonly now: number; readonly etag: string };

export type SubscribeLimits = Pick<Limits, "sipSubscribeSecondsMin" | "sipSubscribeSecondsMax">;

const secondsWhenNotSaid = 3_600; // RFC 3856 §6.4, RFC 3857 §4.4

/** Whether one more subscription may begin: faults sip-subscriptions-full (this watcher's) and sip-overloaded (all). */
export function roomForOne(
  ofWatcher: number,
  ofAll: number,
  limits: Pick<Limits, "sipSubscriptionsPerUserMax" | "sipSubscriptionsMax">,
): Fault | undefined {
  if (ofWatcher >= limits.sipSubscriptionsPerUserMax) return fault("sip-subscriptions-full");
  if (ofAll >= limits.sipSubscriptionsMax) return fault("sip-overloaded", "sipSubscriptionsMax");
  return undefined;
}

/** A SUBSCRIBE outside a dialog: the beginning of a subscription, or a look at the state when its Expires is 0. */
export function begin(
  request: Subscribe,
  verdict: Verdict,
  facts: Facts,
  limits: SubscribeLimits,
): Step<State, Effect> {
  const seconds = secondsFor(request, limits);
  if (seconds === undefined) return step<State, Effect>({ at: "ended" }, tooBrief(limits));
  // RFC 3856 §6.6.2: an open refusal
  if (verdict === "block") return step<State, Effect>({ at: "ended" }, { kind: "answer", status: 403, headers: "" });
  const state: Ongoing = {
    ...judged(verdict),
    expiresAt: facts.now + seconds * 1_000,
    flying: 0,
    owed: "nothing",
    version: 0,
  };
  const same = matches(request, state, facts);
  if (seconds === 0) return last(state, same, facts);
  // RFC 5839 §5.5: the first NOTIFY makes the dialog and cannot be spared, its body can
  return after([granted(seconds), expiring(seconds)], same ? bare(state, facts) : sent(state, facts, "everything"));
}

/**
 * A subscription that was there before this process. Its watcher is told how things stand at the next change, or in `ms`:
 * right after a start everybody here is away, and that is no news.
 */
export function resume(
  verdict: Exclude<Verdict, "block">,
  expiresAt: number,
  ms: number,
  { now }: Facts,
): Step<State, Effect> {
  const state: Ongoing = { ...judged(verdict), expiresAt, flying: 0, owed: "everything", version: 0 };
  return step<State, Effect>(
    state,
    { kind: "start", timer: "expiry", ms: Math.max(0, expiresAt - now) },
    { kind: "start", timer: "retry", ms },
  );
}

/** One event. In state "ended" nothing matters any more: answers to the last NOTIFY still come in. */
export function on(state: State, event: Event, facts: Facts, limits: SubscribeLimits): Step<State, Effect> {
  if (state.at === "ended") return step<State, Effect>(state);
  switch (event.kind) {
    case "subscribe":
      return refreshed(state, event.request, facts, limits);
    case "decided":
      return decided(state, event.verdict, facts);
    case "changed":
      // Nobody who may not see a change is to learn when there was one
      return showsNothing(state)
        ? step<State, Effect>(state)
        : due(state, facts, event.entirely === true ? "everything" : "changes");
    case "answered":
      return answered(state, afterNotify(event.status, event.retryAfter), facts);
    case "timer":
      return event.timer === "expiry" ? over(state, "timeout") : due(state, facts, "everything");
    case "end":
      return over(state, event.reason, event.retryAfter);
  }
}

type Ongoing = Exclude<State, { readonly at: "ended" }>;

/** RFC 6665 §4.2.1.2: a NOTIFY follows each SUBSCRIBE at once, unless the watcher has the document (RFC 5839 §6). */
function refreshed(state: Ongoing, request: Subscribe, facts: Facts, limits: SubscribeLimits): Step<State, Effect> {
  const seconds = secondsFor(request, limits);
  if (seconds === undefined) return step<State, Effect>(state, tooBrief(limits)); // the subscription stays as it was
  const same = matches(request, state, facts);
  const longer = { ...state, expiresAt: facts.now + seconds * 1_000 };
  if (seconds === 0) return last(longer, same, facts);
  if (same) return step<State, Effect>(longer, unchanged(seconds, facts), expiring(seconds));
  return after([granted(seconds), expiring(seconds)], due(longer, facts, "everything", 2));
}

/** An unsubscription or a look: one NOTIFY with the state, and the end (RFC 6665 §4.4.3). */
function last(state: Ongoing, same: boolean, facts: Facts): Step<State, Effect> {
  if (same) return step<State, Effect>({ at: "ended" }, unchanged(0, facts), { kind: "end" });
  const subscriptionState = terminatedText("timeout");
  const { version } = state;
  const body = showsNothing(state) ? "neutral" : "state";
  return step<State, Effect>(
    { at: "ended" },
    granted(0),
    { kind: "notify", subscriptionState, body, full: true, version },
    { kind: "end" },
  );
}

function decided(state: Ongoing, verdict: Verdict, facts: Facts): Step<State, Effect> {
  if (verdict === "block") return over(state, "rejected");
  const { at, polite } = judged(verdict);
  if (at === state.at && polite === state.polite) return step<State, Effect>(state);
  return sent({ ...state, at, polite }, facts, "everything");
}

function answered(state: Ongoing, outcome: NotifyOutcome, facts: Facts): Step<State, Effect> {
  // RFC 6665 §4.2.2, RFC 5057 §5.1: the watcher knows nothing of it, or is gone
  if (outcome.kind === "over") return step<State, Effect>({ at: "ended" }, { kind: "end" });
  const isRetried = outcome.kind === "retry";
  const flying = Math.max(0, state.flying - 1);
  const landed: Ongoing = { ...state, flying, owed: isRetried ? "nothing" : state.owed };
  if (isRetried) return step<State, Effect>(landed, { kind: "start", timer: "retry", ms: outcome.ms });
  if (landed.flying > 0 || landed.owed === "nothing") return step<State, Effect>(landed);
  return sent(landed, facts, landed.owed);
}

function over(state: Ongoing, reason: EndReason, retryAfter?: number): Step<State, Effect> {
  const subscriptionState = terminatedText(reason, retryAfter);
  const { version } = state;
  return step<State, Effect>(
    { at: "ended" },
    { kind: "notify", subscriptionState, body: "none", full: true, version },
    { kind: "end" },
  );
}

/** Sends, or notes that there is something to send while as many NOTIFYs as `most` wait for their answers. */
function due(state: Ongoing, facts: Facts, what: "changes" | "everything", most = 1): Step<State, Effect> {
  if (state.flying < most) return sent(state, facts, state.owed === "everything" ? "everything" : what);
  return step<State, Effect>({ ...state, owed: state.owed === "everything" ? "everything" : what });
}

function sent(state: Ongoing, facts: Facts, what: "changes" | "everything"): Step<State, Effect> {
  const { version, flying } = state;
  const body = showsNothing(state) ? "neutral" : "state";
  return step<State, Effect>(
    { ...state, flying: flying + 1, owed: "nothing", version: (version + 1) >>> 0 },
    { kind: "notify", subscriptionState: textFor(state, facts), body, full: what === "everything", version },
  );
}

function bare(state: Ongoing, facts: Facts): Step<State, Effect> {
  const subscriptionState = textFor(state, facts);
  const { version } = state;
  return step<State, Effect>(
    { ...state, flying: state.flying + 1 },
    { kind: "notify", subscriptionState, body: "none", full: true, version },
  );
}

function after(first: readonly Effect[], { next, effects }: Step<State, Effect>): Step<State, Effect> {
  return { next, effects: [...first, ...effects] };
}

function textFor(state: Ongoing, { now }: Facts): string {
  return ongoingText(state.at, Math.max(0, Math.ceil((state.expiresAt - now) / 1_000)));
}

function judged(verdict: Exclude<Verdict, "block">): Pick<Ongoing, "at" | "polite"> {
  // RFC 5025 §3.2.1: a polite block looks like an allowed watcher of somebody who is not there
  return { at: verdict === "pending" ? "pending" : "active", polite: verdict === "polite-block" };
}

function showsNothing({ at, polite }: Ongoing): boolean {
  return at === "pending" || polite;
}

/** RFC 5839 §5.2, §6.3: a tag, or "*" for any. A watcher who is shown nothing has no tag that could match. */
function matches({ suppressIfMatch }: Subscribe, state: Ongoing, { etag }: Facts): boolean {
  if (suppressIfMatch === undefined) return false;
  return suppressIfMatch === "*" || (suppressIfMatch === etag && !showsNothing(state));
}

/** Undefined: too brief (RFC 6665 §4.2.1.1). */
function secondsFor({ expires }: Subscribe, limits: SubscribeLimits): number | undefined {
  const seconds = Math.min(expires ?? secondsWhenNotSaid, limits.sipSubscribeSecondsMax);
  return seconds > 0 && seconds < limits.sipSubscribeSecondsMin ? undefined : seconds;
}

function granted(seconds: number): Effect {
  return { kind: "answer", status: 200, headers: `Expires: ${seconds}\r\n` };
}

/** RFC 5839 §5.3: no notification follows. */
function unchanged(seconds: number, { etag }: Facts): Effect {
  return { kind: "answer", status: 204, headers: `Expires: ${seconds}\r\nSIP-ETag: ${etag}\r\n` };
}

function tooBrief(limits: SubscribeLimits): Effect {
  return { kind: "answer", status: 423, headers: `Min-Expires: ${limits.sipSubscribeSecondsMin}\r\n` };
}

function expiring(seconds: number): Effect {
  return { kind: "start", timer: "expiry", ms: seconds * 1_000 };
}
