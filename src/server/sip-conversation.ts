import { type Fault, fault } from "../base/fault.ts";
import { ok, type Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import type { SipContent } from "../sip/content.ts";
import type { Dialog } from "../sip/dialog.ts";
import { type Sent, uacDialog, uasDialog } from "../sip/dialog-creation.ts";
import { epidOf } from "../sip/epid.ts";
import { isComposingContent } from "../sip/is-composing.ts";
import { keyboardActivityContent } from "../sip/keyboard-activity.ts";
import type { SipMessage } from "../sip/message.ts";
import type { MsrpMessage } from "../sip/msrp-inbox.ts";
import { readMsrpOffer } from "../sip/msrp-sdp.ts";
import { readMessageOffer, writeMessageSdp } from "../sip/sdp.ts";
import { faultOfMsrp, faultOfStatus } from "../translate/errors.ts";
import { asksReceipt, receiptFor } from "../translate/receipt.ts";
import type { MsrpListener, MsrpMedia } from "./msrp-media.ts";
import type { MsrpSender } from "./msrp-session.ts";
import { Parcel } from "./parcel.ts";
import type { Asker } from "./sip-client-transaction.ts";
import type { ConversationDoors } from "./sip-conversation-doors.ts";
import { ConversationName } from "./sip-conversation-name.ts";
import type { Flow } from "./sip-flow.ts";
import type { Inviter } from "./sip-invite-transaction.ts";
import type { SipRequest } from "./sip-request.ts";
import { recordRoutes, SessionDialog } from "./sip-session-dialog.ts";
import type { Send } from "./sip-trying.ts";

/** How long their BYE is waited for when the connection of a session is closed before it. */
const farewellMs = 1_000;
/** What may wait while a conversation is being opened. */
const waitingMax = 100;

/** One text on its way, with the parcel it is part of. */
type Said = { readonly content: SipContent; readonly parcel: Parcel; readonly last: boolean; tries: number };

/**
 * What two people, one here and one at a SIP partner, say to each other: inside the one dialog that either side's INVITE makes
 * (R15, FLW-01 to FLW-03), or over the session of MSRP that it agrees on (RFC 7573 §4, §5). To XMPP it is one conversation,
 * however many dialogs come and go (sip-wire 3.5).
 */
export class SipConversation implements Inviter, MsrpListener {
  readonly local: Parcel["to"];
  readonly foreign: Parcel["to"];
  readonly #doors: ConversationDoors;
  readonly #from: string;
  readonly #epid: string | undefined;
  readonly #to: string;
  readonly #idle = new Alarm(() => this.close());
  readonly #waiting: Said[] = [];
  readonly #dialog: SessionDialog;
  #sent: Sent | undefined;
  #opening = false;
  #flying: Said | undefined;
  /** Undefined: texts are MESSAGEs in the dialog. */
  #media: MsrpMedia | undefined;
  /** What our INVITE offers. */
  #offered: MsrpMedia | undefined;
  readonly name: ConversationName;

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
    this.#dialog = new SessionDialog(doors, doors.keyed);
    const pair = { ours: local.bare, theirs: foreign.bare };
    this.name = new ConversationName(pair, () => doors.site.settings.limits, doors.profile.threads);
  }

  get open(): boolean {
    return this.#dialog.open;
  }

  /** Nothing is open, waiting or on its way. */
  get silent(): boolean {
    return !this.open && !this.#opening && this.#flying === undefined && this.#waiting.length === 0;
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
  types(composing: boolean): void {
    const { typing } = this.#doors.profile;
    if (!this.open || typing === "none") return;
    if (typing === "is-composing") {
      this.tells(isComposingContent(composing));
      return;
    }
    this.#dialog.ask("INFO", keyboardActivityContent(composing), this.#beside, true);
  }

  /** Something beside the texts, for nobody waits to hear what became of it; not worth an INVITE either. */
  tells(content: SipContent): void {
    if (this.#media !== undefined) this.#media.say(content, false, indifferent);
    else this.#dialog.ask("MESSAGE", content, this.#beside, true);
  }

  /** R18: what goes beside the texts may find the conversation forgotten as well. */
  readonly #beside: Asker = {
    answered: (status) => {
      if (status === 408 || status === 480 || status === 481) this.close();
    },
  };

  /** The person here has got a message of theirs; false when its sender did not want to know (RFC 7573 §8). */
  reports(messageId: string): boolean {
    return this.#media?.report(messageId) ?? false;
  }

  /** An INVITE of theirs: taken at once (sip-wire 3.1); an older dialog is ended (3.5). */
  invitedBy(request: SipRequest): void {
    const { message, flow } = request;
    const text = message.body.toString("utf8");
    const plain = message.body.length === 0 || readMessageOffer(text).ok;
    const media = plain ? undefined : this.#mediaOf(text, flow);
    if (media?.ok === false) {
      const headers =
        media.fault.code === "resource-constraint" ? "" : 'Warning: 304 comity "Only instant messages"\r\n';
      request.respond(media.fault.code === "resource-constraint" ? 480 : 488, { headers });
      return;
    }
    const tag = this.#doors.transactions.token();
    const dialog = uasDialog(
      message,
      { tag, ...(this.#epid === undefined ? {} : { epid: this.#epid }) },
      this.#doors.site.settings.limits,
    );
    if (!dialog.ok) {
      media?.value.end();
      request.respond(400);
      return;
    }
    this.close();
    this.name.calledThere(message.callId);
    this.#media = media?.value;
    this.#adopt(dialog.value, flow);
    this.#accept(request, tag);
    this.#next();
  }

  #mediaOf(offered: string, flow: Flow): Result<MsrpMedia> {
    const offer = readMsrpOffer(offered, this.#doors.site.settings.limits.msrpPathUrisMax);
    if (!offer.ok) return offer;
    const media = this.#doors.msrp(this, flow);
    const accepted = media.accepts(offer.value);
    return accepted.ok ? ok(media) : accepted;
  }

  /** An INVITE within the session, as a session timer sends it (RFC 4028, sip-wire 1.6): the same description again. */
  refreshedBy(request: SipRequest): void {
    this.#accept(request, undefined);
  }

  #accept(request: SipRequest, toTag: string | undefined): void {
    const { message, flow } = request;
    request.respond(200, {
      ...(toTag === undefined ? {} : { toTag }),
      headers: `Contact: ${this.#doors.contact(flow)}\r\nAllow: INVITE, ACK, BYE, CANCEL, MESSAGE, INFO, OPTIONS\r\n${recordRoutes(message)}`,
      contentType: "application/sdp",
      body: this.#media?.description ?? writeMessageSdp(flow.local.address, flow.local.port, this.#from.slice(1, -1)),
    });
  }

  /** A request in its dialog: `then` is done when its turn has come. */
  received(request: SipRequest, then: () => void): void {
    this.#dialog.received(request, () => {
      this.stirred();
      then();
    });
  }

  /** They ended it. */
  ended(): void {
    this.#forget();
    this.#next();
  }

  /** We end it: nobody said anything for long, who is here has left it, or it is replaced. */
  close(): void {
    if (!this.open) return;
    this.#dialog.end();
    this.#forget();
  }

  heard(message: MsrpMessage, answer: (status: number) => void): void {
    this.#doors.site.world.metrics.series("comity_msrp_messages_total", "in", "taken").add(1);
    this.#doors.heard(message, answer);
  }

  /** Something was said. */
  stirred(): void {
    const { settings, wheel } = this.#doors.site;
    wheel.set(this.#idle, settings.limits.sipConversationIdleMs); // sip-wire 3.5
  }

  /** The connection of its session is gone: so is the conversation, until somebody says something again. */
  broken(media: MsrpMedia, why: Fault): void {
    this.#doors.site.log("info", "MSRP session lost", { with: this.foreign.bare, fault: why.code, detail: why.detail });
    if (media === this.#media) this.#doors.site.wheel.set(this.#idle, farewellMs);
  }

  /** Our INVITE has its answer. */
  invited(status: number, answer: SipMessage | undefined): void {
    const [sent, flow] = [this.#sent, this.#dialog.flow];
    if (sent === undefined || flow === undefined) return;
    const dialog = answer && status < 300 ? uacDialog(sent, answer, this.#doors.site.settings.limits) : undefined;
    if (answer !== undefined && dialog?.ok === true) this.#taken(sent, answer, dialog.value, flow);
    else if (dialog === undefined) this.#notOpened(this.#doors.refusal(status, answer));
    else if (!dialog.ok && this.#opening) this.#notOpened(dialog.fault);
  }

  #taken(sent: Sent, answer: SipMessage, dialog: Dialog, flow: Flow): void {
    this.#dialog.acknowledge(dialog, flow, sent.cseq);
    if (this.open) {
      // I-2: a second device has taken it as well, or theirs came meanwhile (I-4); the first is kept.
      if (this.#dialog.is(dialog)) return;
      this.#dialog.bye(dialog, flow);
      if (this.#offered !== this.#media) this.#offered?.end();
      this.#opening = false;
      this.#next();
      return;
    }
    const media = this.#offered;
    const agreed = media?.answered(answer.body.toString("utf8"));
    if (agreed?.ok === false) {
      this.#dialog.bye(dialog, flow);
      this.#notOpened(agreed.fault);
      return;
    }
    this.#opening = false;
    this.#media = media;
    this.#adopt(dialog, flow);
    this.#next();
  }

  #notOpened(why: Fault): void {
    [this.#opening, this.#sent] = [false, undefined];
    this.#offered?.end();
    if (!this.open) this.#bounceAll(why); // else theirs came meanwhile (I-4)
    this.#next();
  }

  #next(): void {
    if (this.#flying !== undefined || this.#opening) return;
    const [said] = this.#waiting;
    if (said === undefined) return;
    if (!this.open) {
      if (this.#doors.mode() === "page")
        for (const each of this.#waiting.splice(0)) if (each.last) this.#doors.page(each.parcel);
      if (this.#waiting.length > 0) this.#invite();
      return;
    }
    this.#waiting.shift();
    this.#flying = said;
    said.tries++;
    this.stirred();
    if (this.#media === undefined) {
      const answered = (status: number, answer: SipMessage | undefined) =>
        this.#answered(said, status, () => this.#doors.refusal(status, answer));
      this.#dialog.ask("MESSAGE", said.content, { answered });
    } else this.#overMsrp(this.#media, said);
  }

  #overMsrp(media: MsrpMedia, said: Said): void {
    const { content, parcel, last } = said;
    const pieces = media.piecesOf(content);
    if (pieces.length > 1) {
      this.#flying = undefined;
      this.#waiting.unshift(
        ...pieces.map((piece, at): Said => ({ ...said, content: piece, last: last && at === pieces.length - 1 })),
      );
      this.#next();
      return;
    }
    const count = (outcome: "taken" | "failed") =>
      this.#doors.site.world.metrics.series("comity_msrp_messages_total", "out", outcome).add(1);
    let taken = false;
    const sent = media.say(content, last && asksReceipt(parcel.element), {
      taken: () => {
        taken = true;
        count("taken");
        this.#answered(said, 200);
      },
      arrived: () => this.#receipt(parcel),
      failed: (status, why) => {
        count("failed");
        if (taken) this.#doors.post.bounce(parcel, faultOfMsrp(status));
        else this.#answered(said, status, () => why ?? faultOfMsrp(status));
      },
    });
    if (!sent) this.#answered(said, 415);
  }

  #answered(said: Said, status: number, why = () => faultOfStatus(status)): void {
    if (this.#flying === said) this.#flying = undefined;
    if (status < 300) {
      if (said.last) this.#arrived(said.parcel);
    } else if ((status === 408 || status === 480 || status === 481 || status === 503) && said.tries < 2) {
      // R18: their side has forgotten the conversation: another one, and the text once more.
      this.#waiting.unshift(said);
      this.close();
    } else {
      for (let first = this.#waiting[0]; first?.parcel === said.parcel; first = this.#waiting[0]) this.#waiting.shift();
      this.#doors.post.bounce(said.parcel, why());
    }
    this.#next();
  }

  /** Inside a dialog the answer to MESSAGE is all that tells of it; over MSRP the other end says more (RFC 7573 §8). */
  #arrived(parcel: Parcel): void {
    parcel.receipt?.settle();
    if (this.#media === undefined) this.#receipt(parcel);
  }

  #receipt(parcel: Parcel): void {
    const bytes = parcel.copy ? undefined : receiptFor(parcel.element, this.foreign, parcel.from);
    if (bytes !== undefined) {
      this.#doors.post.route(new Parcel("message", "chat", undefined, this.foreign, parcel.from, bytes));
    }
  }

  #invite(): void {
    this.#opening = true;
    const { transactions } = this.#doors;
    const epid = this.#epid === undefined ? "" : `;epid=${this.#epid}`;
    const sent = {
      uri: this.#to,
      from: `${this.#from};tag=${transactions.token()}${epid}`,
      to: `<${this.#to}>`,
      callId: this.name.newCallId(transactions.token()),
      cseq: 1,
    };
    const conversation = `Ms-Conversation-ID: ${transactions.token()}\r\n`;
    this.#offered = undefined;
    const send: Send = (flow, trying) => {
      this.#dialog.flow = flow;
      this.#offered?.end(); // what the server before this one was offered
      const media = this.#doors.mode() === "msrp" ? this.#doors.msrp(this, flow) : undefined;
      const offer = media === undefined ? writeMessageSdp(flow.local.address, flow.local.port, "null") : media.offer();
      this.#offered = media;
      if (offer === undefined) {
        this.#bounceAll(fault("resource-constraint", "msrpSessionsMax"));
        return;
      }
      this.#sent = sent;
      transactions.invite(
        flow,
        {
          method: "INVITE",
          ...sent,
          contact: this.#doors.contact(flow),
          headers: this.#doors.profile.diagnostics ? conversation : "",
          contentType: "application/sdp",
          body: offer,
        },
        trying.inviter(this),
      );
    };
    this.#doors.way(undefined, send, (why) => this.#bounceAll(why));
  }

  #adopt(dialog: Dialog, flow: Flow): void {
    this.#dialog.adopt(dialog, flow);
    this.stirred();
  }

  #forget(): void {
    this.#doors.site.wheel.clear(this.#idle);
    this.#dialog.forget();
    if (!this.#opening) this.#sent = undefined; // else it is still to be answered, whatever became of theirs meanwhile
    const media = this.#media;
    this.#media = undefined;
    media?.end();
  }

  #bounceAll(why: Fault): void {
    this.#opening = false;
    for (const { parcel, last } of this.#waiting.splice(0)) if (last) this.#doors.post.bounce(parcel, why);
  }
}

/** For what nobody waits to hear of. */
const indifferent: MsrpSender = { taken() {}, arrived() {}, failed() {} };
