import { type Step, step } from "../base/step.ts";
import { absorbMs, type Link, ringingMs, timeoutMs } from "./timers.ts";

/**
 * RFC 3261 §17.1.1 with RFC 6026 §7.2: the client transaction of an INVITE. Over when `at` is "terminated".
 * `cancel`: the transaction user wants the INVITE cancelled; once it rings that has been told (§9.1).
 */
export type State =
  | { readonly at: "calling"; readonly retryMs: number; readonly cancel: boolean }
  | { readonly at: "proceeding"; readonly cancel: boolean }
  | { readonly at: "accepted" | "completed" | "terminated" };

export type Timer = "A" | "B" | "C" | "D" | "M";

/** `response` is one that matched; `transport-failed`: nothing can be sent, or the connection is gone. */
export type Event =
  | { readonly kind: "response"; readonly status: number }
  | { readonly kind: "timer"; readonly timer: Timer }
  | { readonly kind: "cancel" }
  | { readonly kind: "transport-failed" };

/**
 * `send`: the INVITE goes out (again). `send-ack`: the ACK of §17.1.1.3 for the response of the event goes out; for a 2xx
 * it is the transaction user who acknowledges. `send-cancel`: a CANCEL transaction begins. `pass-up`: the response of the
 * event goes to the transaction user. `fail`: there will be no final response. `send-failed`: the ACK could not be sent.
 * The transaction user hears of one failure or of one final response, except that each copy of a 2xx is passed up.
 */
export type Effect =
  | { readonly kind: "send" | "send-ack" | "send-cancel" | "pass-up" | "send-failed" }
  | { readonly kind: "start"; readonly timer: Timer; readonly ms: number }
  | { readonly kind: "fail"; readonly why: "timeout" | "transport" };

const accepted: State = { at: "accepted" };
const completed: State = { at: "completed" };
const terminated: State = { at: "terminated" };
const send: Effect = { kind: "send" };
const sendAck: Effect = { kind: "send-ack" };
const sendCancel: Effect = { kind: "send-cancel" };
const passUp: Effect = { kind: "pass-up" };

/** The INVITE is sent for the first time. */
export function begin(link: Link): Step<State, Effect> {
  const next: State = { at: "calling", retryMs: link.t1, cancel: false };
  const limit: Effect = { kind: "start", timer: "B", ms: timeoutMs(link) };
  if (link.reliable) return step(next, send, limit);
  return step(next, send, { kind: "start", timer: "A", ms: link.t1 }, limit);
}

/** RFC 3261 Figure 5 as RFC 6026 redrew it; what CANCEL and timer C add is §9.1 and §16.8. */
export function on(state: State, event: Event, link: Link): Step<State, Effect> {
  switch (state.at) {
    case "calling":
    case "proceeding":
      return whileWaiting(state, event, link);
    case "accepted":
      return whileAccepted(state, event);
    case "completed":
      return whileCompleted(state, event);
    case "terminated":
      return step(state);
  }
}

type Waiting = Extract<State, { at: "calling" | "proceeding" }>;

function whileWaiting(state: Waiting, event: Event, link: Link): Step<State, Effect> {
  switch (event.kind) {
    case "response":
      return answered(state, event.status, link);
    case "timer":
      return state.at === "calling" ? whileCalling(state, event.timer) : whileRinging(state, event.timer, link);
    case "cancel":
      if (state.cancel) return step(state);
      // §9.1: no CANCEL before the other side has answered something
      return state.at === "calling" ? step({ ...state, cancel: true }) : cancelled(link);
    case "transport-failed":
      return step(terminated, { kind: "fail", why: "transport" });
  }
}

function answered(state: Waiting, status: number, link: Link): Step<State, Effect> {
  if (status < 200) return provisional(state, status, link);
  // RFC 6026 §8.4: the transaction stays, because every copy and every fork of a 2xx belongs to it
  if (status < 300) return step(accepted, passUp, { kind: "start", timer: "M", ms: timeoutMs(link) });
  // Timer D is zero on a reliable link
  if (link.reliable) return step(terminated, sendAck, passUp);
  return step(completed, sendAck, passUp, { kind: "start", timer: "D", ms: absorbMs(link) });
}

function provisional(state: Waiting, status: number, link: Link): Step<State, Effect> {
  if (state.at === "calling" && state.cancel) {
    const { next, effects } = cancelled(link);
    return step(next, passUp, ...effects);
  }
  if (state.cancel) return step(state, passUp);
  const next: State = { at: "proceeding", cancel: false };
  // §16.7 step 2: timer C starts over when it rings, not for a 100
  if (state.at === "proceeding" && status === 100) return step(next, passUp);
  return step(next, passUp, { kind: "start", timer: "C", ms: ringingMs });
}

/** §9.1: after a CANCEL the final response is waited for 64*T1 and no longer. */
function cancelled(link: Link): Step<State, Effect> {
  const next: State = { at: "proceeding", cancel: true };
  return step(next, sendCancel, { kind: "start", timer: "C", ms: timeoutMs(link) });
}

function whileCalling(state: Waiting & { at: "calling" }, timer: Timer): Step<State, Effect> {
  if (timer === "B") return step(terminated, { kind: "fail", why: "timeout" });
  if (timer !== "A") return step(state);
  const ms = 2 * state.retryMs; // §17.1.1.2: without a bound, unlike timer E
  return step({ ...state, retryMs: ms }, send, { kind: "start", timer: "A", ms });
}

function whileRinging(state: Waiting, timer: Timer, link: Link): Step<State, Effect> {
  if (timer !== "C") return step(state);
  // §16.8: who has rung too long is cancelled; who does not even answer that is given up
  return state.cancel ? step(terminated, { kind: "fail", why: "timeout" }) : cancelled(link);
}

/** RFC 6026 §7.2. */
function whileAccepted(state: State, event: Event): Step<State, Effect> {
  if (event.kind === "timer" && event.timer === "M") return step(terminated);
  const again = event.kind === "response" && event.status >= 200 && event.status < 300;
  return again ? step(state, passUp) : step(state);
}

/** §17.1.1.2: each copy of the response is acknowledged again, and goes no further. */
function whileCompleted(state: State, event: Event): Step<State, Effect> {
  switch (event.kind) {
    case "response":
      return event.status >= 300 ? step(state, sendAck) : step(state);
    case "timer":
      return step(event.timer === "D" ? terminated : state);
    case "cancel":
      return step(state);
    case "transport-failed":
      return step(terminated, { kind: "send-failed" });
  }
}
