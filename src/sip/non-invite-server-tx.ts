import { type Step, step } from "../base/step.ts";
import { type Link, lateTryingMs, timeoutMs, unreliableLink } from "./timers.ts";

/**
 * RFC 3261 §17.2.2 with RFC 4320: the server transaction of every request but INVITE and ACK. Over when `at` is
 * "terminated". `answered`: there is a response to repeat; without one, copies of the request are met with silence.
 */
export type State =
  | { readonly at: "trying" | "proceeding" | "terminated" }
  | { readonly at: "completed"; readonly answered: boolean };

/** "100": when a 100 is due (RFC 4320 §4.1). "F": when the client has given up by its own timer F. */
export type Timer = "100" | "F" | "J";

/** `request`: the request came again. `answer`: the transaction user answers; `transport-failed`: it could not be sent. */
export type Event =
  | { readonly kind: "request" }
  | { readonly kind: "answer"; readonly status: number }
  | { readonly kind: "timer"; readonly timer: Timer }
  | { readonly kind: "transport-failed" };

/**
 * `pass-up`: the request goes to the transaction user. `send`: the response of the event goes out, and is the one to
 * repeat from now on. `trying`: the same with a 100 nobody asked for. `repeat`: the kept response goes out once more.
 * `fail`: the transaction user took too long, or the connection is gone. `send-failed`: a response could not be sent.
 */
export type Effect =
  | { readonly kind: "pass-up" | "send" | "trying" | "repeat" | "send-failed" }
  | { readonly kind: "start"; readonly timer: Timer; readonly ms: number }
  | { readonly kind: "fail"; readonly why: "timeout" | "transport" };

const trying: State = { at: "trying" };
const proceeding: State = { at: "proceeding" };
const terminated: State = { at: "terminated" };
const send: Effect = { kind: "send" };
/** What nearly every request over a reliable link comes to. */
const answeredReliably: Step<State, Effect> = step(terminated, send);
/** And over UDP. */
const answeredOverUdp: Step<State, Effect> = completed(true, unreliableLink, send);

/** A request came that belongs to no transaction. The timer may be left out when the answer is there at once. */
export function begin(link: Link): Step<State, Effect> {
  return step(trying, { kind: "pass-up" }, { kind: "start", timer: "100", ms: lateTryingMs(link) });
}

/** RFC 3261 Figure 8, under the rules of RFC 4320. */
export function on(state: State, event: Event, link: Link): Step<State, Effect> {
  switch (state.at) {
    case "trying":
    case "proceeding":
      return whileOpen(state, event, link);
    case "completed":
      return whileCompleted(state, event, link);
    case "terminated":
      return step(state);
  }
}

function whileOpen(state: State, event: Event, link: Link): Step<State, Effect> {
  switch (event.kind) {
    case "request": // §17.2.2: in Trying there is nothing to repeat
      return state.at === "proceeding" ? step(state, { kind: "repeat" }) : step(state);
    case "answer":
      return event.status < 200 ? provisional(state, event.status, link) : final(event.status, link);
    case "timer":
      return late(state, event.timer, link);
    case "transport-failed":
      return state.at === "proceeding" ? unsent(state, link) : step(state);
  }
}

/** RFC 4320 §4.1: of provisional responses only a 100; on an unreliable link only once the client is slow to ask again. */
function provisional(state: State, status: number, link: Link): Step<State, Effect> {
  if (status !== 100 || (state.at === "trying" && !link.reliable)) return step(state);
  return step(proceeding, send);
}

/** RFC 4320 §4.2: a 408 is never sent; whoever would have got it has run out of time as well. */
function final(status: number, link: Link): Step<State, Effect> {
  if (status === 408) return completed(false, link);
  if (link.reliable) return answeredReliably;
  return link === unreliableLink ? answeredOverUdp : completed(true, link, send);
}

function late(state: State, timer: Timer, link: Link): Step<State, Effect> {
  switch (timer) {
    case "100": {
      const limit: Effect = { kind: "start", timer: "F", ms: Math.max(0, timeoutMs(link) - lateTryingMs(link)) };
      return state.at === "trying" ? step(proceeding, { kind: "trying" }, limit) : step(state, limit);
    }
    case "F": // RFC 4320 §4.2: too late for any answer
      return completed(false, link, { kind: "fail", why: "timeout" });
    case "J":
      return step(state);
  }
}

/** Timer J, which is zero on a reliable link. */
function completed(answered: boolean, link: Link, ...effects: Effect[]): Step<State, Effect> {
  if (link.reliable) return step(terminated, ...effects);
  return step({ at: "completed", answered }, ...effects, { kind: "start", timer: "J", ms: timeoutMs(link) });
}

function whileCompleted(state: State & { at: "completed" }, event: Event, link: Link): Step<State, Effect> {
  switch (event.kind) {
    case "request":
      return state.answered ? step(state, { kind: "repeat" }) : step(state);
    case "answer": // §17.2.2: any other final response is discarded
      return step(state);
    case "timer":
      return step(event.timer === "J" ? terminated : state);
    case "transport-failed":
      return unsent(state, link);
  }
}

/**
 * §17.2.4, Figure 8: the transaction user is told, and the transaction ends. Not so on an unreliable link: the client asks
 * again, and a transaction that had forgotten would hand the request up a second time. RFC 6026 mended INVITE that way.
 */
function unsent(state: State, link: Link): Step<State, Effect> {
  return link.reliable ? step(terminated, { kind: "fail", why: "transport" }) : step(state, { kind: "send-failed" });
}
