import { fault } from "../base/fault.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import type { SipContent } from "../sip/content.ts";
import { requestBytes } from "../sip/request.ts";
import { sipUriOf } from "../translate/address.ts";
import { faultOfStatus } from "../translate/errors.ts";
import { receiptFor } from "../translate/receipt.ts";
import { personJid } from "../translate/stanza.ts";
import { toSip } from "../translate/to-sip.ts";
import type { OutsideNames } from "./outside-names.ts";
import { Parcel, type Post } from "./parcel.ts";
import type { Flow } from "./sip-flow.ts";
import { SipOrigin } from "./sip-origin.ts";
import type { SipPartners } from "./sip-partners.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Site } from "./site.ts";

/** Instant messages to people at SIP partners in pager mode: each a MESSAGE by itself (RFC 3428, RFC 7572). */
export class SipPages {
  readonly #site: Site;
  readonly #post: Post;
  readonly #transactions: SipTransactions;
  readonly #partners: SipPartners;
  readonly #names: OutsideNames;

  constructor(site: Site, post: Post, transactions: SipTransactions, partners: SipPartners, names: OutsideNames) {
    this.#site = site;
    this.#post = post;
    this.#transactions = transactions;
    this.#partners = partners;
    this.#names = names;
  }

  send(parcel: Parcel, partner: SipPartner): void {
    const { origin } = parcel;
    const contents: readonly SipContent[] =
      origin instanceof SipOrigin ? [origin] : toSip(parcel.element, { now: this.#site.world.clock.now() });
    const [main, ...extras] = contents;
    if (main === undefined) {
      parcel.receipt?.settle();
      return;
    }
    const from = sipUriOf(this.#names.ours(parcel.from), { gr: false });
    const there = sipUriOf(this.#names.theirs(parcel.to, partner), { gr: false });
    const send = (flow: Flow) => {
      const ask = (content: SipContent, answered: (status: number) => void) =>
        this.#transactions.ask(
          flow,
          "MESSAGE",
          (via) =>
            requestBytes({
              method: "MESSAGE",
              uri: there,
              via,
              from: `<${from}>;tag=${this.#transactions.token()}`,
              to: `<${there}>`,
              callId: this.#transactions.token(),
              cseq: 1,
              headers: content.headers,
              contentType: content.contentType,
              body: content.body,
            }),
          { answered },
        );
      for (const extra of extras) ask(extra, () => {});
      ask(main, (status) => this.#answered(parcel, status));
    };
    this.#partners.way(partner, undefined, send, (why) => this.#post.bounce(parcel, why));
  }

  #answered(parcel: Parcel, status: number): void {
    if (status >= 300) {
      this.#post.bounce(parcel, status === 408 ? fault("sip-timeout") : faultOfStatus(status));
      return;
    }
    parcel.receipt?.settle();
    // 202 says that a server has it, not that somebody read it.
    const from = personJid(parcel.to.bare);
    const bytes = status === 200 && !parcel.copy ? receiptFor(parcel.element, from, parcel.from) : undefined;
    if (bytes !== undefined) {
      this.#post.route(new Parcel("message", "chat", undefined, from, parcel.from, bytes));
    }
  }
}
