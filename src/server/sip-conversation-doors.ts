import type { Fault } from "../base/fault.ts";
import type { SipContent } from "../sip/content.ts";
import type { SipMessage } from "../sip/message.ts";
import type { MsrpMessage } from "../sip/msrp-inbox.ts";
import type { SipMode, SipProfile } from "../translate/sip-profile.ts";
import type { MsrpListener, MsrpMedia } from "./msrp-media.ts";
import type { Parcel, Post } from "./parcel.ts";
import type { Flow } from "./sip-flow.ts";
import type { SessionDialogDoors } from "./sip-session-dialog.ts";

/** One text on its way, with the parcel it is part of. */
export type Said = {
  readonly content: SipContent;
  readonly parcel: Parcel;
  readonly last: boolean;
  tries: number;
  /** A connection broke under it once already. */
  lost: boolean;
};

/** What a conversation with somebody at a SIP partner needs of the node. */
export type ConversationDoors = SessionDialogDoors & {
  readonly post: Post;
  readonly profile: SipProfile;
  /** How a conversation is opened to that partner now. */
  readonly mode: () => SipMode;
  /** A session of MSRP beside a dialog on that flow. */
  readonly msrp: (listener: MsrpListener, flow: Flow) => MsrpMedia;
  /** Sends a text by itself: the partner wants none inside a conversation of our opening. */
  readonly page: (parcel: Parcel) => void;
  /** What a refusal of the partner is to whoever wrote. */
  readonly refusal: (status: number, answer: SipMessage | undefined) => Fault;
  /** A server of theirs has a text, and may still say that it did not arrive. */
  readonly accepted: (parcel: Parcel, answer: SipMessage) => void;
  /** A message that came over MSRP; `answer` tells its sender what became of it. */
  readonly heard: (message: MsrpMessage, answer: (status: number) => void) => void;
  /** Its dialog has another key from now on; undefined: it has none. */
  readonly keyed: (before: string | undefined, now: string | undefined) => void;
};
