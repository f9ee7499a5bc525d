import { type Fault, fault } from "../base/fault.ts";
import { Alarm } from "../base/wheel.ts";
import type { SipContent } from "../sip/content.ts";
import type { Dialog } from "../sip/dialog.ts";
import { type Sent, uacDialog } from "../sip/dialog-creation.ts";
import { keyOfRequest } from "../sip/dialog-key.ts";
import { epidOf } from "../sip/epid.ts";
import { isComposingContent } from "../sip/is-composing.ts";
import { keyboardActivityContent } from "../sip/keyboard-activity.ts";
import type { SipMessage } from "../sip/message.ts";
import type { MsrpMessage } from "../sip/msrp-inbox.ts";
import { writeMessageSdp } from "../sip/sdp.ts";
import { asksReceipt } from "../translate/receipt.ts";
import type { MsrpListener, MsrpMedia } from "./msrp-media.ts";
import { indifferent, sayOverMsrp } from "./msrp-saying.ts";
import type { Parcel } from "./parcel.ts";
import type { Asker } from "./sip-client-transaction.ts";
import type { ConversationDoors, Said } from "./sip-conversation-doors.ts";
import { ConversationName } from "./sip-conversation-name.ts";
import type { Flow } from "./sip-flow.ts";
import { acceptInvite, takeInvite } from "./sip-invite-taking.ts";
import type { Inviter } from "./sip-invite-transaction.ts";
import type { SipRequest } from "./sip-request.ts";
import { SessionDialog } from "./sip-session-dialog.ts";
import { SessionPair } from "./sip-session-pair.ts";
import type { Send } from "./sip-trying.ts";
import { tellDelivered } from "./tell-delivered.ts";

/** How long their BYE is waited for when the connection of a session is closed before it. */
const farewellMs = 1_000;
const triesMax = 2;
/** What may wait while a conversation is being opened. */
const waitingMax = 100;

/**
 * What two people, one here and one at a SIP partner, say to each other: inside a dialog that either side's INVITE makes
 * (R15, FLW-01 to FLW-03), or over the session of MSRP that it agrees on (RFC 7573 §4, §5). To XMPP it is one conversation,
 * however many dialogs come and go (sip-wire 3.5).
 */
export class SipConversation implements Inviter, MsrpListener {
  readonly local: Parcel["to"];
  readonly foreign: Parcel["to"];
  readonly #doors: ConversationDoors;
  readonly #epid: string | undefined;
  /** As partners know the two, at the moment of asking. */
  readonly #uris: { readonly local: string; readonly foreign: string };
  readonly #idle = new Alarm(() => this.close());
  readonly #waiting: Said[] = [];
  readonly #sessions: SessionPair;
  /** Our last INVITE, and the connection it went over. */
  #sent: Sent | undefined;
  #sentOn: Flow | undefined;
  #opening = false;
  #flying: Said | undefined;
  /** What our INVITE offers. */
  #offered: MsrpMedia | undefined;
  readonly name: ConversationName;

  constructor(
    doors: ConversationDoors,
    local: Parcel["to"],
    foreign: Parcel["to"],
    uris: { readonly local: string; readonly foreign: string },
  ) {
    this.#doors = doors;
    this.local = local;
    this.foreign = foreign;
    this.#epid = doors.profile.epid ? epidOf(local.bare) : undefined;
    this.#uris = uris;
    this.#sessions = new SessionPair(doors.site.wheel);
    const pair = { ours: local.bare, theirs: foreign.bare };
    this.name = new ConversationName(pair, () => doors.site.settings.limits, doors.profile.threads);
  }

  get open(): boolean {
    return this.#sessions.current !== undefined;
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
      this.#waiting.push({ content, parcel, last: at === texts.length - 1, tries: 0, lost: false });
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
    const session = this.#sessions.current;
    session?.ask("INFO", keyboardActivityContent(composing), this.#besideIn(session), true);
  }

  /** Something beside the texts, for nobody waits to hear what became of it; not worth an INVITE either. */
  tells(content: SipContent): void {
    const session = this.#sessions.current;
    if (session?.media !== undefined) session.media.say(content, false, indifferent);
    else session?.ask("MESSAGE", content, this.#besideIn(session), true);
  }

  /** R18: what goes beside the texts may find the session forgotten as well. */
  #besideIn(session: SessionDialog): Asker {
    return {
      answered: (status) => {
        if (status === 408 || status === 480 || status === 481) this.#close(session);
      },
    };
  }

  /** The person here has got a message of theirs; false when its sender did not want to know (RFC 7573 §8). */
  reports(messageId: string): boolean {
    return this.#sessions.all.some(({ media }) => media?.report(messageId) === true);
  }

  /** An INVITE of theirs: taken at once (sip-wire 3.1), also when ours is under way or a session stands (3.5). */
  invitedBy(request: SipRequest): void {
    const taken = takeInvite(request, this.#doors, this, this.#epid);
    if (taken === undefined) return;
    const { dialog, tag, media } = taken;
    this.name.calledThere(request.message.callId);
    const session = new SessionDialog(this.#doors, this.#doors.keyed);
    this.#adopt(session, dialog, request.flow, media, false);
    session.awaitsAck(() => this.#close(session));
    acceptInvite(request, this.#doors, this.#uris.local, media, tag);
    this.#next();
  }

  /** An INVITE within the session, as a session timer sends it (RFC 4028, sip-wire 1.6): the same description again. */
  refreshedBy(request: SipRequest): void {
    const session = this.#sessions.of(keyOfRequest(request.message));
    acceptInvite(request, this.#doors, this.#uris.local, session?.media, undefined);
  }

  /** Their ACK, with which a session of their opening is known to stand (RFC 3261 §13.3.1.4). */
  acknowledged(message: SipMessage): void {
    this.#sessions.of(keyOfRequest(message))?.acknowledged();
  }

  /** A request in its dialog: `then` is done when its turn has come. */
  received(request: SipRequest, then: () => void): void {
    const session = this.#sessions.of(keyOfRequest(request.message));
    session?.received(request, () => {
      this.stirred();
      then();
    });
    if (session === undefined) request.respond(481);
  }

  /** They ended one of its sessions; true when it was the last. */
  ended(request: SipRequest): boolean {
    const session = this.#sessions.of(keyOfRequest(request.message));
    if (session === undefined) return false;
    this.#sessions.drop(session);
    session.forget();
    const over = !this.open;
    if (over) this.#forget();
    this.#next();
    return over;
  }

  /** We end it: nobody said anything for long, or who is here has left it. */
  close(): void {
    if (!this.open) return;
    this.#sessions.end();
    this.#forget();
  }

  /** One of its sessions is of no more use; the other, if there is one, goes on. */
  #close(session: SessionDialog): void {
    if (!this.#sessions.drop(session)) return;
    session.end();
    if (!this.open) this.#forget();
  }

  heard(message: MsrpMessage, answer: (status: number) => void): void {
    this.#doors.site.world.metrics.series("comity_msrp_messages_total", "in", "taken").add(1);
    this.#doors.heard(message, answer);
  }

  /** Something was said. */
  stirred(): void {
    this.#doors.site.wheel.set(this.#idle, this.#doors.site.settings.limits.sipConversationIdleMs); // sip-wire 3.5
  }

  /** The connection of its session is gone: so is the conversation, until somebody says something again. */
  broken(media: MsrpMedia, why: Fault): void {
    this.#doors.site.log("info", "MSRP session lost", { with: this.foreign.bare, fault: why.code, detail: why.detail });
    const session = this.#sessions.withMedia(media);
    if (session === undefined) return;
    if (this.#sessions.all.length > 1) this.#close(session);
    else this.#doors.site.wheel.set(this.#idle, farewellMs);
  }

  /** Our INVITE has its answer. */
  invited(status: number, answer: SipMessage | undefined): void {
    const [sent, flow] = [this.#sent, this.#sentOn];
    if (sent === undefined || flow === undefined) return;
    const dialog = answer && status < 300 ? uacDialog(sent, answer, this.#doors.site.settings.limits) : undefined;
    if (answer !== undefined && dialog?.ok === true) this.#taken(sent, answer, dialog.value, flow);
    else if (dialog === undefined && answer === undefined && status === 503 && this.#isLostFirst()) this.#notOpened();
    else if (dialog === undefined) this.#notOpened(this.#doors.refusal(status, answer));
    else if (!dialog.ok && this.#opening) this.#notOpened(dialog.fault);
  }

  #taken(sent: Sent, answer: SipMessage, dialog: Dialog, flow: Flow): void {
    const session = new SessionDialog(this.#doors, this.#doors.keyed);
    session.acknowledge(dialog, flow, sent.cseq);
    if (!this.#opening) {
      // I-2: a second device has taken it as well; the first is kept.
      if (!this.#sessions.has(dialog)) session.bye(dialog, flow);
      return;
    }
    const media = this.#offered;
    const agreed = media?.answered(answer.body.toString("utf8"));
    if (agreed?.ok === false) {
      session.bye(dialog, flow);
      this.#notOpened(agreed.fault);
      return;
    }
    this.#opening = false;
    this.#adopt(session, dialog, flow, media, true); // I-4: theirs may have come meanwhile
    this.#next();
  }

  /** Without a `why` it is tried once more. */
  #notOpened(why?: Fault): void {
    [this.#opening, this.#sent] = [false, undefined];
    this.#offered?.end();
    if (!this.open && why !== undefined) this.#bounceAll(why); // else theirs came meanwhile (I-4)
    this.#next();
  }

  /** The connection of our INVITE broke, for the first time: it goes once more, over another. */
  #isLostFirst(): boolean {
    const [said] = this.#waiting;
    if (this.open || said === undefined || said.lost) return false;
    said.lost = true;
    return true;
  }

  #next(): void {
    const [[said], session] = [this.#waiting, this.#sessions.current];
    if (this.#flying !== undefined || said === undefined) return;
    if (session === undefined) {
      if (this.#opening) return;
      if (this.#doors.mode() === "page")
        for (const each of this.#waiting.splice(0)) if (each.last) this.#doors.page(each.parcel);
      if (this.#waiting.length > 0) this.#invite();
      return;
    }
    this.#waiting.shift();
    this.#flying = said;
    said.tries++;
    this.stirred();
    if (session.media !== undefined) {
      this.#overMsrp(session, session.media, said);
      return;
    }
    const answered = (status: number, answer: SipMessage | undefined) => {
      // sip-wire 3.5: who never answers may have shown it: it does not go once more, the session stands.
      const silent = answer === undefined && status === 408;
      if (silent) said.tries = triesMax;
      const why = () => (silent ? fault("sip-unanswered") : this.#doors.refusal(status, answer));
      if (answer === undefined && status === 503 && !said.lost) this.#again(said);
      else this.#answered(said, session, status, why);
      if (status === 202 && answer !== undefined) this.#doors.accepted(said.parcel, answer);
    };
    session.ask("MESSAGE", said.content, { answered }, false, (why) => this.#answered(said, session, 503, () => why));
  }

  /** A connection broke, which says nothing of the dialog: what was under way on it goes once more, over another. */
  #again(said: Said): void {
    said.lost = true;
    said.tries--;
    if (this.#flying === said) this.#flying = undefined;
    this.#waiting.unshift(said);
    this.#next();
  }

  #overMsrp(session: SessionDialog, media: MsrpMedia, said: Said): void {
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
    sayOverMsrp(this.#doors.site, media, content, last && asksReceipt(parcel.element), {
      answered: (status, why) => this.#answered(said, session, status, why),
      arrived: () => tellDelivered(this.#doors.post, parcel, this.foreign),
      failedLate: (why) => this.#doors.post.bounce(parcel, why),
    });
  }

  #answered(said: Said, session: SessionDialog, status: number, why: () => Fault): void {
    if (this.#flying === said) this.#flying = undefined;
    if (status < 300) {
      if (said.last) this.#arrived(said.parcel, session, status);
    } else if ((status === 408 || status === 480 || status === 481 || status === 503) && said.tries < triesMax) {
      // R18: their side has forgotten the session: another one, and the text once more.
      this.#waiting.unshift(said);
      this.#close(session);
    } else {
      for (let first = this.#waiting[0]; first?.parcel === said.parcel; first = this.#waiting[0]) this.#waiting.shift();
      this.#doors.post.bounce(said.parcel, why());
    }
    this.#next();
  }

  /** Inside a dialog 200 is all that tells of it, and 202 says less (sip-wire 7.4); over MSRP the other end says more (RFC 7573 §8). */
  #arrived(parcel: Parcel, { media }: SessionDialog, status: number): void {
    parcel.receipt?.settle();
    if (media === undefined && status === 200) tellDelivered(this.#doors.post, parcel, this.foreign);
  }

  #invite(): void {
    this.#opening = true;
    const { transactions } = this.#doors;
    const epid = this.#epid === undefined ? "" : `;epid=${this.#epid}`;
    const sent = {
      uri: this.#uris.foreign,
      from: `<${this.#uris.local}>;tag=${transactions.token()}${epid}`,
      to: `<${this.#uris.foreign}>`,
      callId: this.name.newCallId(transactions.token()),
      cseq: 1,
    };
    const conversation = `Ms-Conversation-ID: ${transactions.token()}\r\n`;
    this.#offered = undefined;
    const send: Send = (flow, trying) => {
      this.#sentOn = flow;
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

  /** `ours`: of our opening. Where another stands that they opened meanwhile, both sides began at once. */
  #adopt(session: SessionDialog, dialog: Dialog, flow: Flow, media: MsrpMedia | undefined, ours: boolean): void {
    session.adopt(dialog, flow);
    session.media = media;
    this.#sessions.add(session, ours);
    this.stirred();
  }

  #forget(): void {
    this.#doors.site.wheel.clear(this.#idle);
    // The answer to an INVITE that is under way is heard all the same.
    if (!this.#opening) this.#sent = undefined;
  }

  #bounceAll(why: Fault): void {
    this.#opening = false;
    for (const { parcel, last } of this.#waiting.splice(0)) if (last) this.#doors.post.bounce(parcel, why);
  }
}
