import { type Fault, rowOf } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";
import type { Effect, Setup, State } from "./s2s-in-state.ts";
import { streamErrorText } from "./stream-error.ts";
import { headerText, streamEnd } from "./stream-header.ts";

/**
 * The end of the link from our side: why, where the peer may read it, and our closing tag. Our own header goes first when
 * it has not been sent (RFC 6120 §4.9.1.2). `id` is the stream's, when the peer's header was read at all.
 */
export function over(state: State, why: Fault | undefined, setup: Setup, tells = true): Step<State, Effect> {
  const close: Effect = { kind: "close", fault: why };
  // In the middle of a handshake nothing can be said.
  if (state.at === "handshake") return step({ ...state, at: "closed", claims: [] }, close);
  const header = state.greeted ? "" : headerText("server", { from: setup.fallback, id: state.id });
  const error = tells && why !== undefined && rowOf(why.code).stream !== undefined ? streamErrorText(why) : "";
  const text = header + error + streamEnd;
  return step({ ...state, at: "closing", greeted: true, claims: [] }, { kind: "send", text }, close);
}

/** The effects, then the step's. */
export function after(effects: readonly Effect[], taken: Step<State, Effect>): Step<State, Effect> {
  return { next: taken.next, effects: [...effects, ...taken.effects] };
}
