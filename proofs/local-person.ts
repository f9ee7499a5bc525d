/** What people on any client can set themselves to; an XMPP client says "dnd" where a SIP client says "busy". */
export type LocalState = "available" | "away" | "busy" | "offline";

/** A text as one client shows it: by whom, and what. */
export type Read = { readonly from: string; readonly text: string };

/** A person here who uses one client, or several at once, in the steps of an acceptance script. */
export interface LocalPerson {
  /** "alice@ours.example" */
  readonly address: string;
  /** Asks to see somebody. */
  adds(contact: string): Promise<void>;
  /** What each client shows of somebody: a state and its text. */
  shown(contact: string): readonly string[];
  /** On how many clients somebody's wish to see this person is shown; all of them. */
  asked(by: string): boolean;
  accepts(by: string): Promise<void>;
  is(state: LocalState): Promise<void>;
  /** Says something, with each client in turn where there are several. */
  says(to: string, text: string): Promise<void>;
  types(to: string): Promise<void>;
  /** What each client has shown of what was said, by anybody, this person included. */
  readonly reads: readonly (readonly Read[])[];
  /** Whether each client shows that somebody types. */
  typing(by: string): boolean;
  blocks(contact: string): Promise<void>;
  /** Whether whom they block cannot write to them either; a SIP client can only hide (RFC 5025). */
  readonly blocksMessages: boolean;
}
