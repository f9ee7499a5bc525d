import type { SipMessage } from "../sip/message.ts";
import { readMsImdn } from "../sip/ms-imdn.ts";
import { faultOfStatus } from "../translate/errors.ts";
import type { Parcel, Post } from "./parcel.ts";
import type { SipRequest } from "./sip-request.ts";
import type { Site } from "./site.ts";

/** Texts whose failure may still be told. */
const keptMax = 1_000;

/**
 * Texts that a Microsoft server has answered with 202 and a Message-Id: it has them, and says later when one of them did not
 * arrive (sip-wire 3.5). Who wrote it is told then; silence means that all went well.
 */
export class SipAccepted {
  readonly #site: Site;
  readonly #post: Post;
  readonly #kept = new Map<string, Parcel>();

  constructor(site: Site, post: Post) {
    this.#site = site;
    this.#post = post;
  }

  /** `there`: who at the partner it was for. */
  keep(parcel: Parcel, there: string, answer: SipMessage): void {
    const messageId = answer.header("message-id") ?? "";
    if (messageId === "" || parcel.copy) return;
    const [first] = this.#kept.keys();
    if (this.#kept.size >= keptMax && first !== undefined) this.#kept.delete(first);
    this.#kept.set(keyOf(parcel.from.bare, there, messageId), parcel);
  }

  /** What became of one of them, as the partner's server tells in a request within the two people's session. */
  told(request: SipRequest, here: string, there: string): void {
    const read = readMsImdn(request.message.body, this.#site.settings.limits);
    request.respond(read.ok ? 200 : 400);
    if (!read.ok) return;
    const { messageId, status } = read.value;
    const key = keyOf(here, there, messageId);
    const parcel = this.#kept.get(key);
    this.#kept.delete(key);
    if (parcel !== undefined && status >= 300) this.#post.bounce(parcel, faultOfStatus(status));
  }
}

function keyOf(here: string, there: string, messageId: string): string {
  return `${here} ${there} ${messageId}`;
}
