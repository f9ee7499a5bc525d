import type { Fault } from "../base/fault.ts";
import type { Result } from "../base/result.ts";
import type { SipContent } from "../sip/content.ts";
import type { MsrpMessage } from "../sip/msrp-inbox.ts";
import { statusOfMsrp } from "../translate/errors.ts";
import { askingReceipt, messageStanza } from "../translate/stanza.ts";
import { toXmpp, type XmppContent } from "../translate/to-xmpp.ts";
import type { Receipt } from "./ack-window.ts";
import type { Origin, Parcel } from "./parcel.ts";

/** A message that came over MSRP, as its sender wrote it; its Message-ID is the stanza's id (RFC 7573 §4). */
export class MsrpOrigin implements Origin {
  readonly content: Result<XmppContent | undefined>;
  readonly #message: MsrpMessage;

  constructor(message: MsrpMessage, limits: Parameters<typeof toXmpp>[1], thread: string | undefined) {
    this.#message = message;
    const content: SipContent = {
      contentType: message.contentType,
      body: message.body,
      headers: message.contentHeaders,
    };
    this.content = toXmpp(content, limits, thread);
  }

  stanza(from: Parcel["from"], to: Parcel["to"]): Buffer {
    const content = this.content.ok ? this.content.value : undefined;
    if (content === undefined) return messageStanza(from, to, undefined, "");
    // RFC 7573 §8: a success report is a receipt; who asked for it inside CPIM asks once.
    const asks = content.kind === "text" && this.#message.successReport && !content.inner.includes(askingReceipt);
    const inner = asks ? content.inner + askingReceipt : content.inner;
    const id = asks ? this.#message.messageId : (content.id ?? this.#message.messageId);
    return messageStanza(from, to, id, inner, content.kind === "failure" ? "error" : "chat");
  }
}

/** Whoever waits for the answer to its last chunk. */
export class MsrpReceipt implements Receipt {
  readonly #answer: (status: number) => void;
  #open = true;

  constructor(answer: (status: number) => void) {
    this.#answer = answer;
  }

  settle(): void {
    this.#say(200);
  }

  readonly refuse = (why: Fault): boolean => this.#say(statusOfMsrp(why));

  #say(status: number): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#answer(status);
    return true;
  }
}
