import type { DomainName } from "../base/domain-name.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { type Fault, type FaultCode, fault } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";
import type { Element } from "../xml/element.ts";
import { type DialbackCondition, type DialbackOutcome, readDialback, writeDialback } from "./dialback.ts";
import { over } from "./s2s-in-end.ts";
import type { Claim, Effect, Event, Setup, State } from "./s2s-in-state.ts";
import { countPairs, mayCarry, type Pair, samePair, withPair } from "./s2s-pairs.ts";
import { type S2sPolicy, wasShown } from "./s2s-policy.ts";

/** A key to judge, or a question about one of ours. Answers have no business on an inbound stream (XEP-0220 §3.1). */
export function dialback(state: State, element: Element, setup: Setup): Step<State, Effect> {
  const read = readDialback(element);
  if (read === undefined || !("key" in read)) {
    return step(state, {
      kind: "dropped",
      fault: fault("dialback-unsolicited", `<${element.name}/> of a peer of ours`),
    });
  }
  const foreign = parseDomainName(read.from ?? "");
  const local = parseDomainName(read.to ?? "");
  // XEP-0220 §2.2: from and to must be there; without them there is nobody to answer.
  if (!foreign.ok || !local.ok) return over(state, fault("improper-addressing", `db:${read.name}`), setup);
  const pair: Pair = { local: local.value, foreign: foreign.value };
  if (read.name === "verify") return step(state, ours(pair, read.id, read.key, setup));
  return claimed(state, pair, read.key, setup);
}

/** The authoritative role (XEP-0220 §2.2.2): was that key ours? Answered on any inbound stream, proved or not (A.6). */
function ours({ local, foreign }: Pair, id: string | undefined, key: string, setup: Setup): Effect {
  const valid = id !== undefined && setup.keyer.confirms({ receiving: foreign, originating: local, id }, key);
  const outcome: DialbackOutcome = setup.serves(local)
    ? { type: valid ? "valid" : "invalid" }
    : { type: "error", condition: "item-not-found" };
  return { kind: "send", text: writeDialback({ name: "verify", from: local, to: foreign, id, outcome }) };
}

function claimed(state: State, pair: Pair, key: string, setup: Setup): Step<State, Effect> {
  const { local, foreign } = pair;
  if (mayCarry(state.pairs, foreign, local)) return step(state, answer(pair, { type: "valid" }));
  if (state.claims.some((each) => samePair(each, pair))) {
    return step(state, { kind: "dropped", fault: fault("dialback-unsolicited", "the same key again") });
  }
  const hindrance = obstacle(state, pair, setup);
  if (hindrance !== undefined) return step(state, ...refuse(pair, ...hindrance));
  const round = state.round + 1;
  const judging = state.secure && !state.proofs.has(foreign);
  const claim: Claim = { ...pair, id: state.id, key, stage: judging ? "certificate" : "authority", round };
  const next: State = { ...state, round, claims: [...state.claims, claim] };
  if (!judging) return decide(next, claim, setup);
  // While the header's own domain is being judged, its verdict is on the way already.
  const asked = state.claims.some((each) => each.foreign === foreign && each.stage === "certificate");
  const underWay = asked || (state.at === "judging" && state.foreign === foreign);
  return underWay ? step(next) : step(next, { kind: "judge", domain: foreign });
}

/** Why a pair cannot be taken, and how that is said (XEP-0220 §2.5). */
function obstacle(state: State, pair: Pair, setup: Setup): readonly [DialbackCondition, FaultCode, string] | undefined {
  const policy = setup.policyFor(pair.foreign);
  if (!setup.serves(pair.local)) return ["item-not-found", "host-unknown", pair.local];
  if (!policy.allowIn) return ["policy-violation", "partner-denied", pair.foreign];
  if (policy.tls === "required" && !state.secure) return ["policy-violation", "tls-required", pair.foreign];
  if (policy.dialback === "never") return ["not-authorized", "remote-untrusted", "dialback is not allowed here"];
  if (countPairs(state.pairs) + state.claims.length >= setup.limits.domainsPerLinkMax) {
    return ["resource-constraint", "stream-resource-constraint", "limits.domainsPerLinkMax"];
  }
  return undefined;
}

/** The certificate's word on a domain is here: claims that waited for it go on. */
export function judged(before: State, domain: DomainName, setup: Setup): Step<State, Effect> {
  const effects: Effect[] = [];
  let state = before;
  for (const claim of before.claims) {
    if (claim.foreign !== domain || claim.stage !== "certificate") continue;
    const taken = decide(state, claim, setup);
    state = taken.next;
    effects.push(...taken.effects);
  }
  return step(state, ...effects);
}

/** The certificate may refuse a claim or settle it; else the authoritative server is asked. */
function decide(state: State, claim: Claim, setup: Setup): Step<State, Effect> {
  const policy: S2sPolicy = setup.policyFor(claim.foreign);
  const proof = state.secure ? state.proofs.get(claim.foreign) : undefined;
  const pair: Pair = { local: claim.local, foreign: claim.foreign };
  if (proof !== undefined && !proof.proves && wasShown(proof) && policy.certificate === "strict") {
    const detail = proof.fault?.code ?? "";
    return step(without(state, claim), ...refuse(pair, "not-authorized", "remote-untrusted", detail));
  }
  // XEP-0344 §2.2: what the certificate proves need not be asked again.
  if (proof?.proves === true && policy.dialback !== "always") return accept(state, claim, "certificate");
  const claims = state.claims.map((each) => (each === claim ? { ...claim, stage: "authority" as const } : each));
  return step(
    { ...state, claims },
    { kind: "verify", pair, id: claim.id, key: claim.key },
    { kind: "wait", ms: setup.limits.dialbackMs, event: { kind: "claim-unanswered", round: claim.round } },
  );
}

/** A verdict counts only for a claim of this stream that waits for it, by names and id (XEP-0220 §2.1.2, §3.1). */
export function verified(
  state: State,
  event: Event & { readonly kind: "verified" },
  setup: Setup,
): Step<State, Effect> {
  const { pair, id, outcome } = event;
  const claim = state.claims.find((each) => samePair(each, pair) && each.id === id && each.stage === "authority");
  if (claim === undefined) {
    return step(state, { kind: "dropped", fault: fault("dialback-unsolicited", `a verdict on ${pair.foreign}`) });
  }
  switch (outcome.type) {
    case "valid":
      return accept(state, claim, "dialback");
    case "invalid": {
      const rest = without(state, claim);
      const said: Effect[] = [
        answer(pair, outcome),
        { kind: "refused", pair, fault: fault("dialback-invalid", pair.foreign) },
      ];
      // XEP-0220 §2.2.1: the stream goes too, unless another pair lives on it.
      if (rest.pairs.size > 0 || rest.claims.length > 0) return step(rest, ...said);
      const ended = over(rest, fault("dialback-invalid", pair.foreign), setup, false);
      return step(ended.next, ...said, ...ended.effects);
    }
    case "error":
      return step(
        without(state, claim),
        ...refuse(pair, relayed(outcome.condition), "dialback-unanswered", outcome.condition),
      );
  }
}

/** XEP-0220 §2.5: an authority that does not know the domain is no server of it; other errors of its are ours to name. */
function relayed(condition: DialbackCondition): DialbackCondition {
  switch (condition) {
    case "remote-connection-failed":
    case "remote-server-not-found":
      return condition;
    case "item-not-found":
      return "remote-server-not-found";
    default:
      return "remote-server-timeout";
  }
}

/** Time is up for one claim. */
export function lateClaim(state: State, round: number, setup: Setup): Step<State, Effect> {
  const claim = state.claims.find((each) => each.round === round);
  if (claim === undefined) return step(state);
  const { local, foreign, id } = claim;
  const outcome: DialbackOutcome = { type: "error", condition: "remote-server-timeout" };
  return verified(state, { kind: "verified", pair: { local, foreign }, id, outcome }, setup);
}

function accept(state: State, claim: Claim, method: "dialback" | "certificate"): Step<State, Effect> {
  const pair: Pair = { local: claim.local, foreign: claim.foreign };
  const next: State = { ...without(state, claim), pairs: withPair(state.pairs, pair.foreign, pair.local) };
  return step(next, { kind: "proved", pair, method }, answer(pair, { type: "valid" }));
}

function without(state: State, claim: Claim): State {
  return { ...state, claims: state.claims.filter(({ round }) => round !== claim.round) };
}

/** An error concerns one pair; the stream lives on (XEP-0220 §2.5). */
function refuse(pair: Pair, condition: DialbackCondition, code: FaultCode, detail: string): readonly Effect[] {
  const why: Fault = fault(code, detail);
  return [answer(pair, { type: "error", condition }), { kind: "refused", pair, fault: why }];
}

function answer({ local, foreign }: Pair, outcome: DialbackOutcome): Effect {
  return { kind: "send", text: writeDialback({ name: "result", from: local, to: foreign, id: undefined, outcome }) };
}
