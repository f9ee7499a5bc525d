import type { Address } from "../base/address.ts";
import type { DomainName } from "../base/domain-name.ts";
import { type Fault, type FaultCode, fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { type Step, step } from "../base/step.ts";
import type { Element } from "../xml/element.ts";
import type { StreamHeader } from "../xml/framer.ts";
import { boundText, iqErrorText, isBind, readBind } from "./bind.ts";
import type { Jid } from "./jid.ts";
import { ns } from "./ns.ts";
import * as sasl from "./sasl.ts";
import { bindingTypes, type ChannelBinding, unbound } from "./sasl-channel-binding.ts";
import { isStreamError, streamErrorText } from "./stream-error.ts";
import { type Bits, clientFeatures, type Facts, featuresText, has, mayNegotiate } from "./stream-feature.ts";
import { type Header, headerText, readHeader, streamEnd } from "./stream-header.ts";
import { failedText, readSm, refusal, resumedText, type SmPlace } from "./stream-management-elements.ts";

/** What client streams are served with; may be a newer one with each event, on reload. */
export type Setup = {
  readonly serves: (domain: DomainName) => boolean;
  /** The name to answer with when the client's header names none of ours. */
  readonly fallback: DomainName;
  /** Whether a domain's clients can or must use TLS. */
  readonly tls: (domain: DomainName) => "none" | "optional" | "required";
  readonly mechanisms: readonly sasl.MechanismName[];
  /** Stream management is offered. */
  readonly sm: boolean;
  /** What the keys of those who do not exist are made from, and their rounds. */
  readonly fakeSecret: Uint8Array;
  readonly iterations: number;
  readonly limits: Pick<Limits, "idleClientMs" | "saslTriesMax" | "stanzaBytesMax">;
};

/** What is known of a stream, whatever it waits for. */
type Known = {
  readonly bits: Bits;
  readonly binding: ChannelBinding;
  /** The domain that the client's header named. */
  readonly domain: DomainName | undefined;
  /** Who signed in. */
  readonly address: Address | undefined;
  /** Failed sign-ins so far. */
  readonly tries: number;
  /** A -PLUS mechanism was tried with a binding type there is none of (see `sasl.Terms`). */
  readonly plusTried: boolean;
};

/** A client's stream as its server sees it, from the first header to the bound resource (RFC 6120 §4 to §7). */
export type State = Known &
  (
    | { readonly at: "header" } // awaits a header; ours is not out yet
    | { readonly at: "open"; readonly sasl: sasl.State } // features are out
    | { readonly at: "handshake" } // <proceed/> is out
    | { readonly at: "binding"; readonly id: string }
    | { readonly at: "resuming"; readonly previd: string }
    | { readonly at: "ready" } // stanzas flow
    | { readonly at: "closed" }
  );

export type Event =
  /** `streamId`: fresh, unguessable. */
  | { readonly kind: "open"; readonly header: StreamHeader; readonly streamId: string }
  /** A child of the stream: each one before `ready`, after it those that are no stanzas. `nonce`: as for `sasl.Event`. */
  | { readonly kind: "element"; readonly element: Element; readonly nonce: string }
  /** The handshake is done: that of STARTTLS, or of direct TLS before the first header. */
  | { readonly kind: "secured"; readonly binding: ChannelBinding }
  /** Answers to the effects of the same names. */
  | Extract<sasl.Event, { readonly kind: "account" | "derived" | "failed" }>
  | { readonly kind: "bound"; readonly jid: Jid }
  | { readonly kind: "not-bound"; readonly fault: Fault }
  /** `h`: how many stanzas we had handled. What the client lacks is sent after `ready`. */
  | { readonly kind: "resumed"; readonly jid: Jid; readonly h: number }
  /** `h` when the session is over and its count still known (XEP-0198 §5). */
  | { readonly kind: "not-resumed"; readonly h: number | undefined }
  /** The client closed its stream. */
  | { readonly kind: "peer-closed"; readonly streamId: string }
  /** unauthenticatedMs have passed. */
  | { readonly kind: "timer"; readonly streamId: string }
  /** The stream must end for this: what the framer found, a limit, a shutdown, another session in its place. */
  | { readonly kind: "end"; readonly fault: Fault; readonly streamId: string };

export type Effect =
  | Extract<sasl.Effect, { readonly kind: "send" | "find-account" | "derive" | "signed-in" | "sign-in-failed" }>
  /** After what has been sent before: start the handshake. Bytes that came after <starttls/> are an attack. */
  | { readonly kind: "start-tls" }
  /** The next bytes are a new stream. */
  | { readonly kind: "restart" }
  | { readonly kind: "bind"; readonly address: Address; readonly resource: string | undefined }
  | { readonly kind: "resume"; readonly address: Address; readonly previd: string; readonly h: number }
  /** Count from here, and answer <enabled/> or <failed/>. */
  | { readonly kind: "enable-sm"; readonly resume: boolean; readonly maxSeconds: number | undefined }
  | { readonly kind: "ready"; readonly jid: Jid; readonly resumed: boolean }
  /** Send this, then close. `fault` when it is not an orderly end. */
  | { readonly kind: "close"; readonly text: string; readonly fault: Fault | undefined };

export const begin: State = {
  at: "header",
  bits: 0,
  binding: unbound,
  domain: undefined,
  address: undefined,
  tries: 0,
  plusTried: false,
};

/** Whether an answer to an effect is awaited. Until it comes, the owner keeps what arrives and gives no element. */
export function waits(state: State): boolean {
  if (state.at === "open") return sasl.waits(state.sasl);
  return state.at === "handshake" || state.at === "binding" || state.at === "resuming";
}

/** The client has proved who it is, so the larger limits apply to it. */
export function isSignedIn(state: State): boolean {
  return (state.bits & has.authenticated) !== 0;
}

export function on(state: State, event: Event, setup: Setup): Step<State, Effect> {
  if (state.at === "closed") return step(state);
  switch (event.kind) {
    case "open":
      return state.at === "header" ? opened(state, event.header, event.streamId, setup) : step(state);
    case "element":
      return element(state, event.element, event.nonce, setup);
    case "secured": {
      // RFC 6120 §5.4.3.3: what was said in the clear is forgotten, the domain too.
      const { bits } = state;
      return step({ ...begin, tries: state.tries, bits: bits | has.secure, binding: event.binding });
    }
    case "account":
    case "derived":
    case "failed":
      return state.at === "open" ? ofSasl(state, event, setup) : step(state);
    case "bound":
      if (state.at !== "binding") return step(state);
      return step(
        { ...known(state), bits: state.bits | has.bound, at: "ready" },
        { kind: "send", text: boundText(state.id, event.jid) },
        { kind: "ready", jid: event.jid, resumed: false },
      );
    case "not-bound":
      if (state.at !== "binding") return step(state);
      return step(open(state), { kind: "send", text: iqErrorText(state.id, event.fault) });
    case "resumed":
      if (state.at !== "resuming") return step(state);
      return step(
        { ...known(state), bits: state.bits | has.bound | has.managed, at: "ready" },
        { kind: "send", text: resumedText(state.previd, event.h) },
        { kind: "ready", jid: event.jid, resumed: true },
      );
    case "not-resumed":
      if (state.at !== "resuming") return step(state);
      return step(open(state), { kind: "send", text: failedText("item-not-found", event.h) });
    case "peer-closed":
      return closed(state, undefined, ourHeader(state, event.streamId, setup));
    case "timer":
      return state.at === "ready"
        ? step(state)
        : closed(state, fault("stream-timeout"), ourHeader(state, event.streamId, setup));
    case "end":
      return closed(state, event.fault, ourHeader(state, event.streamId, setup));
  }
}

function known({ bits, binding, domain, address, tries, plusTried }: State): Known {
  return { bits, binding, domain, address, tries, plusTried };
}

function open(state: State): State {
  return { ...known(state), at: "open", sasl: sasl.begin };
}

/** Ends the stream, with its error when there is one. `before`: our header, where it is not out yet (RFC 6120 §4.9.1.2). */
function closed(state: State, why: Fault | undefined, before = ""): Step<State, Effect> {
  // Between <proceed/> and the handshake nothing can be said.
  const text = state.at === "handshake" ? "" : before + (why === undefined ? "" : streamErrorText(why)) + streamEnd;
  return step({ ...known(state), at: "closed" }, { kind: "close", text, fault: why });
}

function refused(state: State, code: FaultCode, detail = ""): Step<State, Effect> {
  return closed(state, fault(code, detail));
}

function ourHeader(state: State, streamId: string, setup: Setup): string {
  return state.at === "header" ? headerText("client", { from: state.domain ?? setup.fallback, id: streamId }) : "";
}

/** RFC 6120 §4.7: the client's header, answered by ours and by the features, or by an error. */
function opened(state: State, header: StreamHeader, id: string, setup: Setup): Step<State, Effect> {
  const read = readHeader(header, "client");
  if (!read.ok) return closed(state, read.fault, headerText("client", { from: setup.fallback, id }));
  const { to, from } = read.value;
  const domain = to !== undefined && setup.serves(to) ? to : undefined;
  // RFC 6120 §4.7.2: we say `to` to those who said `from`.
  const ours = headerText("client", { from: domain ?? setup.fallback, to: from?.bare ?? "", id });
  const why = complaint(state, read.value, domain);
  if (why !== undefined || domain === undefined) return closed(state, why ?? fault("host-unknown", to), ours);
  const next = { ...state, domain };
  const features = featuresText(clientFeatures, state.bits, factsOf(next, setup));
  return step(open(next), { kind: "send", text: ours + features });
}

/** What is wrong with a header whose attributes are good each by itself. */
function complaint(state: State, { versioned, from }: Header, domain: DomainName | undefined): Fault | undefined {
  // RFC 6120 §4.7.5: without 1.0 there are no features, so no way to sign in.
  if (!versioned) return fault("stream-unsupported-version");
  if (state.address === undefined || domain === undefined) return undefined;
  if (domain !== state.address.domain) return fault("host-unknown", "not the domain that was signed in to");
  // RFC 6120 §4.7.1: from now on `from` is who signed in.
  return from !== undefined && from.bare !== state.address.text ? fault("invalid-from", from.bare) : undefined;
}

function factsOf(state: Known, setup: Setup): Facts {
  const { stanzaBytesMax, idleClientMs } = setup.limits;
  const secure = (state.bits & has.secure) !== 0;
  return {
    tls: setup.tls(state.domain ?? setup.fallback),
    mechanisms: sasl.offeredMechanisms(setup.mechanisms, secure, state.binding),
    bindingTypes: bindingTypes(state.binding),
    sm: setup.sm,
    bytesMax: stanzaBytesMax,
    idleSeconds: Math.floor(idleClientMs / 1000),
  };
}

function element(state: State, element: Element, nonce: string, setup: Setup): Step<State, Effect> {
  if (isStreamError(element)) return closed(state, undefined);
  if (state.at !== "open" && state.at !== "ready") return refused(state, "stream-policy-violation", "too early");
  switch (element.ns) {
    case ns.tls:
      return startTls(state, element, setup);
    case ns.sasl:
      return ofSaslElement(state, element, nonce, setup);
    case ns.sm:
      return manage(state, element, setup);
    case ns.client:
      return stanza(state, element, setup);
    default:
      return stray(state, element);
  }
}

/** What a stream does not know: an outrage before sign-in (RFC 6120 §4.9.3.12), a mistake after it (§4.9.3.24). */
function stray(state: State, element: Element): Step<State, Effect> {
  return isSignedIn(state)
    ? refused(state, "stream-unsupported-stanza", `<${element.name}/>`)
    : refused(state, "stream-not-authorized", `<${element.name}/>`);
}

function startTls(state: State, element: Element, setup: Setup): Step<State, Effect> {
  if (element.name !== "starttls") return stray(state, element);
  if (!mayNegotiate(clientFeatures, ns.tls, state.bits, factsOf(state, setup))) {
    // RFC 6120 §5.4.2.2: <failure/>, then the end of stream and connection.
    const text = `<failure xmlns='${ns.tls}'/>${streamEnd}`;
    const why = fault("stream-policy-violation", "TLS is not on offer");
    return step({ ...known(state), at: "closed" }, { kind: "close", text, fault: why });
  }
  const proceed = `<proceed xmlns='${ns.tls}'/>`;
  return step({ ...known(state), at: "handshake" }, { kind: "send", text: proceed }, { kind: "start-tls" });
}

function ofSaslElement(state: State, element: Element, nonce: string, setup: Setup): Step<State, Effect> {
  if (state.at !== "open" || isSignedIn(state)) {
    return refused(state, "stream-policy-violation", "signed in already"); // RFC 6120 §4.3.5, no feature twice
  }
  const data = element.children.filter((each) => typeof each === "string").join("");
  switch (element.name) {
    case "auth":
      return ofSasl(state, { kind: "auth", mechanism: element.attrs.mechanism ?? "", data, nonce }, setup);
    case "response":
      return ofSasl(state, { kind: "response", data }, setup);
    case "abort":
      return ofSasl(state, { kind: "abort" }, setup);
    default:
      return stray(state, element);
  }
}

function ofSasl(state: State & { readonly at: "open" }, event: sasl.Event, setup: Setup): Step<State, Effect> {
  const facts = factsOf(state, setup);
  const mayStill = mayNegotiate(clientFeatures, ns.sasl, state.bits, facts);
  const { next, effects } = sasl.on(state.sasl, event, {
    domain: state.domain ?? setup.fallback,
    secure: (state.bits & has.secure) !== 0,
    // Where TLS is required first, nothing is offered, so that <auth/> gets encryption-required (RFC 6120 §6.5.4).
    offered: mayStill ? sasl.offeredMechanisms(setup.mechanisms, (state.bits & has.secure) !== 0, state.binding) : [],
    tlsFirst: facts.tls === "required",
    plusTried: state.plusTried,
    binding: state.binding,
    fakeSecret: setup.fakeSecret,
    iterations: setup.iterations,
  });
  const now: State = { ...state, sasl: next };
  const last = effects.at(-1);
  if (last?.kind === "signed-in") {
    // RFC 6120 §6.4.6: both sides begin a new stream.
    const signedIn: State = {
      ...known(state),
      at: "header",
      address: last.address,
      bits: state.bits | has.authenticated,
    };
    return step(signedIn, ...effects, { kind: "restart" });
  }
  if (last?.kind !== "sign-in-failed") return step(now, ...effects);
  // Trouble of our own is no try of theirs.
  const tries = state.tries + (event.kind === "failed" ? 0 : 1);
  if (tries < setup.limits.saslTriesMax) return step({ ...now, tries }, ...effects);
  // RFC 6120 §6.4.5: a limited number of tries, then the end of the stream.
  const end = refused(now, "sasl-too-many-tries");
  return step({ ...end.next, tries }, ...effects, ...end.effects);
}

function manage(state: State, element: Element, setup: Setup): Step<State, Effect> {
  const read = readSm(element);
  const failed = (condition: Parameters<typeof failedText>[0]): Step<State, Effect> =>
    step(state, { kind: "send", text: failedText(condition) });
  if (element.name !== "enable" && element.name !== "resume") {
    // <r/> and <a/> of a session that does not count are passed over; before sign-in nothing is.
    return isSignedIn(state) ? step(state) : stray(state, element);
  }
  if (!setup.sm) return failed("feature-not-implemented");
  if (read?.kind !== "enable" && read?.kind !== "resume") return failed("bad-request");
  const unexpected = refusal(read.kind, placeOf(state), "client");
  if (unexpected !== undefined) return failed(unexpected);
  if (read.kind === "enable") {
    const { resume, maxSeconds } = read;
    return step({ ...state, bits: state.bits | has.managed }, { kind: "enable-sm", resume, maxSeconds });
  }
  if (state.address === undefined) return failed("unexpected-request");
  const { previd, h } = read;
  return step({ ...known(state), at: "resuming", previd }, { kind: "resume", address: state.address, previd, h });
}

function placeOf({ bits }: State): SmPlace {
  if ((bits & has.managed) !== 0) return "enabled";
  if ((bits & has.bound) !== 0) return "bound";
  return (bits & has.authenticated) !== 0 ? "authenticated" : "not authenticated";
}

function stanza(state: State, element: Element, setup: Setup): Step<State, Effect> {
  const { id } = element.attrs;
  if (!isBind(element)) {
    // RFC 6120 §4.9.3.12, §7.1: no stanza before sign-in, none but this one before a resource.
    return state.at === "ready" ? stray(state, element) : refused(state, "stream-not-authorized", `<${element.name}/>`);
  }
  if (state.address === undefined) return refused(state, "stream-not-authorized", "bind");
  if (!mayNegotiate(clientFeatures, ns.bind, state.bits, factsOf(state, setup))) {
    return step(state, { kind: "send", text: iqErrorText(id, fault("not-allowed", "a resource is bound already")) });
  }
  const request = readBind(element);
  if (!request.ok) return step(state, { kind: "send", text: iqErrorText(id, request.fault) });
  const { resource } = request.value;
  return step(
    { ...known(state), at: "binding", id: request.value.id },
    { kind: "bind", address: state.address, resource },
  );
}
