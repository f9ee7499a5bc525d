import type { Address } from "../base/address.ts";
import { type Fault, fault, rowOf } from "../base/fault.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { diagnosticsLine } from "../sip/ms-diagnostics.ts";
import { msImdnType } from "../sip/ms-imdn.ts";
import { personNamed } from "../sip/person-named.ts";
import { statusOf } from "../translate/errors.ts";
import { modeOf, sipProfiles } from "../translate/sip-profile.ts";
import { personJid } from "../translate/stanza.ts";
import { Inflow } from "./inflow.ts";
import type { OutsideNames } from "./outside-names.ts";
import type { Abroad, Parcel, Post } from "./parcel.ts";
import type { SipConversations } from "./sip-conversations.ts";
import type { SipPages } from "./sip-pages.ts";
import type { SipPartnerPresence } from "./sip-partner-presence.ts";
import type { SipPartnerWatchers } from "./sip-partner-watchers.ts";
import type { SipPartners } from "./sip-partners.ts";
import { refusedForOptions, type SipRequest } from "./sip-request.ts";
import type { SipSubscriptions } from "./sip-subscriptions.ts";
import type { Site } from "./site.ts";

/**
 * Federation over SIP: what people here have for people at SIP partners, and the reverse. Every request is judged by the domain
 * of its From against what its connection proved (R7), not only the first one of a connection.
 */
export class SipFederation implements Abroad {
  readonly #site: Site;
  readonly #post: Post;
  readonly #partners: SipPartners;
  readonly #inflows = new Map<string, Inflow>();
  readonly #conversations: SipConversations;
  readonly #pages: SipPages;
  readonly #presence: SipPartnerPresence;
  readonly #watchers: SipPartnerWatchers;
  readonly #subscriptions: SipSubscriptions;
  readonly #names: OutsideNames;

  constructor(
    site: Site,
    post: Post,
    partners: SipPartners,
    conversations: SipConversations,
    pages: SipPages,
    presence: SipPartnerPresence,
    watchers: SipPartnerWatchers,
    subscriptions: SipSubscriptions,
    names: OutsideNames,
  ) {
    this.#site = site;
    this.#post = post;
    this.#partners = partners;
    this.#conversations = conversations;
    this.#pages = pages;
    this.#presence = presence;
    this.#watchers = watchers;
    this.#subscriptions = subscriptions;
    this.#names = names;
  }

  /** Whether a foreign domain is reached over SIP; it is not asked over XMPP then (RT-17). */
  serves(domain: string): boolean {
    return this.#partners.of(domain) !== undefined;
  }

  send(parcel: Parcel): void {
    const partner = this.#partners.of(parcel.to.domain);
    if (partner === undefined || !this.#may(partner, parcel.to.domain, "out")) {
      this.#post.bounce(parcel, fault("partner-denied", parcel.to.domain));
      return;
    }
    if (parcel.to.local === "" || parcel.name === "iq") {
      if (parcel.type === "get" || parcel.type === "set") this.#post.bounce(parcel, fault("service-unavailable"));
      else parcel.receipt?.settle();
      return;
    }
    this.#site.tally.server.sent(parcel.name);
    if (parcel.name === "presence") this.#presence.send(parcel, partner);
    else if (parcel.type === "error") parcel.receipt?.settle();
    else if (modeOf(partner) === "page" && !this.#conversations.openBetween(parcel, partner))
      this.#pages.send(parcel, partner);
    else this.#conversations.send(parcel, partner);
  }

  /** A request whose From is of a foreign domain. */
  request(request: SipRequest): void {
    const { message, flow } = request;
    const from = personIn(message.from?.uri);
    const partner = from === undefined ? undefined : this.#partners.of(from.domain);
    request.refusalLines = (status) => this.#diagnostics(partner, status);
    if (from === undefined || partner === undefined || !this.#may(partner, from.domain, "in")) {
      this.#refuse(request, fault("partner-denied", from?.domain ?? ""));
      return;
    }
    const doubt = this.#partners.doubt(flow, partner);
    if (doubt !== undefined) {
      const { address } = flow.remote;
      this.#site.log("warn", "SIP request refused: its sender's domain is not proved", {
        domain: from.domain,
        address,
        fault: doubt.code,
        detail: doubt.detail,
      });
      this.#refuse(request, doubt);
      return;
    }
    flow.admitted = true;
    this.#partners.aliases.came(flow, message);
    if (this.#isTooMuch(request, partner) || refusedForOptions(request)) return;
    this.#serve(request, from, partner);
  }

  /** Whether something may be begun that way: the partner's direction and the deny list say so. */
  #may({ direction }: SipPartner, domain: string, way: "in" | "out"): boolean {
    return (direction === "both" || direction === way) && !this.#site.denials.refuses(domain, way);
  }

  /**
   * Partners, settings or the deny list are others: what goes on with domains that may not be talked with any more ends, at once.
   */
  enforce(): void {
    const denied = (domain: string, way: "in" | "out") => {
      const partner = this.#partners.of(domain);
      return partner === undefined || !this.#may(partner, domain, way);
    };
    this.#conversations.enforce((domain) => denied(domain, "in") && denied(domain, "out"));
    this.#presence.enforce((domain) => denied(domain, "out"));
    this.#subscriptions.endFrom((domain) => !this.#site.isLocal(domain) && denied(domain, "in"));
  }

  /**
   * A partner that floods is told to wait, before anything is done for it; what ends something is always taken. To Microsoft's
   * servers it is 500, for 503 would make them give up the whole route (R19).
   */
  #isTooMuch(request: SipRequest, partner: SipPartner): boolean {
    const { method } = request.message;
    if (method === "ACK" || method === "BYE" || method === "CANCEL") return false;
    let inflow = this.#inflows.get(partner.domain);
    if (inflow === undefined) {
      inflow = new Inflow();
      this.#inflows.set(partner.domain, inflow);
    }
    const { world, settings } = this.#site;
    const now = world.clock.monotonicMs();
    if (inflow.takes(settings.limits.sipPartnerRequestsPerSecondMax, now)) return false;
    world.metrics.series("comity_sip_rejected_total", "sip-partner-too-fast").add(1);
    if (inflow.speaks(now)) {
      this.#site.log("warn", "SIP partner sends more than is taken", {
        domain: partner.domain,
        fault: "sip-partner-too-fast",
        perSecond: settings.limits.sipPartnerRequestsPerSecondMax,
      });
    }
    // Who wrote it reads that it did not arrive (sip-wire 4.1); BENOTIFY is never answered.
    if (method !== "BENOTIFY") {
      const status = sipProfiles[partner.type].diagnostics ? 500 : 503;
      request.respond(status, { headers: `Retry-After: ${retryAfterSeconds}\r\n` });
    }
    return true;
  }

  #serve(request: SipRequest, from: Address, partner: SipPartner): void {
    const { message } = request;
    // sip-wire 3.5: what became of a text is told within its session, by a method of that package or as a text itself.
    const ofText = message.contentType === msImdnType;
    if ((message.method === "NOTIFY" || message.method === "BENOTIFY") && !ofText) {
      const hold = message.method === "BENOTIFY" || request.hold();
      if (hold && !this.#presence.notified(request, from, partner) && message.method === "NOTIFY") request.respond(481);
      return;
    }
    if (message.method === "SUBSCRIBE") {
      this.#subscribe(request, from, partner);
      return;
    }
    if (message.toTag !== "") {
      const silent = message.method === "ACK" || message.method === "BENOTIFY";
      if (!this.#conversations.received(request, from, partner) && !silent) request.respond(481);
      return;
    }
    const to = this.#here(message.uri);
    if (message.method === "OPTIONS") {
      request.respond(200, { headers: `Allow: ${allow}\r\n` });
      return;
    }
    if (to === undefined || !this.#site.isLocal(to.domain)) {
      this.#refuse(request, fault("sip-no-such-user"));
      return;
    }
    switch (message.method) {
      case "INVITE":
        this.#local(request, to, from, partner, (who) => {
          if (!request.answered) this.#conversations.invited(request, who, to, partner); // else it was cancelled meanwhile
        });
        return;
      case "MESSAGE":
        if (!request.hold()) return;
        this.#spelled(request, to, from, partner, (who) =>
          this.#conversations.deliver(request, personJid(who.text), personJid(to.text)),
        );
        return;
      case "ACK":
        return;
      case "CANCEL": // whose INVITE is not known here, or not any more
        request.respond(481);
        return;
      case "REGISTER":
        this.#refuse(request, fault("forbidden"));
        return;
      default:
        request.respond(405, { headers: `Allow: ${allow}\r\n` });
    }
  }

  #subscribe(request: SipRequest, from: Address, partner: SipPartner): void {
    const { message } = request;
    const to = this.#here(message.uri) ?? this.#here(message.to?.uri);
    this.#subscriptions.request(request, from, (event) => {
      // 3.6: of what can be watched here, only presence is for others.
      if (event.name !== "presence") {
        return { kind: "refuse", why: fault("sip-event"), headers: "Allow-Events: presence\r\n" };
      }
      if (to === undefined || !this.#site.isLocal(to.domain)) {
        return { kind: "refuse", why: fault("sip-no-such-user") };
      }
      return this.#watchers.offer(message, from, to, partner);
    });
  }

  /** Whom a URI of a partner's means here: by the name partners know (EML-02, EML-04). */
  #here(text: string | undefined): Address | undefined {
    const named = personIn(text);
    return named === undefined ? undefined : this.#names.personHere(named);
  }

  /** Does something for a person here who exists; others are answered 404 (RT-14). */
  #local(request: SipRequest, to: Address, from: Address, partner: SipPartner, then: (from: Address) => void): void {
    if (!request.hold()) return;
    this.#site.world.store.accounts.find(to.text).then(
      (account) => {
        if (account === undefined) this.#refuse(request, fault("sip-no-such-user"));
        else this.#spelled(request, to, from, partner, then);
      },
      (error) => {
        this.#site.storeFailed(error);
        request.respond(500);
      },
    );
  }

  /** Goes on with the sender as the receiver has them among their contacts: at once, where there is but one spelling. */
  #spelled(request: SipRequest, to: Address, from: Address, partner: SipPartner, then: (from: Address) => void): void {
    if (partner.type !== "aol") {
      then(from);
      return;
    }
    this.#names.spelled(to.text, from, partner).then(then, (error) => {
      this.#site.storeFailed(error);
      request.respond(500);
    });
  }

  /** Refuses a request of a domain that is no partner, in the words its server looks for (R20). */
  turnAway(request: SipRequest, why: Fault): void {
    if (request.message.method === "ACK" || request.message.method === "BENOTIFY") return;
    request.refusalLines = (status) => this.#diagnostics(undefined, status);
    this.#refuse(request, why);
  }

  #refuse(request: SipRequest, why: Fault): void {
    const status = rowOf(why.code).sip === undefined ? 403 : statusOf(why, false, "federation");
    request.respond(status);
  }

  /** R20: without it Microsoft's servers log that we said nothing. */
  #diagnostics(partner: SipPartner | undefined, status: number): string {
    if (partner !== undefined && !sipProfiles[partner.type].diagnostics) return "";
    const [domain = "localhost"] = this.#site.settings.domains.keys();
    return diagnosticsLine(status, this.#site.settings.sip.advertise ?? domain);
  }
}

/** What a partner that floods is told to wait. */
const retryAfterSeconds = 5;

const allow = "INVITE, ACK, BYE, CANCEL, MESSAGE, INFO, SUBSCRIBE, NOTIFY, OPTIONS";

function personIn(text: string | undefined): Address | undefined {
  const person = text === undefined ? undefined : personNamed(text);
  return person?.ok === true ? person.value : undefined;
}
