import type { Availability } from "./availability.ts";
import type { Teller } from "./mapping-overrides.ts";
import type { Client } from "./mapping-table.ts";

/**
 * One thing that says something of a person (MAP-11):
 * - `xmpp`: a signed-in XMPP device that sent presence
 * - `sip`: a publication (RFC 3903) of a SIP device; one that says "offline" counts, the person chose it
 * - `registration`: a registered SIP device (RFC 3261 §10), "available" by being there
 * - `phone`: a telephone line as the call manager tells it: "on-the-phone" while off the hook, else "available"
 * - `calendar`: "in-a-meeting" or "out-of-office" now, else "available"
 */
export type SourceKind = "xmpp" | "sip" | "registration" | "phone" | "calendar";

export type Source = {
  /** Names it to the administrator; of one person's sources no two have the same. */
  readonly id: string;
  readonly kind: SourceKind;
  /** Of an XMPP device, what class of client it is; a third-party one when it does not say. */
  readonly client?: Client;
  readonly availability: Availability;
  /** Free text beside the state; "" when none. */
  readonly note: string;
  /** -128 to 127 (RFC 6121 §4.7.2.3). A device below 0 takes no messages sent to the person. */
  readonly priority: number;
  /** When it began to say this: milliseconds since 1970. */
  readonly since: number;
};

/** By whose table partners are told what it says: a SIP device knows all states, as CUPC does. */
export function tellerOf({ kind, client }: Source): Teller {
  if (kind === "xmpp") return client ?? "xmpp3";
  return kind === "phone" || kind === "calendar" ? kind : "cupc";
}
