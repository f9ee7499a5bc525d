import { type Step, step } from "../base/step.ts";
import { backedOff, inviteTryingMs, type Link, ringingMs, timeoutMs } from "./timers.ts";

/**
 * RFC 3261 §17.2.1 with RFC 6026 §7.1: the server transaction of an INVITE. Over when `at` is "terminated".
 * `answered`: a provisional response has been sent, and is there to be repeated.
 */
export type State =
  | { readonly at: "proceeding"; readonly answered: boolean }
  | { readonly at: "completed"; readonly retryMs: number }
  | { readonly at: "accepted" | "confirmed" | "terminated" };

/** "100": when a 100 is due. "C": when nobody can be waiting for an answer any more. */
export type Timer = "100" | "C" | "G" | "H" | "I" | "L";

/** `request`: the INVITE came again. `answer`: the transaction user answers; `transport-failed`: it could not be sent. */
export type Event =
  | { readonly kind: "request" | "ack" }
  | { readonly kind: "answer"; readonly status: number }
  | { readonly kind: "timer"; readonly timer: Timer }
  | { readonly kind: "transport-failed" };

/**
 * `pass-up`: the INVITE, or the ACK of a 2xx, goes to the transaction user. `send`: the response of the event goes out,
 * and is the one to repeat from now on. `trying`: the same with a 100 nobody asked for. `repeat`: the kept response goes
 * out once more. `fail`: the transaction user took too long, or the ACK never came. `send-failed`: a response could not
 * be sent; the transaction goes on.
 */
export type Effect =
  | { readonly kind: "pass-up" | "send" | "trying" | "repeat" | "send-failed" }
  | { readonly kind: "start"; readonly timer: Timer; readonly ms: number }
  | { readonly kind: "fail"; readonly why: "timeout" | "no-ack" };

const ringing: State = { at: "proceeding", answered: true };
const accepted: State = { at: "accepted" };
const confirmed: State = { at: "confirmed" };
const terminated: State = { at: "terminated" };
const send: Effect = { kind: "send" };
const repeat: Effect = { kind: "repeat" };
const passUp: Effect = { kind: "pass-up" };
const trying: Effect = { kind: "trying" };
const sendFailed: Effect = { kind: "send-failed" };
const limit: Effect = { kind: "start", timer: "C", ms: ringingMs };

/** An INVITE came that belongs to no transaction. The timer may be left out when the answer is there at once. */
export function begin(): Step<State, Effect> {
  return step({ at: "proceeding", answered: false }, passUp, { kind: "start", timer: "100", ms: inviteTryingMs });
}

/** RFC 3261 Figure 7 as RFC 6026 redrew it, and a bound to how long the transaction user may take. */
export function on(state: State, event: Event, link: Link): Step<State, Effect> {
  switch (state.at) {
    case "proceeding":
      return whileProceeding(state, event, link);
    case "accepted":
      return whileAccepted(state, event);
    case "completed":
      return whileCompleted(state, event, link);
    case "confirmed": // §17.2.1: only absorbs ACKs until timer I
      return step(event.kind === "timer" && event.timer === "I" ? terminated : state);
    case "terminated":
      return step(state);
  }
}

function whileProceeding(state: State & { at: "proceeding" }, event: Event, link: Link): Step<State, Effect> {
  switch (event.kind) {
    case "request": // what came twice within 200 ms must be quenched all the same
      return state.answered ? step(state, repeat) : step(ringing, trying, limit);
    case "ack":
      return step(state);
    case "answer":
      return answer(event.status, link);
    case "timer":
      if (event.timer === "100") return state.answered ? step(state) : step(ringing, trying, limit);
      return event.timer === "C" ? step(terminated, { kind: "fail", why: "timeout" }) : step(state);
    case "transport-failed":
      return step(state, sendFailed);
  }
}

function answer(status: number, link: Link): Step<State, Effect> {
  // §13.3.1.1: whoever says that it still rings is given more time
  if (status < 200) return step(ringing, send, limit);
  if (status < 300) return step(accepted, send, { kind: "start", timer: "L", ms: timeoutMs(link) });
  const next: State = { at: "completed", retryMs: link.t1 };
  const ack: Effect = { kind: "start", timer: "H", ms: timeoutMs(link) };
  return link.reliable ? step(next, send, ack) : step(next, send, { kind: "start", timer: "G", ms: link.t1 }, ack);
}

/** RFC 6026 §7.1: the transaction user repeats its 2xx until the ACK comes; copies of the INVITE end here. */
function whileAccepted(state: State, event: Event): Step<State, Effect> {
  switch (event.kind) {
    case "request":
      return step(state);
    case "ack":
      return step(state, passUp);
    case "answer":
      return event.status >= 200 && event.status < 300 ? step(state, send) : step(state);
    case "timer":
      return step(event.timer === "L" ? terminated : state);
    case "transport-failed":
      return step(state, sendFailed);
  }
}

function whileCompleted(state: State & { at: "completed" }, event: Event, link: Link): Step<State, Effect> {
  switch (event.kind) {
    case "request":
      return step(state, repeat);
    case "ack": // timer I is zero on a reliable link
      return link.reliable ? step(terminated) : step(confirmed, { kind: "start", timer: "I", ms: link.t4 });
    case "answer":
      return step(state);
    case "timer":
      if (event.timer === "H") return step(terminated, { kind: "fail", why: "no-ack" });
      return event.timer === "G" ? repeated(state.retryMs, link) : step(state);
    case "transport-failed":
      return step(state, sendFailed);
  }
}

function repeated(retryMs: number, link: Link): Step<State, Effect> {
  const ms = backedOff(retryMs, link);
  return step({ at: "completed", retryMs: ms }, repeat, { kind: "start", timer: "G", ms });
}
