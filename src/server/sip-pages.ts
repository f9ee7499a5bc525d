import { fault } from "../base/fault.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import type { SipContent } from "../sip/content.ts";
import type { SipMessage } from "../sip/message.ts";
import { requestBytes } from "../sip/request.ts";
import { personUriOf } from "../translate/address.ts";
import { personJid } from "../translate/stanza.ts";
import { callIdOf, threadOf } from "../translate/thread.ts";
import { toSip } from "../translate/to-sip.ts";
import type { OutsideNames } from "./outside-names.ts";
import type { Parcel, Post } from "./parcel.ts";
import type { Asker } from "./sip-client-transaction.ts";
import type { Flow } from "./sip-flow.ts";
import { SipOrigin } from "./sip-origin.ts";
import type { SipPartners } from "./sip-partners.ts";
import { refusalBy } from "./sip-refusal.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Send } from "./sip-trying.ts";
import type { Site } from "./site.ts";
import { tellDelivered } from "./tell-delivered.ts";

/** Eight characters of base64url: 48 bits, of which RFC 3261 §19.3 wants 32. */
const tagCharacters = 8;

/** What becomes of a receipt or a typing notice is told nobody. */
const nobody: Asker = { answered() {} };

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
    const from = personUriOf(this.#names.ours(parcel.from));
    const to = personUriOf(this.#names.theirs(parcel.to, partner));
    const thread = origin instanceof SipOrigin ? undefined : this.#callIdOf(parcel);
    const own = this.#transactions.token();
    let first = true;
    const send: Send = (flow, trying) => {
      if (first)
        for (const extra of extras) this.#ask(flow, from, to, thread, this.#transactions.token(), extra, nobody);
      first = false;
      const asker = trying.asker({ answered: (status, answer) => this.#answered(parcel, status, answer) });
      this.#ask(flow, from, to, thread, own, main, asker);
    };
    this.#partners.way(partner, undefined, send, (why) => this.#post.bounce(parcel, why));
  }

  /** RFC 7572 §5: the thread, where the message names one. */
  #callIdOf({ element, from, to }: Parcel): string | undefined {
    const { limits } = this.#site.settings;
    const thread = threadOf(element, limits);
    return thread === undefined ? undefined : callIdOf(thread, { ours: from.bare, theirs: to.bare }, limits);
  }

  /** `own`: what this request alone is known by, and the Call-ID too where there is no thread. */
  #ask(
    flow: Flow,
    from: string,
    to: string,
    thread: string | undefined,
    own: string,
    content: SipContent,
    asker: Asker,
  ): void {
    // RFC 3261 §19.3: a tag of each request's own, so that none of a thread is taken for another of it (§8.2.2.2).
    const tagged = `<${from}>;tag=${own.slice(0, tagCharacters)}`;
    const parts = { method: "MESSAGE", uri: to, from: tagged, to: `<${to}>`, callId: thread ?? own, cseq: 1 };
    const { headers, contentType, body } = content;
    const write = (via: string) => requestBytes({ ...parts, via, headers, contentType, body });
    this.#transactions.ask(flow, "MESSAGE", write, asker);
  }

  #answered(parcel: Parcel, status: number, answer: SipMessage | undefined): void {
    if (status >= 300) {
      const silent = answer === undefined && status === 408;
      const { domain } = parcel.to;
      this.#post.bounce(parcel, silent ? fault("sip-unanswered") : refusalBy(this.#site, domain, status, answer));
      return;
    }
    parcel.receipt?.settle();
    // 202 says that a server has it, not that somebody read it.
    if (status === 200) tellDelivered(this.#post, parcel, personJid(parcel.to.bare));
  }
}
