import { parseDomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";
import type { Element } from "../xml/element.ts";
import { type Dialback, type DialbackOutcome, faultOfCondition, readDialback, writeDialback } from "./dialback.ts";
import { over } from "./s2s-out-end.ts";
import type { Again, Effect, Event, Question, Setup, State } from "./s2s-out-state.ts";
import { countPairs, mayCarry, type Pair, samePair, withPair } from "./s2s-pairs.ts";
import { answerText, enableText, readSm } from "./stream-management-elements.ts";

/**
 * Whether one more pair may be asked for on this link (XEP-0220 §2.6): another local domain freely, another foreign one
 * only when the receiver understands dialback errors. That both live at the same address and port is the caller's to know.
 */
export function accepts(state: State, pair: Pair, setup: Setup): boolean {
  if (state.at === "closing" || state.at === "closed") return false;
  const underWay = [...state.pending, ...state.wanted];
  if (mayCarry(state.pairs, pair.local, pair.foreign) || underWay.some((each) => samePair(each, pair))) return true;
  // Before the link is open its own pair may still be proved by EXTERNAL.
  if (samePair(pair, setup) && state.at !== "open") return true;
  if (countPairs(state.pairs) + underWay.length >= setup.limits.domainsPerLinkMax) return false;
  return obstacle(state, pair, setup) === undefined;
}

/** Why a pair cannot be proved by dialback on this link as it is; undefined when it can be tried. */
function obstacle(state: State, pair: Pair, setup: Setup): Fault | undefined {
  const policy = setup.policyFor(pair.foreign);
  const further = !samePair(pair, setup);
  const sameTarget = pair.foreign === setup.foreign;
  if (further && policy.multiplex === "none") return fault("remote-refused-us", "the partner takes one pair a link");
  if (!sameTarget && (policy.multiplex !== "both" || state.features.dialback !== "errors")) {
    return fault("remote-refused-us", "the partner takes one target domain a link"); // XEP-0220 §2.6.2
  }
  if (policy.dialback === "never") return fault("remote-refused-us", "dialback is not allowed here");
  if (policy.tls === "required" && !state.secure && state.at === "open") return fault("remote-tls-required");
  const proof = state.proofs.get(pair.foreign);
  if (state.secure && policy.certificate === "strict" && proof?.proves === false) {
    return fault("remote-untrusted", proof.fault?.code ?? "");
  }
  return undefined;
}

/** Sends keys for the pairs that are wanted and the questions that wait (XEP-0220 §2.1). The link is open. */
export function proveWanted(before: State, setup: Setup): Step<State, Effect> {
  const effects: Effect[] = [];
  const wanted: Pair[] = [];
  let state: State = { ...before, wanted: [], questions: [] };
  for (const pair of before.wanted) {
    if (mayCarry(state.pairs, pair.local, pair.foreign)) {
      effects.push({
        kind: "proved",
        pair,
        method: state.authenticated && samePair(pair, setup) ? "external" : "dialback",
      });
      continue;
    }
    if (state.pending.some((each) => samePair(each, pair))) continue;
    const hindrance = obstacle(state, pair, setup);
    if (hindrance !== undefined) {
      const again = samePair(pair, setup) ? "later" : "elsewhere";
      effects.push({ kind: "refused", pair, fault: hindrance, again });
      continue;
    }
    // A certificate was judged for the first target only; another strict one needs its own verdict first.
    if (state.secure && state.proofs.get(pair.foreign) === undefined) {
      wanted.push(pair);
      if (!state.proofs.has(pair.foreign)) {
        effects.push({ kind: "judge", domain: pair.foreign });
        state = { ...state, proofs: new Map(state.proofs).set(pair.foreign, undefined) };
      }
      continue;
    }
    const round = state.round + 1;
    state = { ...state, round, pending: [...state.pending, { local: pair.local, foreign: pair.foreign, round }] };
    effects.push({ kind: "send", text: resultText(pair, state.id ?? "", setup) });
    effects.push({ kind: "wait", ms: setup.limits.dialbackMs, event: { kind: "pair-unanswered", round } });
  }
  for (const question of before.questions) {
    const round = state.round + 1;
    state = { ...state, round, asked: [...state.asked, { ...question, round }] };
    effects.push({ kind: "send", text: verifyText(question) });
    effects.push({ kind: "wait", ms: setup.limits.dialbackMs, event: { kind: "question-unanswered", round } });
  }
  return step({ ...state, wanted }, ...effects);
}

/** XEP-0220 §2.1.1: the key vouches that `local` sends to `foreign` on this very stream. */
function resultText({ local, foreign }: Pair, id: string, setup: Setup): string {
  const key = setup.keyer.keyFor({ receiving: foreign, originating: local, id });
  return writeDialback({ name: "result", from: local, to: foreign, id: undefined, key });
}

/** XEP-0220 §2.1.2 */
function verifyText({ local, foreign, id, key }: Question): string {
  return writeDialback({ name: "verify", from: local, to: foreign, id, key });
}

/** An answer counts only when it was asked for on this stream, by names and id (XEP-0220 §3.1); the rest is dropped. */
export function dialback(state: State, element: Element, setup: Setup): Step<State, Effect> {
  const read = readDialback(element);
  if (read === undefined || !("outcome" in read)) {
    return drop(state, `<${element.name}/> asked on our own link`);
  }
  const foreign = parseDomainName(read.from ?? "");
  const local = parseDomainName(read.to ?? "");
  if (!foreign.ok || !local.ok) return drop(state, "an answer without names");
  const pair: Pair = { local: local.value, foreign: foreign.value };
  return read.name === "result" ? result(state, pair, read.outcome, setup) : verified(state, pair, read, read.outcome);
}

function drop(state: State, what: string): Step<State, Effect> {
  return step(state, { kind: "dropped", fault: fault("dialback-unsolicited", what) });
}

function result(state: State, pair: Pair, outcome: DialbackOutcome, setup: Setup): Step<State, Effect> {
  const { local, foreign } = pair;
  if (!state.pending.some((each) => samePair(each, pair))) return drop(state, `a result for ${local} to ${foreign}`);
  const rest: State = { ...state, pending: state.pending.filter((each) => !samePair(each, pair)) };
  switch (outcome.type) {
    case "valid": {
      const proved = enableAcks({ ...rest, pairs: withPair(rest.pairs, local, foreign) }, setup);
      return step(proved.next, ...proved.effects, { kind: "proved", pair, method: "dialback" });
    }
    case "invalid": {
      const why = fault("remote-refused-us", "dialback: invalid");
      // XEP-0220 §2.1.1: the receiver most likely closes the stream. If nothing else lives on it, so do we.
      return refusedAlone(rest, { kind: "refused", pair, fault: why, again: "later" });
    }
    case "error": {
      // XEP-0220 §2.5: only this pair is concerned, the stream lives on.
      const why = fault(faultOfCondition(outcome.condition), `dialback error: ${outcome.condition}`);
      return step(rest, { kind: "refused", pair, fault: why, again: againAfter(rest, outcome.condition) });
    }
  }
}

/** A pair was refused for good; a link that carries nothing else and waits for nothing else is closed. */
function refusedAlone(state: State, refused: Effect & { readonly kind: "refused" }): Step<State, Effect> {
  if (state.pairs.size + state.pending.length + state.wanted.length + state.asked.length > 0) {
    return step(state, refused);
  }
  const ended = over(state, refused.fault, "just close");
  return step(ended.next, refused, ...ended.effects);
}

/** XEP-0220 §2.5, resource-constraint: a new connection may have room, unless this one was new itself. */
function againAfter(state: State, condition: string): Again {
  return condition === "resource-constraint" && state.pairs.size > 0 ? "elsewhere" : "later";
}

function verified(state: State, pair: Pair, { id }: Dialback, outcome: DialbackOutcome): Step<State, Effect> {
  const question = state.asked.find((each) => samePair(each, pair) && each.id === id);
  if (question === undefined) return drop(state, `a verdict for ${pair.foreign} to ${pair.local}`);
  const { round: _, ...plain } = question;
  const asked = state.asked.filter((each) => each !== question);
  return step({ ...state, asked }, { kind: "answer", question: plain, outcome });
}

/** Time is up for one request. */
export function unanswered(
  state: State,
  event: Event & { readonly kind: "pair-unanswered" | "question-unanswered" },
  setup: Setup,
): Step<State, Effect> {
  if (event.kind === "pair-unanswered") {
    const late = state.pending.find(({ round }) => round === event.round);
    if (late === undefined) return step(state);
    const pair: Pair = { local: late.local, foreign: late.foreign };
    const why = fault("remote-server-timeout", "no answer to our dialback key");
    // A.6: a peer that passes over a further pair may answer it on a connection of its own; this one stays.
    const again = samePair(pair, setup) ? "later" : "elsewhere";
    const pending = state.pending.filter((each) => each !== late);
    return refusedAlone({ ...state, pending }, { kind: "refused", pair, fault: why, again });
  }
  const late = state.asked.find(({ round }) => round === event.round);
  if (late === undefined) return step(state);
  const { round: _, ...question } = late;
  const asked = state.asked.filter((each) => each !== late);
  const outcome: DialbackOutcome = { type: "error", condition: "remote-server-timeout" };
  return step({ ...state, asked }, { kind: "answer", question, outcome });
}

/** XEP-0198 §3: once something is proved and if both want it; no resumption between servers here. */
export function enableAcks(state: State, setup: Setup): Step<State, Effect> {
  if (state.sm !== "off" || !state.features.sm || !setup.policyFor(setup.foreign).sm) return step(state);
  return step({ ...state, sm: "asked" }, { kind: "send", text: enableText(false) }, { kind: "acks", on: true });
}

/** Stream management elements from the receiver. */
export function acknowledged(state: State, element: Element): Step<State, Effect> {
  const read = readSm(element);
  switch (read?.kind) {
    case "enabled":
      if (state.sm === "asked") return step({ ...state, sm: "on" });
      break;
    case "failed":
      if (state.sm !== "asked") break;
      return step({ ...state, sm: "off", features: { ...state.features, sm: false } }, { kind: "acks", on: false });
    case "request": // XEP-0198 §4: the receiver sends no stanzas on a link we opened
      return step(state, { kind: "send", text: answerText(0) });
    case "answer":
      if (state.sm === "on") return step(state, { kind: "acked", handled: read.h });
      break;
  }
  return step(state, { kind: "dropped", fault: fault("stream-bad-format", `<${element.name}/> out of place`) });
}
