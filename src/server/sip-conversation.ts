import { type Fault, fault } from "../base/fault.ts";
import { Alarm } from "../base/wheel.ts";
import type { SipContent } from "../sip/content.ts";
import { advanced, type Dialog, keyOf, partsIn, receivedIn } from "../sip/dialog.ts";
import { uacDialog, uasDialog } from "../sip/dialog-creation.ts";
import { epidOf } from "../sip/epid.ts";
import { keyboardActivityType, writeKeyboardActivity } from "../sip/keyboard-activity.ts";
import type { SipMessage } from "../sip/message.ts";
import { readDiagnostics } from "../sip/ms-diagnostics.ts";
import { requestBytes } from "../sip/request.ts";
import { readMessageOffer, writeMessageSdp } from "../sip/sdp.ts";
import { faultOfStatus } from "../translate/errors.ts";
import { receiptFor } from "../translate/receipt.ts";
import type { SipProfile } from "../translate/sip-profile.ts";
import { Parcel, type Post } from "./parcel.ts";
import type { Asker } from "./sip-client-transaction.ts";
import type { Flow } from "./sip-flow.ts";
import type { Inviter } from "./sip-invite-transaction.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Site } from "./site.ts";

/** How long a conversation without a word stays open (sip-wire 3.5). */
const idleMs = 900_000;
/** What may wait while a conversation is being opened. */
const waitingMax = 100;

/** What a conversation needs of the node. */
export type ConversationDoors = {
  readonly site: Site;
  readonly post: Post;
  readonly transactions: SipTransactions;
  readonly profile: SipProfile;
  /** A turn to send something to the partner (`SipPartners.way`). */
  readonly way: (known: Flow | undefined, then: (flow: Flow) => void, failed: (why: Fault) => void) => void;
  /** Our Contact on a flow. */
  readonly contact: (flow: Flow) => string;
  /** Its dialog has another key from now on; undefined: it has none. */
  readonly keyed: (conversation: SipConversation, before: string | undefined, now: string | undefined) => void;
};

/** One text on its way, with the parcel it is part of. */
type Said = { readonly content: SipContent; readonly parcel: Parcel; readonly last: boolean; tries: number };

/**
 * What two people, one here and one at a SIP partner, say to each other, inside the one dialog that either side's INVITE makes
 * (R15, FLW-01 to FLW-03). To XMPP it is one conversation, however many dialogs come and go (sip-wire 3.5).
 */
export class SipConversation implements Inviter {
  readonly local: Parcel["to"];
  readonly foreign: Parcel["to"];
  readonly #doors: ConversationDoors;
  readonly #from: string;
  readonly #epid: string | undefined;
  readonly #to: string;
  readonly #idle = new Alarm(() => this.close());
  readonly #waiting: Said[] = [];
  #dialog: Dialog | undefined;
  #flow: Flow | undefined;
  #sent:
    | {
        readonly uri: string;
        readonly from: string;
        readonly to: string;
        readonly callId: string;
        readonly cseq: number;
      }
    | undefined;
  #opening = false;
  #flying: Said | undefined;

  constructor(
    doors: ConversationDoors,
    local: Parcel["to"],
    foreign: Parcel["to"],
    uris: { local: string; foreign: string },
  ) {
    this.#doors = doors;
    this.local = local;
    this.foreign = foreign;
    this.#from = `<${uris.local}>`;
    this.#epid = doors.profile.epid ? epidOf(local.bare) : undefined;
    this.#to = uris.foreign;
  }

  get open(): boolean {
    return this.#dialog !== undefined;
  }

  /** Texts of one parcel, in order. */
  say(parcel: Parcel, texts: readonly SipContent[]): void {
    if (this.#waiting.length + texts.length > waitingMax) {
      this.#doors.post.bounce(parcel, fault("resource-constraint", "texts waiting for one conversation"));
      return;
    }
    for (const [at, content] of texts.entries()) {
      this.#waiting.push({ content, parcel, last: at === texts.length - 1, tries: 0 });
    }
    this.#next();
  }

  /** Typing; told only where a conversation is open, for it is not worth an INVITE. */
  types(status: "type" | "idle"): void {
    if (this.#dialog === undefined || this.#doors.profile.typing !== "keyboard-activity") return;
    this.#ask(
      "INFO",
      { contentType: keyboardActivityType, body: Buffer.from(writeKeyboardActivity(status)), headers: "" },
      {
        answered: (code) => {
          if (code === 408 || code === 480 || code === 481) this.#lose(); // R18
        },
      },
    );
  }

  /** An INVITE of theirs: taken at once (sip-wire 3.1); an older dialog is ended (3.5). */
  invitedBy(request: SipRequest): void {
    const { message, flow } = request;
    const offer = message.body.length === 0 ? undefined : readMessageOffer(message.body.toString("utf8"));
    if (offer?.ok === false) {
      request.respond(488, { headers: 'Warning: 304 comity "Only instant messages"\r\n' });
      return;
    }
    const tag = this.#doors.transactions.token();
    const dialog = uasDialog(
      message,
      { tag, ...(this.#epid === undefined ? {} : { epid: this.#epid }) },
      this.#doors.site.settings.limits,
    );
    if (!dialog.ok) {
      request.respond(400);
      return;
    }
    this.close();
    this.#adopt(dialog.value, flow);
    this.#accept(request, tag);
    this.#next();
  }

  /** An INVITE within the session, as a session timer sends it (RFC 4028, sip-wire 1.6): the same description again. */
  refreshedBy(request: SipRequest): void {
    this.#accept(request, undefined);
  }

  #accept(request: SipRequest, toTag: string | undefined): void {
    const { message, flow } = request;
    request.respond(200, {
      ...(toTag === undefined ? {} : { toTag }),
      headers: `Contact: ${this.#doors.contact(flow)}\r\nAllow: INVITE, ACK, BYE, CANCEL, MESSAGE, INFO, OPTIONS\r\n${recorded(message)}`,
      contentType: "application/sdp",
      body: writeMessageSdp(flow.local.address, flow.local.port, this.#from.slice(1, -1)),
    });
  }

  /** A request in its dialog; false when it is out of order and has been answered. */
  received(request: SipRequest): boolean {
    if (this.#dialog === undefined) return false;
    const dialog = receivedIn(this.#dialog, request.message, this.#doors.site.settings.limits);
    if (!dialog.ok) {
      request.respond(500);
      return false;
    }
    this.#dialog = dialog.value;
    this.#flow = request.flow;
    this.#stir();
    return true;
  }

  /** They ended it. */
  ended(): void {
    this.#forget();
    this.#next();
  }

  /** We end it: nobody said anything for long, or it is replaced. */
  close(): void {
    if (this.#dialog === undefined) return;
    this.#ask("BYE", undefined, { answered() {} });
    this.#forget();
  }

  /** Our INVITE has its answer. */
  invited(status: number, answer: SipMessage | undefined): void {
    const sent = this.#sent;
    const flow = this.#flow;
    if (sent === undefined || flow === undefined) return;
    if (answer === undefined || status >= 300) {
      this.#opening = false;
      this.#sent = undefined;
      const diagnostics = answer === undefined ? undefined : readDiagnostics(answer);
      const detail = diagnostics === undefined ? "" : `their server says ${diagnostics.id} ${diagnostics.reason}`;
      this.#refuseAll(status, detail);
      return;
    }
    const dialog = uacDialog(sent, answer, this.#doors.site.settings.limits);
    if (!dialog.ok) return;
    this.#acknowledge(dialog.value, flow, sent.cseq);
    if (this.#dialog !== undefined) {
      // I-2: a second device has taken it as well; the first is kept.
      if (keyOf(dialog.value) !== keyOf(this.#dialog)) this.#bye(dialog.value, flow);
      return;
    }
    this.#opening = false;
    this.#adopt(dialog.value, flow);
    this.#next();
  }

  #next(): void {
    if (this.#flying !== undefined || this.#opening) return;
    const [said] = this.#waiting;
    if (said === undefined) return;
    if (this.#dialog === undefined) {
      this.#invite();
      return;
    }
    this.#waiting.shift();
    this.#flying = said;
    said.tries++;
    this.#stir();
    this.#ask("MESSAGE", said.content, { answered: (status) => this.#answered(said, status) });
  }

  #answered(said: Said, status: number): void {
    this.#flying = undefined;
    if (status < 300) {
      if (said.last) this.#arrived(said.parcel);
    } else if ((status === 408 || status === 480 || status === 481 || status === 503) && said.tries < 2) {
      // R18: their side has forgotten the conversation: another one, and the text once more.
      this.#waiting.unshift(said);
      this.#lose();
    } else {
      for (let first = this.#waiting[0]; first?.parcel === said.parcel; first = this.#waiting[0]) this.#waiting.shift();
      this.#doors.post.bounce(said.parcel, faultOfStatus(status));
    }
    this.#next();
  }

  #arrived(parcel: Parcel): void {
    parcel.receipt?.settle();
    const bytes = parcel.copy ? undefined : receiptFor(parcel.element, this.foreign, parcel.from);
    if (bytes !== undefined) {
      this.#doors.post.route(new Parcel("message", "chat", undefined, this.foreign, parcel.from, bytes));
    }
  }

  #invite(): void {
    this.#opening = true;
    const send = (flow: Flow) => {
      this.#flow = flow;
      const { transactions } = this.#doors;
      const tag = transactions.token();
      const sent = {
        uri: this.#to,
        from: `${this.#from};tag=${tag}${this.#epid === undefined ? "" : `;epid=${this.#epid}`}`,
        to: `<${this.#to}>`,
        callId: transactions.token(),
        cseq: 1,
      };
      this.#sent = sent;
      const conversation = `Ms-Conversation-ID: ${transactions.token()}\r\n`;
      transactions.invite(
        flow,
        {
          method: "INVITE",
          ...sent,
          contact: this.#doors.contact(flow),
          headers: this.#doors.profile.diagnostics ? conversation : "",
          contentType: "application/sdp",
          body: writeMessageSdp(flow.local.address, flow.local.port, "null"),
        },
        this,
      );
    };
    this.#doors.way(undefined, send, (why) => {
      this.#opening = false;
      this.#bounceAll(why);
    });
  }

  #adopt(dialog: Dialog, flow: Flow): void {
    const before = this.#dialog === undefined ? undefined : keyOf(this.#dialog);
    this.#dialog = dialog;
    this.#flow = flow;
    this.#doors.keyed(this, before, keyOf(dialog));
    this.#stir();
  }

  /** It is lost without our ending it in order; what waits opens another. */
  #lose(): void {
    this.close();
  }

  #forget(): void {
    this.#doors.site.wheel.clear(this.#idle);
    if (this.#dialog !== undefined) this.#doors.keyed(this, keyOf(this.#dialog), undefined);
    this.#dialog = undefined;
    this.#sent = undefined;
  }

  #refuseAll(status: number, detail: string): void {
    this.#bounceAll(faultOfStatus(status, detail));
  }

  #bounceAll(why: Fault): void {
    for (const { parcel, last } of this.#waiting.splice(0)) if (last) this.#doors.post.bounce(parcel, why);
  }

  #stir(): void {
    this.#doors.site.wheel.set(this.#idle, idleMs);
  }

  #acknowledge(dialog: Dialog, flow: Flow, cseq: number): void {
    const via = `${flow.viaHead}z9hG4bK${this.#doors.transactions.token()}${flow.viaTail}`;
    flow.send(requestBytes(partsIn(dialog, "ACK", via, cseq)));
  }

  #bye(dialog: Dialog, flow: Flow): void {
    const next = advanced(dialog);
    this.#doors.transactions.ask(flow, "BYE", (via) => requestBytes(partsIn(next, "BYE", via)), { answered() {} });
  }

  #ask(method: string, content: SipContent | undefined, asker: Asker): void {
    if (this.#dialog === undefined) return;
    this.#dialog = advanced(this.#dialog);
    const dialog = this.#dialog;
    const send = (flow: Flow) => {
      this.#flow = flow;
      this.#doors.transactions.ask(
        flow,
        method,
        (via) =>
          requestBytes({
            ...partsIn(dialog, method, via),
            contact: this.#doors.contact(flow),
            ...(content === undefined
              ? {}
              : { contentType: content.contentType, body: content.body, headers: content.headers }),
          }),
        asker,
      );
    };
    this.#doors.way(this.#flow, send, () => asker.answered(503, undefined));
  }
}

function recorded(message: SipMessage): string {
  let lines = "";
  for (const value of message.headers("record-route")) lines += `Record-Route: ${value}\r\n`;
  return lines;
}
