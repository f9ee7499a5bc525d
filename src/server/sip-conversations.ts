import type { Address } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import { Alarm } from "../base/wheel.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { plainText, type SipContent } from "../sip/content.ts";
import { keyOfRequest } from "../sip/dialog-key.ts";
import { defaultRefreshSeconds } from "../sip/is-composing.ts";
import { readKeyboardActivity } from "../sip/keyboard-activity.ts";
import { msImdnType } from "../sip/ms-imdn.ts";
import type { MsrpMessage } from "../sip/msrp-inbox.ts";
import { sipUriOf } from "../translate/address.ts";
import { receivedIn } from "../translate/receipt.ts";
import { modeOf, sipProfiles } from "../translate/sip-profile.ts";
import { splitText } from "../translate/split-text.ts";
import { chatStateOf, messageStanza, personJid } from "../translate/stanza.ts";
import { threadOf, threadOfCallId } from "../translate/thread.ts";
import { toSip, wordsOf } from "../translate/to-sip.ts";
import { threadText } from "../translate/to-xmpp.ts";
import { DelayLine } from "./delay-line.ts";
import type { MsrpDoor } from "./msrp-door.ts";
import { MsrpMedia } from "./msrp-media.ts";
import { MsrpOrigin, MsrpReceipt } from "./msrp-origin.ts";
import type { OutsideNames } from "./outside-names.ts";
import { Parcel, type Post } from "./parcel.ts";
import { SipAccepted } from "./sip-accepted.ts";
import { contactOn } from "./sip-contact.ts";
import { SipConversation } from "./sip-conversation.ts";
import { SipOrigin } from "./sip-origin.ts";
import type { SipPages } from "./sip-pages.ts";
import type { SipPartners } from "./sip-partners.ts";
import { SipReceipt } from "./sip-receipt.ts";
import { refusalBy } from "./sip-refusal.ts";
import { refuse, type SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Site } from "./site.ts";

/** The half minute that a sender waits (R21): an answer after that helps nobody. */
const answerMs = 28_000;

/** How long somebody types who does not say so again: theirs say it every five seconds (sip-wire 3.4). */
const typingMs = 10_000;

/** How many of the oldest are looked at, for each new one, when too many are remembered. */
const forgetLooks = 16;

/** Instant messages with people at SIP partners in session mode: one conversation for each pair of people (FLW-03). */
export class SipConversations {
  readonly #site: Site;
  readonly #post: Post;
  readonly #transactions: SipTransactions;
  readonly #partners: SipPartners;
  readonly #names: OutsideNames;
  readonly #pages: SipPages;
  readonly #door: MsrpDoor;
  readonly #accepted: SipAccepted;
  readonly #pairs = new Map<string, SipConversation>();
  readonly #dialogs = new Map<string, SipConversation>();

  /** Senders who wait to hear that their text is here. */
  readonly #waiting: DelayLine<SipReceipt>;
  /** When people who type have stopped, though nobody said so. */
  readonly #typing = new Map<SipConversation, Alarm>();

  constructor(
    site: Site,
    post: Post,
    transactions: SipTransactions,
    partners: SipPartners,
    names: OutsideNames,
    pages: SipPages,
    door: MsrpDoor,
  ) {
    this.#site = site;
    this.#post = post;
    this.#transactions = transactions;
    this.#partners = partners;
    this.#names = names;
    this.#pages = pages;
    this.#door = door;
    this.#accepted = new SipAccepted(site, post);
    this.#waiting = new DelayLine(
      site.wheel,
      () => site.world.clock.monotonicMs(),
      () => answerMs,
      (receipt) => receipt.refuse(fault("sip-timeout")),
    );
  }

  /** Conversations with a dialog now. */
  get open(): number {
    return this.#dialogs.size;
  }

  /** Pairs of people whose conversation is remembered, open or not. */
  get remembered(): number {
    return this.#pairs.size;
  }

  /** A message of somebody here for somebody at a partner. */
  send(parcel: Parcel, partner: SipPartner): void {
    const conversation = this.#between(parcel.from, parcel.to, partner);
    const { element } = parcel;
    const words = wordsOf(element);
    conversation.name.calledHere(threadOf(element, this.#site.settings.limits));
    if (words === undefined) {
      this.#beside(parcel, conversation);
      parcel.receipt?.settle();
      return;
    }
    const { textCharactersMax } = sipProfiles[partner.type];
    conversation.say(
      parcel,
      splitText(words, textCharactersMax, "characters").map((text): SipContent => plainText(text)),
    );
  }

  /** What a message says that has no words: typing, leaving (RFC 7573 §6), receipts (§8). */
  #beside({ element }: Parcel, conversation: SipConversation): void {
    const state = chatStateOf(element);
    if (state === "gone") conversation.close();
    else if (state !== undefined) conversation.types(state === "composing");
    const received = receivedIn(element);
    if (received !== undefined && conversation.reports(received)) return;
    for (const content of toSip(element, { now: this.#site.world.clock.now(), composing: false })) {
      if (conversation.open && content.kind === "receipt") conversation.tells(content);
    }
  }

  /** Whether the two have a conversation open now. */
  openBetween({ from, to }: Parcel, partner: SipPartner): boolean {
    if (this.#dialogs.size === 0) return false;
    return this.#pairs.get(`${from.bare} ${this.#names.theirs(to, partner).bare}`)?.open === true;
  }

  /** INVITE outside a dialog. */
  invited(request: SipRequest, from: Address, to: Address, partner: SipPartner): void {
    if (request.hold()) this.#between(personJid(to.text), personJid(from.text), partner).invitedBy(request);
  }

  /** A request in a dialog of a conversation; false when there is none. */
  received(request: SipRequest, from: Address, partner: SipPartner): boolean {
    const { message } = request;
    const conversation = this.#dialogs.get(keyOfRequest(message));
    // R7: a dialog belongs to who began it, whatever connection its requests come by.
    if (conversation === undefined || !this.#names.same(conversation.foreign.bare, from.text, partner)) return false;
    if (message.method === "ACK") {
      conversation.acknowledged(message);
      return true;
    }
    if (request.hold()) conversation.received(request, () => this.#taken(request, conversation));
    return true;
  }

  #taken(request: SipRequest, conversation: SipConversation): void {
    const { message } = request;
    if (message.contentType === msImdnType) {
      this.#accepted.told(request, conversation.local.bare, conversation.foreign.bare);
      return;
    }
    switch (message.method) {
      case "MESSAGE":
        this.#stopTyping(conversation); // what is said says that nobody types any more
        this.#deliver(request, conversation.foreign, conversation.local, conversation.name.thread);
        break;
      case "INFO":
        this.#info(request, conversation);
        break;
      case "BYE":
        request.respond(200);
        this.#stopTyping(conversation);
        if (conversation.ended(request)) this.#states(conversation, "gone"); // RFC 7573 §6
        break;
      case "INVITE": // RFC 4028: a refresh of the session, answered with the same description
        conversation.refreshedBy(request);
        break;
      case "OPTIONS":
      case "UPDATE":
        request.respond(200);
        break;
      default:
        refuse(request, fault("sip-method", message.method.slice(0, 32)));
    }
  }

  /** A message by itself from somebody at a partner; its Call-ID says what it is part of (RFC 7572 §6). */
  deliver(request: SipRequest, from: Parcel["from"], to: Parcel["to"]): void {
    const pair = { ours: to.bare, theirs: from.bare };
    this.#deliver(request, from, to, threadOfCallId(request.message.callId, pair, this.#site.settings.limits));
  }

  #deliver(request: SipRequest, from: Parcel["from"], to: Parcel["to"], thread: string | undefined): void {
    const { message, flow } = request;
    const origin = new SipOrigin(message, flow, this.#site.settings.limits, undefined, thread);
    const receipt = new SipReceipt(request);
    const { content } = origin;
    this.#site.tally.server.received("message");
    if (!content.ok) receipt.refuse(content.fault);
    else if (content.value === undefined) receipt.settle();
    else if (content.value.kind === "failure") {
      // RFC 5438 §8: a text of ours did not arrive after all, which XMPP says by an error.
      const { id, inner } = content.value;
      this.#post.route(new Parcel("message", "error", id, from, to, messageStanza(from, to, id, inner, "error")));
      receipt.settle();
    } else {
      this.#post.route(new Parcel("message", "chat", undefined, from, to, origin, receipt));
      if (receipt.open) {
        receipt.waiting = this.#waiting;
        this.#waiting.add(receipt);
      }
    }
  }

  /** Conversations with some domains may not go on. */
  enforce(denied: (domain: string) => boolean): void {
    for (const [pair, conversation] of [...this.#pairs]) {
      if (!denied(conversation.foreign.domain)) continue;
      conversation.close();
      this.#pairs.delete(pair);
    }
  }

  /** Everything open is ended in order. */
  end(): void {
    for (const conversation of this.#pairs.values()) conversation.close();
  }

  #info(request: SipRequest, conversation: SipConversation): void {
    const { message } = request;
    if (message.contentType !== "application/xml") {
      request.respond(415); // sip-wire 3.4: the dialog lives
      return;
    }
    request.respond(200);
    const activity = readKeyboardActivity(message.body);
    if (activity === undefined) return;
    this.#stopTyping(conversation);
    this.#states(conversation, activity === "type" ? "composing" : "paused");
    if (activity === "type") this.#typesFor(conversation, typingMs);
  }

  #typesFor(conversation: SipConversation, ms: number): void {
    const stops = new Alarm(() => {
      this.#typing.delete(conversation);
      this.#states(conversation, "paused");
    });
    this.#typing.set(conversation, stops);
    this.#site.wheel.set(stops, ms);
  }

  #stopTyping(conversation: SipConversation): void {
    const stops = this.#typing.get(conversation);
    if (stops === undefined) return;
    this.#site.wheel.clear(stops);
    this.#typing.delete(conversation);
  }

  #states({ foreign, local, name }: SipConversation, state: "composing" | "paused" | "gone"): void {
    const inner = `<${state} xmlns='http://jabber.org/protocol/chatstates'/>${threadText(name.thread)}`;
    const bytes = messageStanza(foreign, local, undefined, inner);
    this.#post.route(new Parcel("message", "chat", undefined, foreign, local, bytes));
  }

  /** What somebody at a partner says over MSRP. */
  #heard(conversation: SipConversation, message: MsrpMessage, answer: (status: number) => void): void {
    const { foreign, local, name } = conversation;
    const origin = new MsrpOrigin(message, this.#site.settings.limits, name.thread);
    const receipt = new MsrpReceipt(answer);
    const { content } = origin;
    this.#site.tally.server.received("message");
    if (!content.ok) receipt.refuse(content.fault);
    else if (content.value === undefined) receipt.settle();
    else {
      const { kind, inner } = content.value;
      const type = kind === "failure" ? "error" : "chat";
      // RFC 3994 §3.3: who does not say again that they type has stopped; a text says it too.
      if (kind === "state" || kind === "text") this.#stopTyping(conversation);
      if (kind === "state" && inner.startsWith("<composing"))
        this.#typesFor(conversation, defaultRefreshSeconds * 1_000);
      this.#post.route(new Parcel("message", type, message.messageId, foreign, local, origin, receipt));
    }
  }

  #between(local: Parcel["from"], foreign: Parcel["to"], partner: SipPartner): SipConversation {
    const there = this.#names.theirs(foreign, partner);
    const key = `${local.bare} ${there.bare}`;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const names = this.#names;
    const uris = {
      // EML-01: people may be known by another name when the next session begins.
      get local() {
        return sipUriOf(names.ours(local), { gr: false });
      },
      foreign: sipUriOf(there, { gr: false }),
    };
    const made: SipConversation = new SipConversation(
      {
        site: this.#site,
        post: this.#post,
        transactions: this.#transactions,
        profile: sipProfiles[partner.type],
        mode: () => modeOf(this.#partners.of(foreign.domain) ?? partner),
        msrp: (listener, flow) =>
          new MsrpMedia(
            { site: this.#site, door: this.#door, partners: this.#partners, partner, uris },
            listener,
            flow,
          ),
        refusal: (status, answer) => refusalBy(this.#site, foreign.domain, status, answer),
        accepted: (parcel, answer) => this.#accepted.keep(parcel, foreign.bare, answer),
        page: (parcel) => this.#pages.send(parcel, partner),
        heard: (message, answer) => this.#heard(made, message, answer),
        way: (by, send, failed) => this.#partners.way(partner, by, send, failed),
        contact: contactOn,
        keyed: (before, now) => {
          if (before !== undefined) this.#dialogs.delete(before);
          if (now !== undefined) this.#dialogs.set(now, made);
          this.#site.world.metrics.series("comity_sip_conversations").set(this.#dialogs.size);
        },
      },
      personJid(local.bare),
      personJid(foreign.bare),
      uris,
    );
    this.#forgetSilent();
    this.#pairs.set(key, made);
    return made;
  }

  /** A pair that says nothing costs only its memory and its thread; new ones take the place of the oldest of these. */
  #forgetSilent(): void {
    let looks = Math.min(forgetLooks, this.#pairs.size);
    for (const [key, conversation] of this.#pairs) {
      if (this.#pairs.size < this.#site.settings.limits.sipConversationsRememberedMax || looks-- === 0) return;
      this.#pairs.delete(key);
      // Behind the others, so that the next look is at somebody else.
      if (!conversation.silent || this.#typing.has(conversation)) this.#pairs.set(key, conversation);
    }
  }
}
