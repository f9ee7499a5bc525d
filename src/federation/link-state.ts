import type { DomainName } from "../base/domain-name.ts";
import type { Fault } from "../base/fault.ts";
import type { Endpoint } from "../base/network.ts";
import type { Method } from "../xmpp/s2s-policy.ts";

/** How far a link has come: `waiting` has no connection and is in its pause after a failure. */
export type LinkStage = "looking up" | "connecting" | "proving" | "up" | "closing" | "waiting";

/** What `comity federation links` shows of one link. */
export type LinkState = {
  readonly direction: "in" | "out";
  readonly stage: LinkStage;
  /** The pairs on it, with how each was proved; undefined while it is not. */
  readonly pairs: readonly {
    readonly local: DomainName;
    readonly foreign: DomainName;
    readonly proof?: Method | undefined;
  }[];
  readonly remote: Endpoint | undefined;
  /** The name the address was found under: an SRV target, a route, the domain itself. Only outbound. */
  readonly host: string | undefined;
  /** Undefined: in the clear. */
  readonly tls: { readonly protocol: string; readonly cipher: string } | undefined;
  /** Acknowledgements by stream management are on (XEP-0198). */
  readonly acks: boolean;
  /** Milliseconds since it was begun. */
  readonly ageMs: number;
  /** Milliseconds since anything was read or written. */
  readonly idleMs: number;
  readonly queuedStanzas: number;
  readonly queuedBytes: number;
  /** Sent and not acknowledged; 0 without stream management. */
  readonly unackedStanzas: number;
  /** Milliseconds until the next try, when waiting. */
  readonly retryMs: number | undefined;
  readonly lastFault: Fault | undefined;
};
