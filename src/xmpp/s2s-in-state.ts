import type { DomainName } from "../base/domain-name.ts";
import type { Fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import type { Element } from "../xml/element.ts";
import type { StreamHeader } from "../xml/framer.ts";
import type { DialbackOutcome } from "./dialback.ts";
import type { DialbackKeyer } from "./dialback-key.ts";
import { noPairs, type Pair, type Pairs } from "./s2s-pairs.ts";
import type { Method, Proof, S2sPolicy } from "./s2s-policy.ts";

/** What an inbound link is served with; may be replaced by a newer one on reload. */
export type Setup = {
  readonly serves: (domain: DomainName) => boolean;
  /** The name to answer with when the peer's header has no `to`. */
  readonly fallback: DomainName;
  /** We can show a certificate for this domain (of ours), so TLS can be offered. */
  readonly canSecure: (local: DomainName) => boolean;
  readonly policyFor: (foreign: DomainName) => S2sPolicy;
  readonly keyer: DialbackKeyer;
  readonly limits: Pick<Limits, "dialbackMs" | "domainsPerLinkMax" | "idleLinkMs" | "saslTriesMax" | "stanzaBytesMax">;
};

/** A pair whose key is being judged: by the certificate first where there is one, then by the authoritative server. */
export type Claim = Pair & {
  /** Of the stream the key came on. */
  readonly id: string;
  readonly key: string;
  readonly stage: "certificate" | "authority";
  /** Tells a late timer from a new claim. */
  readonly round: number;
};

export type State = {
  readonly at:
    | "header" // awaits a stream header
    | "judging" // the initiator's certificate, before features are sent
    | "open" // features are out, or the peer knows none
    | "handshake" // <proceed/> is out
    | "closing" // our closing tag is out
    | "closed";
  readonly secure: boolean;
  /** Our header of this stream is out. */
  readonly greeted: boolean;
  readonly versioned: boolean;
  readonly id: string;
  /** What the headers said. */
  readonly local: DomainName | undefined;
  readonly foreign: DomainName | undefined;
  /** Proved by SASL EXTERNAL. */
  readonly authenticated: boolean;
  readonly sasl: "idle" | "challenged";
  readonly saslFailures: number;
  readonly offered: { readonly starttls: boolean; readonly external: boolean };
  readonly sm: boolean;
  readonly proofs: ReadonlyMap<DomainName, Proof>;
  /** Proved pairs, from theirs to ours. */
  readonly pairs: Pairs;
  readonly claims: readonly Claim[];
  readonly round: number;
};

export type Event =
  /** `id` is fresh and cannot be guessed: it becomes the stream's. */
  | { readonly kind: "header"; readonly header: StreamHeader; readonly id: string }
  | { readonly kind: "element"; readonly element: Element }
  /** A stanza that the cheap check refused, with the domains of its addresses; undefined: missing or not valid. */
  | { readonly kind: "stanza"; readonly from: DomainName | undefined; readonly to: DomainName | undefined }
  /** The handshake is done: of STARTTLS, or of direct TLS before the first header. */
  | { readonly kind: "secured" }
  | { readonly kind: "proof"; readonly domain: DomainName; readonly proof: Proof }
  /** What the authoritative server, asked on another connection, says of a key. */
  | { readonly kind: "verified"; readonly pair: Pair; readonly id: string; readonly outcome: DialbackOutcome }
  /** The timer of a `wait` effect. */
  | { readonly kind: "claim-unanswered"; readonly round: number }
  /** We end it: a framing fault, a deadline, idleness, shutdown. `id` is fresh, for a header that has not been sent yet. */
  | { readonly kind: "end"; readonly fault: Fault | undefined; readonly id?: string }
  | { readonly kind: "peer-end" }
  | { readonly kind: "lost"; readonly fault: Fault | undefined };

export type Effect =
  | { readonly kind: "send"; readonly text: string }
  /** Shake hands now, showing the certificate of `local`, asking for the peer's; bytes read before are an injection. */
  | { readonly kind: "start-tls"; readonly local: DomainName }
  /** The next thing read is a stream header. */
  | { readonly kind: "restart" }
  /** Say by a `proof` event what the peer's certificate proves about the domain. */
  | { readonly kind: "judge"; readonly domain: DomainName }
  | { readonly kind: "proved"; readonly pair: Pair; readonly method: Method }
  | { readonly kind: "refused"; readonly pair: Pair; readonly fault: Fault }
  /** Ask the authoritative server of pair.foreign, on a connection of ours, never on this one (A.6). */
  | { readonly kind: "verify"; readonly pair: Pair; readonly id: string; readonly key: string }
  /** Count the stanzas received from here (XEP-0198 §3). */
  | { readonly kind: "acks" }
  /** Say how many stanzas have been handled. */
  | { readonly kind: "ack-asked" }
  | { readonly kind: "wait"; readonly ms: number; readonly event: Event }
  /** Something was ignored; for the log. */
  | { readonly kind: "dropped"; readonly fault: Fault }
  /** Our side has said its last; end the connection when the peer has, or after closeMs. */
  | { readonly kind: "close"; readonly fault: Fault | undefined };

/** A connection that was just accepted. */
export function begin(): State {
  return {
    at: "header",
    secure: false,
    greeted: false,
    versioned: true,
    id: "",
    local: undefined,
    foreign: undefined,
    authenticated: false,
    sasl: "idle",
    saslFailures: 0,
    offered: { starttls: false, external: false },
    sm: false,
    proofs: new Map(),
    pairs: noPairs,
    claims: [],
    round: 0,
  };
}
