import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";
import { type Element, elements } from "../xml/element.ts";
import type { StreamHeader } from "../xml/framer.ts";
import { ns } from "./ns.ts";
import { legacyFeatures, readFeatures } from "./s2s-features.ts";
import { over } from "./s2s-out-end.ts";
import { acknowledged, dialback, enableAcks, proveWanted, unanswered } from "./s2s-out-pairs.ts";
import type { Effect, Event, Setup, State } from "./s2s-out-state.ts";
import { mayCarry as pairsCarry, samePair, withPair } from "./s2s-pairs.ts";
import type { Proof } from "./s2s-policy.ts";
import { externalAuth } from "./sasl-external.ts";
import { isStreamError, remoteStreamError } from "./stream-error.ts";
import { headerText, readHeader } from "./stream-header.ts";

export { accepts } from "./s2s-out-pairs.ts";
export { begin, type Effect, type Event, type Question, type Setup, type State } from "./s2s-out-state.ts";

/**
 * The initiating side of one connection to a foreign domain: STARTTLS, SASL EXTERNAL or dialback, further pairs on the same
 * stream, stream management, and questions to the domain as the authority for its dialback keys. RFC 6120, XEP-0178,
 * XEP-0220, XEP-0198, XEP-0478. Effects are carried out in order; events they cause come after the last of them.
 */
export function on(state: State, event: Event, setup: Setup): Step<State, Effect> {
  if (state.at === "closed" || state.at === "closing") {
    return step(event.kind === "peer-end" || event.kind === "lost" ? { ...state, at: "closed" } : state);
  }
  switch (event.kind) {
    case "connected":
      return state.at === "idle" ? greet(state, setup) : step(state);
    case "secured":
      return state.at === "idle" || state.at === "handshake" ? secured(state, setup) : step(state);
    case "tls-failed":
      return tlsFailed(state, event.fault, setup);
    case "proof":
      return proof({ ...state, proofs: new Map(state.proofs).set(event.domain, event.proof) }, event.proof, setup);
    case "header":
      return state.at === "header" ? header(state, event.header, setup) : step(state);
    case "element":
      return element(state, event.element, setup);
    case "want":
      return want({ ...state, wanted: [...state.wanted, event.pair] }, setup);
    case "ask":
      return want({ ...state, questions: [...state.questions, event.question] }, setup);
    case "pair-unanswered":
    case "question-unanswered":
      return unanswered(state, event, setup);
    case "end":
      return over(state, event.fault, "say why");
    case "peer-end":
      return over(state, undefined, "just close");
    case "lost":
      return over(state, event.fault, "gone");
  }
}

/** Whether a stanza from ours to theirs may travel here now; for the hot path. */
export function mayCarry(state: State, from: DomainName, to: DomainName): boolean {
  return pairsCarry(state.pairs, from, to);
}

function greet(state: State, setup: Setup): Step<State, Effect> {
  const text = headerText("server", { from: setup.local, to: setup.foreign });
  return step({ ...state, at: "header", id: undefined }, { kind: "send", text });
}

function want(state: State, setup: Setup): Step<State, Effect> {
  return state.at === "open" ? proveWanted(state, setup) : step(state);
}

function header(state: State, received: StreamHeader, setup: Setup): Step<State, Effect> {
  const read = readHeader(received, "server");
  if (!read.ok) return over(state, read.fault, "say why");
  // Without an id no dialback key can be made (XEP-0220 §2.1.1), and RFC 6120 §4.7.3 wants one on every stream.
  if (read.value.id === "") return over(state, fault("stream-bad-format", "a stream without id"), "say why");
  const named: State = { ...state, id: read.value.id };
  // RFC 6120 §4.7.5, A.1: who sends no version sends no features either.
  return read.value.versioned
    ? step({ ...named, at: "features" })
    : negotiate({ ...named, features: legacyFeatures }, setup);
}

/** The receiver's features are known: TLS first, then who we are, then everything else (XEP-0170). */
function negotiate(state: State, setup: Setup): Step<State, Effect> {
  const policy = setup.policyFor(setup.foreign);
  const { starttls, external } = state.features;
  if (!state.secure) {
    const wanted = policy.tls === "required" || (policy.tls === "optional" && !setup.withoutTls);
    if (wanted && starttls !== "no") {
      return step({ ...state, at: "proceed" }, { kind: "send", text: `<starttls xmlns='${ns.tls}'/>` });
    }
    if (policy.tls === "required") return over(state, fault("remote-tls-required", "it offers no STARTTLS"), "say why");
    if (starttls === "required")
      return over(state, fault("remote-tls-required", "the partner insists on it"), "say why");
  }
  if (state.authenticated) return opened(state, setup);
  const own = state.wanted.some((pair) => samePair(pair, setup));
  const proves = state.proofs.get(setup.foreign)?.proves === true;
  // A.6: EXTERNAL when both certificates prove their domains. That ours does is the receiver's to say, by offering it.
  if (own && state.secure && external && setup.certificate && proves && policy.dialback !== "always") {
    return step({ ...state, at: "external" }, { kind: "send", text: externalAuth(setup.local) });
  }
  if (own && policy.dialback === "never") {
    const why = external ? "our certificates do not suffice for SASL EXTERNAL" : "it offers no SASL EXTERNAL";
    return over(state, fault("remote-refused-us", `${why}, and dialback is not allowed here`), "say why");
  }
  return opened(state, setup);
}

function opened(state: State, setup: Setup): Step<State, Effect> {
  const { limits } = state.features;
  const told: Effect[] =
    limits.bytesMax === undefined && limits.idleSeconds === undefined ? [] : [{ kind: "limits", limits }];
  if (!state.authenticated) return after(told, proveWanted({ ...state, at: "open" }, setup));
  const pair = { local: setup.local, foreign: setup.foreign };
  const proved = enableAcks(
    {
      ...state,
      at: "open",
      pairs: withPair(state.pairs, pair.local, pair.foreign),
      wanted: state.wanted.filter((each) => !samePair(each, pair)),
    },
    setup,
  );
  const effects: Effect[] = [...told, ...proved.effects, { kind: "proved", pair, method: "external" }];
  return after(effects, proveWanted(proved.next, setup));
}

function secured(state: State, setup: Setup): Step<State, Effect> {
  const proofs = new Map(state.proofs).set(setup.foreign, undefined);
  return step({ ...state, at: "judging", secure: true, proofs }, { kind: "judge", domain: setup.foreign });
}

function proof(state: State, proof: Proof, setup: Setup): Step<State, Effect> {
  if (state.at !== "judging") return want(state, setup);
  if (state.proofs.get(setup.foreign) === undefined) return step(state);
  if (!proof.proves && setup.policyFor(setup.foreign).certificate === "strict") {
    return over(state, untrusted(proof), "just close"); // RFC 6120 §13.7.2
  }
  return greet(state, setup);
}

/** A partner whose certificate does not prove its domain, with the certificate's own fault as the detail. */
export function untrusted({ fault: why }: Proof): Fault {
  return fault(
    "remote-untrusted",
    why === undefined ? "" : why.detail === "" ? why.code : `${why.code}: ${why.detail}`,
  );
}

function tlsFailed(state: State, why: Fault, setup: Setup): Step<State, Effect> {
  if (setup.policyFor(setup.foreign).tls === "optional") {
    // A.4, "TLS Optional": once more, without TLS, when the handshake fails.
    return step({ ...state, at: "closed" }, { kind: "redial", fault: why }, { kind: "close", fault: why });
  }
  return over(state, why, "just close");
}

function element(state: State, received: Element, setup: Setup): Step<State, Effect> {
  const { name } = received;
  switch (received.ns) {
    case ns.stream:
      if (isStreamError(received)) return over(state, remoteStreamError(received), "just close");
      if (name === "features" && state.at === "features") {
        return negotiate({ ...state, features: readFeatures(received) }, setup);
      }
      break;
    case ns.tls:
      if (state.at !== "proceed") break;
      if (name === "proceed") {
        const { local, foreign } = setup;
        return step({ ...state, at: "handshake" }, { kind: "start-tls", local, foreign }, { kind: "restart" });
      }
      if (name === "failure") return tlsFailed(state, fault("tls-failed", "the partner would not start TLS"), setup);
      break;
    case ns.sasl:
      if (state.at === "external") return sasl(state, received, setup);
      break;
    case ns.dialback:
      if (state.at === "open") return dialback(state, received, setup);
      break;
    case ns.sm:
      if (state.at === "open") return acknowledged(state, received);
      break;
  }
  // A.5: some peers send features or SASL elements twice. Stanzas have no business on a link we opened (no XEP-0288).
  return step(state, { kind: "dropped", fault: fault("stream-bad-format", `<${name}/> out of place`) });
}

function sasl(state: State, received: Element, setup: Setup): Step<State, Effect> {
  switch (received.name) {
    case "success": {
      const greeted = greet({ ...state, authenticated: true }, setup); // RFC 6120 §6.4.6
      return after([{ kind: "restart" }], greeted);
    }
    case "failure": {
      const why = `SASL EXTERNAL: ${elements(received)[0]?.name ?? "failure"}`.slice(0, 100);
      // XEP-0178 §3, C2: the stream lives on, and dialback may still do.
      return setup.policyFor(setup.foreign).dialback === "never"
        ? over(state, fault("remote-refused-us", why), "say why")
        : after([{ kind: "dropped", fault: fault("remote-refused-us", why) }], opened(state, setup));
    }
    default:
      return over(state, fault("stream-bad-format", `<${received.name}/> in answer to EXTERNAL`), "say why");
  }
}

function after(effects: readonly Effect[], taken: Step<State, Effect>): Step<State, Effect> {
  return { next: taken.next, effects: [...effects, ...taken.effects] };
}
