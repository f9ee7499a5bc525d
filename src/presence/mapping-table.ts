import type { Availability } from "./availability.ts";

/**
 * What a local person looks through: a third-party XMPP client, or one that knows all states (CUPC 8, Jabber, our own SIP
 * and console views). MAP-4 tells Jabber from CUPC 8; everywhere else they are one.
 */
export const clients = ["xmpp3", "cupc", "jabber"] as const;
export type Client = (typeof clients)[number];

/** What a partner runs; "jabber" is another Cisco system, "xmpp" and "simple" anything else. */
export const partners = ["ocs", "lync", "sametime", "webex", "aol", "gtalk", "jabber", "xmpp", "simple"] as const;
export type Partner = (typeof partners)[number];

/** Whether the partner is another organisation, or the other half of our own domain (MAP-4). */
export type Where = "interdomain" | "intradomain";

/** A state, or a state with a status text beside it; the text "*" is the message the other side set itself. */
export type Cell = Availability | readonly [Availability, string];

type Rows = Readonly<Partial<Record<Availability, readonly Cell[]>>>;

type Common = {
  /** Its id in the requirements: "MAP-1"; "ours" where nobody prescribes anything. */
  readonly map: string;
  readonly where: readonly Where[];
  /** The state it is on the one side; what is shown on the other, a cell for each column. */
  readonly rows: Rows;
  /** Rows the requirements leave open or doubt, and why we chose so. */
  readonly ours?: Readonly<Partial<Record<Availability, string>>>;
};

/** From a partner's state to what local clients show. */
export type InTable = Common & {
  readonly direction: "in";
  readonly partners: readonly Partner[];
  readonly columns: readonly (readonly Client[])[];
};

/** From a local person's state to what partners show. */
export type OutTable = Common & {
  readonly direction: "out";
  readonly clients: readonly Client[];
  readonly columns: readonly (readonly Partner[])[];
};

export type MappingTable = InTable | OutTable;
