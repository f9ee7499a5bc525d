import { type Fault, fault, rowOf } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";
import type { Effect, State } from "./s2s-out-state.ts";
import { streamErrorText } from "./stream-error.ts";
import { streamEnd } from "./stream-header.ts";

/** The end of the link: whatever was wanted or asked is refused or answered, and our side of the stream is closed. */
export function over(
  state: State,
  why: Fault | undefined,
  how: "say why" | "just close" | "gone",
): Step<State, Effect> {
  const reason = why ?? fault("remote-link-lost");
  const condition = state.at === "open" ? "remote-server-timeout" : "remote-connection-failed"; // XEP-0220 §2.5
  const effects: Effect[] = [
    ...[...state.pending, ...state.wanted].map(
      ({ local, foreign }): Effect => ({ kind: "refused", pair: { local, foreign }, fault: reason, again: "later" }),
    ),
    ...[...state.asked, ...state.questions].map(
      (question): Effect => ({ kind: "answer", question, outcome: { type: "error", condition } }),
    ),
  ];
  const next: State = { ...state, at: "closed", pending: [], wanted: [], asked: [], questions: [] };
  if (how === "gone") return step(next, ...effects);
  // Between <proceed/> and our next header there is no stream to say anything on.
  const speaks = state.at !== "idle" && state.at !== "handshake" && state.at !== "judging";
  if (!speaks) return step(next, ...effects, { kind: "close", fault: why });
  // A fault without a stream condition is not the peer's to read.
  const tells = how === "say why" && why !== undefined && rowOf(why.code).stream !== undefined;
  const text = (tells ? streamErrorText(why) : "") + streamEnd;
  return step({ ...next, at: "closing" }, ...effects, { kind: "send", text }, { kind: "close", fault: why });
}
