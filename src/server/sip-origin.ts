import type { Result } from "../base/result.ts";
import type { StoredBinding } from "../base/store.ts";
import type { SipContent } from "../sip/content.ts";
import { HeaderSet, type SipMessage } from "../sip/message.ts";
import { messageStanza } from "../translate/stanza.ts";
import { toXmpp, type XmppContent } from "../translate/to-xmpp.ts";
import type { Origin, Parcel } from "./parcel.ts";
import type { Flow } from "./sip-flow.ts";

/**
 * A MESSAGE as its sender wrote it. SIP devices get the same body and type; a stanza is made of it when an XMPP device, the
 * store or a link needs one.
 */
export class SipOrigin implements Origin, SipContent {
  readonly message: SipMessage;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly #limits: Parameters<typeof toXmpp>[1];
  readonly #thread: string | undefined;
  #read: Result<XmppContent | undefined> | undefined;

  /** The way it came by. */
  readonly flow: Flow;

  /** Of its receiver's SIP devices only those it was sent to by a GRUU. */
  readonly leadsTo: ((binding: StoredBinding) => boolean) | undefined;

  /** `thread`: what XMPP calls the conversation it is part of. */
  constructor(
    message: SipMessage,
    flow: Flow,
    limits: Parameters<typeof toXmpp>[1],
    leadsTo: ((binding: StoredBinding) => boolean) | undefined,
    thread?: string,
  ) {
    this.leadsTo = leadsTo;
    this.message = message;
    this.flow = flow;
    this.contentType = message.header("content-type") ?? "text/plain;charset=UTF-8";
    this.body = message.body;
    this.#limits = limits;
    this.#thread = thread;
  }

  /** Said in a session: Call-ID, tags and CSeq are the session's, which no other device has part in. */
  get inSession(): boolean {
    return this.message.toTag !== "";
  }

  /** Header lines that belong to the content and travel with it. */
  get headers(): string {
    return this.message.copied(carried);
  }

  /** What it says in XMPP; undefined for nothing (an empty body). Fails with sip-media-type and what bad documents are. */
  get content(): Result<XmppContent | undefined> {
    const read = this.#read ?? toXmpp(this, this.#limits, this.#thread);
    this.#read = read;
    return read;
  }

  stanza(from: Parcel["from"], to: Parcel["to"]): Buffer {
    const { content } = this;
    if (!content.ok || content.value === undefined) return messageStanza(from, to, undefined, "");
    return messageStanza(from, to, content.value.id, content.value.inner);
  }
}

const carried = new HeaderSet([
  "Subject",
  "Content-Language",
  "Content-Encoding",
  "Content-Disposition",
  "Date",
  "Expires",
  "Priority",
  "In-Reply-To",
  "Message-Expires",
]);
