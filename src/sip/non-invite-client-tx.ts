import { type Step, step } from "../base/step.ts";
import { backedOff, type Link, timeoutMs, unreliableLink } from "./timers.ts";

/** RFC 3261 §17.1.2: the client transaction of every request but INVITE and ACK. Over when `at` is "terminated". */
export type State =
  | { readonly at: "trying"; readonly retryMs: number }
  | { readonly at: "proceeding" | "completed" | "terminated" };

export type Timer = "E" | "F" | "K";

/** `response` is one that matched; `transport-failed`: the request could not be sent, or its connection is gone. */
export type Event =
  | { readonly kind: "response"; readonly status: number }
  | { readonly kind: "timer"; readonly timer: Timer }
  | { readonly kind: "transport-failed" };

/**
 * `send`: the request goes out (again). `pass-up`: the response of the event goes to the transaction user. `fail`: there
 * will be no final response; this or one final response is what a transaction user hears, never both. A timer that is
 * started again is moved; one that rings when nobody waits for it any more does nothing.
 */
export type Effect =
  | { readonly kind: "send" }
  | { readonly kind: "pass-up" }
  | { readonly kind: "start"; readonly timer: Timer; readonly ms: number }
  | { readonly kind: "fail"; readonly why: "timeout" | "transport" };

const proceeding: State = { at: "proceeding" };
const completed: State = { at: "completed" };
const terminated: State = { at: "terminated" };
const send: Effect = { kind: "send" };
const passUp: Effect = { kind: "pass-up" };
/** What nearly every request over a reliable link comes to. */
const answeredReliably: Step<State, Effect> = step(terminated, passUp);
/** And over UDP. */
const answeredOverUdp: Step<State, Effect> = finished(unreliableLink);

/** The request is sent for the first time. */
export function begin(link: Link): Step<State, Effect> {
  const next: State = { at: "trying", retryMs: link.t1 };
  const limit: Effect = { kind: "start", timer: "F", ms: timeoutMs(link) };
  if (link.reliable) return step(next, send, limit);
  return step(next, send, { kind: "start", timer: "E", ms: link.t1 }, limit);
}

/** RFC 3261 Figure 6. */
export function on(state: State, event: Event, link: Link): Step<State, Effect> {
  switch (state.at) {
    case "trying":
    case "proceeding":
      return whileWaiting(state, event, link);
    case "completed": // §17.1.2.2: only absorbs retransmissions until timer K
      return step(event.kind === "timer" && event.timer === "K" ? terminated : state);
    case "terminated":
      return step(state);
  }
}

function whileWaiting(state: State, event: Event, link: Link): Step<State, Effect> {
  switch (event.kind) {
    case "response":
      if (event.status < 200) return step(proceeding, passUp);
      // Timer K is zero on a reliable link
      if (link.reliable) return answeredReliably;
      return link === unreliableLink ? answeredOverUdp : finished(link);
    case "timer":
      if (event.timer === "E") return retransmit(state, link);
      return event.timer === "F" ? step(terminated, { kind: "fail", why: "timeout" }) : step(state);
    case "transport-failed": // §8.1.3.1
      return step(terminated, { kind: "fail", why: "transport" });
  }
}

/** The answer is here; timer K waits for copies of it. */
function finished(link: Link): Step<State, Effect> {
  return step(completed, passUp, { kind: "start", timer: "K", ms: link.t4 });
}

/** §17.1.2.2: E doubles up to T2 while trying, and is T2 once a provisional response has come. */
function retransmit(state: State, link: Link): Step<State, Effect> {
  const ms = state.at === "trying" ? backedOff(state.retryMs, link) : link.t2;
  const next: State = state.at === "trying" ? { at: "trying", retryMs: ms } : state;
  return step(next, send, { kind: "start", timer: "E", ms });
}
