import type { Jid } from "../xmpp/jid.ts";
import type { Resource } from "../xmpp/resource.ts";
import type { Cut } from "../xmpp/stanza.ts";
import type { Parcel } from "./parcel.ts";
import type { SessionView } from "./session-view.ts";

/**
 * A way to reach a local person, whatever it speaks: one XMPP connection, or all of a person's SIP devices together. The
 * desks know no more of it than this.
 */
export interface Device extends Resource {
  readonly jid: Jid;
  readonly available: boolean;
  readonly priority: number;
  /** It has asked for the roster and is told of its changes (RFC 6121 §2.2). */
  interested: boolean;
  /** It wants copies of its owner's conversations on other devices (XEP-0280). */
  carbons: boolean;
  /** Its last available presence, to be addressed to whoever may see it. */
  presence: Cut | undefined;
  /** What others see, for the operator: "available", "away", … */
  show: string;
  /** RFC 6121 §4.6: those who were told directly, by full address. */
  readonly directed: Map<string, Jid>;
  /** Presence to the bare address is for it. */
  readonly hearsPresence: boolean;
  /** What the operator sees of it: a line for each connection. */
  readonly sessions: readonly SessionView[];
  /** Hands it a stanza. */
  deliver(parcel: Parcel): void;
  /** Takes a copy of a conversation in its own way; without this it gets a carbon, when it wants them. */
  readonly copy?: (way: "sent" | "received", parcel: Parcel) => void;
}
