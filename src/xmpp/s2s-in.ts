import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault, rowOf } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";
import { type Element, el, textOf } from "../xml/element.ts";
import type { StreamHeader } from "../xml/framer.ts";
import { write } from "../xml/writer.ts";
import { ns } from "./ns.ts";
import { featuresElement } from "./s2s-features.ts";
import { dialback, judged, lateClaim, verified } from "./s2s-in-dialback.ts";
import { after, over } from "./s2s-in-end.ts";
import type { Effect, Event, Setup, State } from "./s2s-in-state.ts";
import { mayCarry as pairsCarry, refusal, withPair } from "./s2s-pairs.ts";
import { readExternal, readExternalResponse } from "./sasl-external.ts";
import { isStreamError, remoteStreamError } from "./stream-error.ts";
import { headerText, readHeader, streamEnd } from "./stream-header.ts";
import { enabledText, failedText, readSm } from "./stream-management-elements.ts";

export { begin, type Effect, type Event, type Setup, type State } from "./s2s-in-state.ts";

/**
 * The receiving side of one connection from a foreign server: STARTTLS, SASL EXTERNAL when the certificate proves the
 * domain, dialback for any number of pairs, answers as the authority for our own keys, stream management without
 * resumption. RFC 6120, XEP-0178, XEP-0220, XEP-0344, XEP-0198, XEP-0478. Effects are carried out in order; events they cause
 * come after the last of them.
 */
export function on(state: State, event: Event, setup: Setup): Step<State, Effect> {
  if (state.at === "closed" || state.at === "closing") {
    return step(event.kind === "peer-end" || event.kind === "lost" ? { ...state, at: "closed" } : state);
  }
  switch (event.kind) {
    case "header":
      return state.at === "header" ? header(state, event.header, event.id, setup) : step(state);
    case "element":
      return element(state, event.element, setup);
    case "stanza":
      return stanza(state, event.from, event.to, setup);
    case "secured":
      // Nothing the peer said in the clear counts any more (RFC 6120 §5.4.3.3).
      return step({ ...state, at: "header", secure: true, greeted: false, local: undefined, foreign: undefined });
    case "proof": {
      const proofs = new Map(state.proofs).set(event.domain, event.proof);
      const known: State = { ...state, proofs };
      const offer =
        state.at === "judging" && event.domain === state.foreign ? offerFeatures(known, setup) : step(known);
      const taken = judged(offer.next as State, event.domain, setup);
      return after(offer.effects as readonly Effect[], taken);
    }
    case "verified":
      return verified(state, event, setup);
    case "claim-unanswered":
      return lateClaim(state, event.round, setup);
    case "end":
      return over(state.greeted ? state : { ...state, id: event.id ?? state.id }, event.fault, setup);
    case "peer-end": {
      const taken = over(state, undefined, setup);
      return step({ ...taken.next, at: "closed" }, ...taken.effects);
    }
    case "lost":
      return step({ ...state, at: "closed", claims: [] });
  }
}

/** Whether a stanza from theirs to ours may be taken from this link now; for the hot path. */
export function mayCarry(state: State, from: DomainName, to: DomainName): boolean {
  return pairsCarry(state.pairs, from, to);
}

function header(before: State, received: StreamHeader, id: string, setup: Setup): Step<State, Effect> {
  const state: State = { ...before, id };
  const read = readHeader(received, "server");
  if (!read.ok) return over(state, read.fault, setup);
  const { versioned } = read.value;
  // After EXTERNAL both are known, whether the restarted stream says them again or not.
  const to = read.value.to ?? (state.authenticated ? state.local : undefined);
  const foreign = read.value.from?.domain ?? (state.authenticated ? state.foreign : undefined);
  const known: State = { ...state, versioned, greeted: true, local: to, foreign };
  const ours = to !== undefined && setup.serves(to) ? to : setup.fallback;
  // RFC 6120 §4.7.5: no version towards a peer that has none, or it would wait for features.
  const text = headerText("server", { from: ours, ...(foreign === undefined ? {} : { to: foreign }), id, versioned });
  const greeting: Effect = { kind: "send", text };
  if (to !== undefined && !setup.serves(to)) return after([greeting], over(known, fault("host-unknown", to), setup));
  const denied = refusedWhole(known, setup);
  if (denied !== undefined) return after([greeting], over(known, denied, setup));
  if (!versioned) return step({ ...known, at: "open" }, greeting); // A.1, A.6: dialback only
  if (known.secure && foreign !== undefined && !known.proofs.has(foreign)) {
    return step({ ...known, at: "judging" }, greeting, { kind: "judge", domain: foreign });
  }
  return after([greeting], offerFeatures(known, setup));
}

/** Why a whole stream is refused by its header alone. */
function refusedWhole(state: State, setup: Setup): Fault | undefined {
  const { foreign, authenticated, pairs, local } = state;
  if (authenticated && (foreign === undefined || local === undefined || !pairsCarry(pairs, foreign, local))) {
    return fault("invalid-from", "the restarted stream names another pair than was authenticated");
  }
  if (foreign === undefined) return undefined;
  const { allowIn, allowOut } = setup.policyFor(foreign);
  // Who may only be sent to must still be able to ask about our keys.
  return allowIn || allowOut ? undefined : fault("partner-denied", foreign);
}

function offerFeatures(state: State, setup: Setup): Step<State, Effect> {
  const { foreign, local, secure } = state;
  const policy = foreign === undefined ? undefined : setup.policyFor(foreign);
  const { limits } = setup;
  const starttls = secure || policy?.tls === "none" || !setup.canSecure(local ?? setup.fallback) ? "no" : "offered";
  // XEP-0178 §3, C2: offered only when it will succeed.
  const external =
    secure &&
    !state.authenticated &&
    foreign !== undefined &&
    local !== undefined &&
    policy?.allowIn === true &&
    policy.dialback !== "always" &&
    state.proofs.get(foreign)?.proves === true;
  const features = featuresElement({
    starttls: starttls === "offered" && policy?.tls === "required" ? "required" : starttls,
    external,
    dialback: policy?.dialback === "never" ? "no" : "errors",
    sm: policy?.sm ?? true,
    limits: { bytesMax: limits.stanzaBytesMax, idleSeconds: Math.floor(limits.idleLinkMs / 1000) },
  });
  const offered = { starttls: starttls === "offered", external };
  return step(
    { ...state, at: "open", offered },
    { kind: "send", text: write(features, ns.server, { [ns.stream]: "stream" }) },
  );
}

function element(state: State, received: Element, setup: Setup): Step<State, Effect> {
  if (isStreamError(received)) return over(state, remoteStreamError(received), setup, false);
  // An eager peer may send keys before it has seen our features; everything else waits for them.
  if (received.ns === ns.dialback && (state.at === "open" || state.at === "judging")) {
    return dialback(state, received, setup);
  }
  if (state.at === "open") {
    if (received.ns === ns.tls && received.name === "starttls") return starttls(state, setup);
    if (received.ns === ns.sasl) return sasl(state, received, setup);
    if (received.ns === ns.sm) return acks(state, received);
  }
  return over(state, fault("stream-unsupported-stanza", `<${received.name}/>`), setup); // RFC 6120 §4.9.3.24
}

function stanza(state: State, from: DomainName | undefined, to: DomainName | undefined, setup: Setup) {
  const code = refusal(state.pairs, from, to);
  if (code === undefined) return step<State, Effect>(state);
  return over(state, fault(code, code === "invalid-from" ? `${from} to ${to}` : ""), setup);
}

function starttls(state: State, setup: Setup): Step<State, Effect> {
  const idle = state.pairs.size === 0 && state.claims.length === 0;
  if (!state.offered.starttls || !idle) {
    // RFC 6120 §5.4.2.2
    const text = `<failure xmlns='${ns.tls}'/>${streamEnd}`;
    const why = fault("tls-failed", "asked for at the wrong time");
    return step({ ...state, at: "closing", claims: [] }, { kind: "send", text }, { kind: "close", fault: why });
  }
  return step(
    { ...state, at: "handshake" },
    { kind: "send", text: `<proceed xmlns='${ns.tls}'/>` },
    { kind: "start-tls", local: state.local ?? setup.fallback },
    { kind: "restart" },
  );
}

function sasl(state: State, received: Element, setup: Setup): Step<State, Effect> {
  const { foreign, local } = state;
  const data = textOf(received);
  const answers = received.name === "response" && state.sasl === "challenged";
  if (received.name === "abort") return saslFailed(state, fault("sasl-aborted"), setup);
  if (received.name !== "auth" && !answers) return saslFailed(state, fault("sasl-malformed"), setup);
  const external = answers || received.attrs.mechanism === "EXTERNAL";
  if (!external || !state.offered.external || state.authenticated || foreign === undefined || local === undefined) {
    return saslFailed(state, fault("sasl-invalid-mechanism"), setup);
  }
  const read = answers ? readExternalResponse(data, foreign) : readExternal(data, foreign);
  if (!read.ok) return saslFailed(state, read.fault, setup);
  if (read.value === "ask") {
    return step({ ...state, sasl: "challenged" }, { kind: "send", text: `<challenge xmlns='${ns.sasl}'/>` });
  }
  const pair = { local, foreign };
  return step(
    {
      ...state,
      at: "header",
      greeted: false,
      authenticated: true,
      sasl: "idle",
      pairs: withPair(state.pairs, foreign, local),
      claims: [], // keys were made for the stream that ends here
    },
    { kind: "send", text: `<success xmlns='${ns.sasl}'/>` },
    { kind: "restart" },
    { kind: "proved", pair, method: "external" },
  );
}

/** RFC 6120 §6.4.5: the stream lives on, for another try or for dialback, until there were too many. */
function saslFailed(state: State, why: Fault, setup: Setup): Step<State, Effect> {
  const saslFailures = state.saslFailures + 1;
  const failure = el("failure", ns.sasl, {}, el(rowOf(why.code).sasl ?? "not-authorized", ns.sasl));
  const next: State = { ...state, sasl: "idle", saslFailures };
  const said: Effect[] = [
    { kind: "send", text: write(failure) },
    { kind: "dropped", fault: why },
  ];
  return saslFailures < setup.limits.saslTriesMax
    ? step(next, ...said)
    : after(said, over(next, fault("sasl-too-many-tries"), setup));
}

function acks(state: State, received: Element): Step<State, Effect> {
  const read = readSm(received);
  const send = (text: string): Effect => ({ kind: "send", text });
  switch (read?.kind) {
    case "enable": // XEP-0198 §3: once, and only when something is proved
      return state.sm || state.pairs.size === 0
        ? step(state, send(failedText("unexpected-request")))
        : step({ ...state, sm: true }, send(enabledText()), { kind: "acks" });
    case "resume":
      return step(state, send(failedText("item-not-found"))); // XEP-0198 §5: there is no session to resume
    case "request":
      if (state.sm) return step(state, { kind: "ack-asked" });
      break;
  }
  return step(state, { kind: "dropped", fault: fault("stream-bad-format", `<${received.name}/> out of place`) });
}
