import type { Address } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { plainText, type SipContent } from "../sip/content.ts";
import { keyOfRequest } from "../sip/dialog-key.ts";
import { readKeyboardActivity } from "../sip/keyboard-activity.ts";
import { sipUriOf } from "../translate/address.ts";
import { sipProfiles } from "../translate/sip-profile.ts";
import { splitText } from "../translate/split-text.ts";
import { chatStateOf, messageStanza, personJid } from "../translate/stanza.ts";
import { wordsOf } from "../translate/to-sip.ts";
import type { OutsideNames } from "./outside-names.ts";
import { Parcel, type Post } from "./parcel.ts";
import { contactOn } from "./sip-contact.ts";
import { SipConversation } from "./sip-conversation.ts";
import { SipOrigin } from "./sip-origin.ts";
import type { SipPartners } from "./sip-partners.ts";
import { SipReceipt } from "./sip-receipt.ts";
import { refuse, type SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Site } from "./site.ts";

/** Instant messages with people at SIP partners in session mode: one conversation for each pair of people (FLW-03). */
export class SipConversations {
  readonly #site: Site;
  readonly #post: Post;
  readonly #transactions: SipTransactions;
  readonly #partners: SipPartners;
  readonly #names: OutsideNames;
  readonly #pairs = new Map<string, SipConversation>();
  readonly #dialogs = new Map<string, SipConversation>();

  constructor(site: Site, post: Post, transactions: SipTransactions, partners: SipPartners, names: OutsideNames) {
    this.#site = site;
    this.#post = post;
    this.#transactions = transactions;
    this.#partners = partners;
    this.#names = names;
  }

  /** Conversations with a dialog now. */
  get open(): number {
    return this.#dialogs.size;
  }

  /** A message of somebody here for somebody at a partner. */
  send(parcel: Parcel, partner: SipPartner): void {
    const conversation = this.#between(parcel.from, parcel.to, partner);
    const words = wordsOf(parcel.element);
    if (words === undefined) {
      const typing = chatStateOf(parcel.element);
      if (typing !== undefined) conversation.types(typing === "composing" ? "type" : "idle");
      parcel.receipt?.settle();
      return;
    }
    const { textCharactersMax } = sipProfiles[partner.type];
    conversation.say(
      parcel,
      splitText(words, textCharactersMax, "characters").map((text): SipContent => plainText(text)),
    );
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
    if (message.method === "ACK") return true;
    if (!request.hold()) return true;
    if (!conversation.received(request)) return true;
    switch (message.method) {
      case "MESSAGE":
        this.deliver(request, conversation.foreign, conversation.local);
        break;
      case "INFO":
        this.#info(request, conversation);
        break;
      case "BYE":
        request.respond(200);
        conversation.ended();
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
    return true;
  }

  /** What somebody at a partner says, by whatever mode, to somebody here. */
  deliver(request: SipRequest, from: Parcel["from"], to: Parcel["to"]): void {
    const { message, flow } = request;
    const origin = new SipOrigin(message, flow, this.#site.settings.limits, undefined);
    const receipt = new SipReceipt(request);
    const { content } = origin;
    this.#site.tally.server.received("message");
    if (!content.ok) receipt.refuse(content.fault);
    else if (content.value === undefined) receipt.settle();
    else this.#post.route(new Parcel("message", "chat", undefined, from, to, origin, receipt));
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
    const state = activity === "type" ? "composing" : "paused";
    const inner = `<${state} xmlns='http://jabber.org/protocol/chatstates'/>`;
    const bytes = messageStanza(conversation.foreign, conversation.local, undefined, inner);
    this.#post.route(new Parcel("message", "chat", undefined, conversation.foreign, conversation.local, bytes));
  }

  #between(local: Parcel["from"], foreign: Parcel["to"], partner: SipPartner): SipConversation {
    const there = this.#names.theirs(foreign, partner);
    const key = `${local.bare} ${there.bare}`;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const made = new SipConversation(
      {
        site: this.#site,
        post: this.#post,
        transactions: this.#transactions,
        profile: sipProfiles[partner.type],
        way: (known, then, failed) => this.#partners.way(partner, known, then, failed),
        contact: contactOn,
        keyed: (conversation, before, now) => {
          if (before !== undefined) this.#dialogs.delete(before);
          if (now !== undefined) this.#dialogs.set(now, conversation);
        },
      },
      personJid(local.bare),
      personJid(foreign.bare),
      { local: sipUriOf(local, { gr: false }), foreign: sipUriOf(there, { gr: false }) },
    );
    this.#pairs.set(key, made);
    return made;
  }
}
