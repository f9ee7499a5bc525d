import type { DomainName } from "../base/domain-name.ts";
import type { Fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import type { Element } from "../xml/element.ts";
import type { StreamHeader } from "../xml/framer.ts";
import type { DialbackOutcome } from "./dialback.ts";
import type { DialbackKeyer } from "./dialback-key.ts";
import { legacyFeatures, type S2sFeatures, type StreamLimits } from "./s2s-features.ts";
import { noPairs, type Pair, type Pairs } from "./s2s-pairs.ts";
import type { Method, Proof, S2sPolicy } from "./s2s-policy.ts";

/** What an outbound link is made with; the same object for its whole life. */
export type Setup = {
  /** The pair the stream header names. */
  readonly local: DomainName;
  readonly foreign: DomainName;
  /** We have a certificate to show for `local`. */
  readonly certificate: boolean;
  /** TLS was tried on an earlier connection and failed: go on without it (see the effect `redial`). */
  readonly withoutTls: boolean;
  readonly policyFor: (foreign: DomainName) => S2sPolicy;
  readonly keyer: DialbackKeyer;
  readonly limits: Pick<Limits, "dialbackMs" | "domainsPerLinkMax">;
};

/** A question to an authoritative server: did you send `key` on the stream `id`, as `foreign` towards our `local`? */
export type Question = Pair & { readonly id: string; readonly key: string };

/** Something asked of the peer and not answered; `round` tells a late timer from a new request. */
export type Pending<T> = T & { readonly round: number };

export type State = {
  readonly at:
    | "idle" // no connection yet
    | "header" // our header is out
    | "features"
    | "proceed" // <starttls/> is out
    | "handshake"
    | "judging" // the receiver's certificate
    | "external" // <auth/> is out
    | "open" // negotiated: pairs and questions travel
    | "closing" // our closing tag is out
    | "closed";
  readonly secure: boolean;
  /** The id of the stream as it is now; keys are made for it. */
  readonly id: string | undefined;
  readonly features: S2sFeatures;
  readonly authenticated: boolean;
  readonly sm: "off" | "asked" | "on";
  /** What the certificate says about each domain that was asked about; undefined until the answer comes. */
  readonly proofs: ReadonlyMap<DomainName, Proof | undefined>;
  /** Proved pairs, from ours to theirs. */
  readonly pairs: Pairs;
  readonly wanted: readonly Pair[];
  readonly pending: readonly Pending<Pair>[];
  readonly questions: readonly Question[];
  readonly asked: readonly Pending<Question>[];
  readonly round: number;
};

export type Event =
  /** The connection stands, in the clear. For direct TLS send `secured` instead. */
  | { readonly kind: "connected" }
  | { readonly kind: "secured" }
  | { readonly kind: "tls-failed"; readonly fault: Fault }
  | { readonly kind: "proof"; readonly domain: DomainName; readonly proof: Proof }
  | { readonly kind: "header"; readonly header: StreamHeader }
  /** A first-level element that is not a stanza of a link in use. */
  | { readonly kind: "element"; readonly element: Element }
  /** Prove one more pair on this link; look at `accepts` first. */
  | { readonly kind: "want"; readonly pair: Pair }
  | { readonly kind: "ask"; readonly question: Question }
  /** The timers of `wait` effects. */
  | { readonly kind: "pair-unanswered" | "question-unanswered"; readonly round: number }
  /** We end it: a framing fault, a deadline, idleness, shutdown. */
  | { readonly kind: "end"; readonly fault: Fault | undefined }
  /** The peer's closing tag. */
  | { readonly kind: "peer-end" }
  /** The connection is gone. */
  | { readonly kind: "lost"; readonly fault: Fault | undefined };

/** What to do about a refused pair: try the domain again after a pause, or at once on a connection of its own. */
export type Again = "later" | "elsewhere";

export type Effect =
  | { readonly kind: "send"; readonly text: string }
  /** Shake hands now, with SNI and the domain's certificate; bytes read before it started are an injection. */
  | { readonly kind: "start-tls"; readonly local: DomainName; readonly foreign: DomainName }
  /** The next thing read is a stream header. */
  | { readonly kind: "restart" }
  /** Say by a `proof` event what the receiver's certificate proves about the domain. */
  | { readonly kind: "judge"; readonly domain: DomainName }
  | { readonly kind: "proved"; readonly pair: Pair; readonly method: Method }
  | { readonly kind: "refused"; readonly pair: Pair; readonly fault: Fault; readonly again: Again }
  | { readonly kind: "answer"; readonly question: Question; readonly outcome: DialbackOutcome }
  /** What the peer accepts; send nothing larger, and speak before it calls the link idle. */
  | { readonly kind: "limits"; readonly limits: StreamLimits }
  /** On: count stanzas from here, and what the peer's `acked` passes over is confirmed. Off: it will not confirm any. */
  | { readonly kind: "acks"; readonly on: boolean }
  | { readonly kind: "acked"; readonly handled: number }
  /** Feed `event` back after `ms`; it is ignored when no longer of interest, so it need not be cancelled. */
  | { readonly kind: "wait"; readonly ms: number; readonly event: Event }
  /** Something was ignored; for the log. */
  | { readonly kind: "dropped"; readonly fault: Fault }
  /** Connect again with `withoutTls`, and bring along what was wanted and asked: nothing of it was refused or answered. */
  | { readonly kind: "redial"; readonly fault: Fault }
  /** Our side has said its last; end the connection when the peer has, or after closeMs. */
  | { readonly kind: "close"; readonly fault: Fault | undefined };

/** A link that has not connected yet, with what it is made for: pairs to prove, questions to ask, or both. */
export function begin(pairs: readonly Pair[], questions: readonly Question[] = []): State {
  return {
    at: "idle",
    secure: false,
    id: undefined,
    features: legacyFeatures,
    authenticated: false,
    sm: "off",
    proofs: new Map(),
    pairs: noPairs,
    wanted: pairs,
    pending: [],
    questions,
    asked: [],
    round: 0,
  };
}
