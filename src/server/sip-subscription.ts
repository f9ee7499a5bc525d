import { rowOf } from "../base/fault.ts";
import { answeredIn, type Dialog, keyOf, receivedIn } from "../sip/dialog.ts";
import { DialogRequests } from "../sip/dialog-requests.ts";
import { type EventHeader, eventText } from "../sip/event-header.ts";
import type { SipMessage } from "../sip/message.ts";
import { endingBytes } from "../sip/message-writer.ts";
import * as notifier from "../sip/subscription.ts";
import { parseSipUri } from "../sip/uri.ts";
import type { Asker } from "./sip-client-transaction.ts";
import type { Flow } from "./sip-flow.ts";
import { cseqAhead } from "./sip-kept.ts";
import type { SipRequest } from "./sip-request.ts";
import { SipTimers } from "./sip-timers.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Send } from "./sip-trying.ts";
import type { SipWays } from "./sip-ways.ts";
import type { Site } from "./site.ts";

/** A document as a NOTIFY carries it. */
export type NotifyBody = {
  readonly contentType: string;
  readonly body: Uint8Array | string;
  /** More header lines that go with it. */
  readonly headers?: string;
  /** How the last NOTIFY that carried it ended: mostly the next one ends so too. */
  ending?: { readonly subscriptionState: string; readonly bytes: Uint8Array };
};

/** What one subscription watches: makes its documents when they are due. */
export interface Watched {
  /** The document for this moment; undefined where there is none. */
  document(body: "state" | "neutral", full: boolean, version: number): NotifyBody | undefined;
  /** The entity-tag of the newest document (RFC 5839). */
  readonly etag: string;
  /** It is over: nobody watches any more. */
  ended(): void;
}

/** What a subscription needs of the node. */
export type SubscriptionDoors = {
  readonly site: Site;
  readonly transactions: SipTransactions;
  readonly ways: SipWays;
  /** Our Contact on a flow: "<sip:192.0.2.1:5060>". */
  readonly contact: (flow: Flow) => string;
  readonly over: (subscription: SipSubscription) => void;
};

/** How a subscription of a partner's differs from one of our own people's. */
export type Abroad = {
  /** A turn to send a NOTIFY, over `known` while that is open (`SipPartners.background`). */
  readonly way: (known: Flow | undefined, send: Send, failed: () => void) => void;
  /** It stands so from now on, and must after a restart. */
  readonly keep: (dialog: Dialog, expiresAt: number) => void;
  /** There is nothing to keep any more. */
  readonly drop: (dialog: Dialog) => void;
};

/** One subscription of somebody to something here (RFC 6665): the notifier's machine with its dialog and its way. */
export class SipSubscription implements Asker, notifier.Facts {
  /** Key of its dialog. */
  readonly key: string;
  readonly event: EventHeader;
  readonly watched: Watched;
  readonly #doors: SubscriptionDoors;
  readonly #timers: SipTimers<notifier.Timer>;
  readonly #eventText: string;
  /** Header lines of each 200. */
  #headers = "";
  readonly #abroad: Abroad | undefined;
  /** Undefined: after a restart, before anything went either way. */
  #flow: Flow | undefined;
  /** That way, where we had to look for it (RFC 3263). */
  #found: Flow | undefined;
  #dialog: Dialog;
  /** NOTIFYs in a row that nobody was reached with. */
  #lost = 0;
  /** The highest CSeq that may be used without keeping a higher one. */
  #keptSeq = -1;
  /** CSeq of our last NOTIFY; the dialog's own is not counted up. */
  #localSeq: number;
  #written: Written | undefined = undefined;
  #state: notifier.State = { at: "ended" };

  constructor(
    doors: SubscriptionDoors,
    dialog: Dialog,
    flow: Flow | undefined,
    event: EventHeader,
    watched: Watched,
    abroad?: Abroad,
  ) {
    this.#doors = doors;
    this.#abroad = abroad;
    this.#dialog = dialog;
    this.#localSeq = dialog.localSeq;
    this.#flow = flow;
    this.event = event;
    this.watched = watched;
    this.key = keyOf(dialog);
    this.#eventText = eventText(event);
    this.#timers = new SipTimers(doors.site.wheel, doors.site.world.clock, (timer) =>
      this.#feed({ kind: "timer", timer }),
    );
  }

  /** A partner's. */
  get isAbroad(): boolean {
    return this.#abroad !== undefined;
  }

  get ended(): boolean {
    return this.#state.at === "ended";
  }

  /** "active", "pending" or "ended", and when it runs out in milliseconds since 1970. */
  get state(): notifier.State {
    return this.#state;
  }

  /** The SUBSCRIBE that begins it. */
  begin(request: SipRequest, verdict: notifier.Verdict, headers = ""): void {
    this.#headers = headers;
    const { site } = this.#doors;
    const begun = notifier.begin(asked(request.message), verdict, this, site.settings.limits);
    this.#state = begun.next;
    this.#carryOut(begun.effects, request);
    this.#keep();
  }

  /** Goes on with one that was there before this process. */
  resume(verdict: Exclude<notifier.Verdict, "block">, expiresAt: number): void {
    const resumed = notifier.resume(verdict, expiresAt, this.#doors.site.settings.limits.sipCatchUpMs, this);
    this.#state = resumed.next;
    this.#carryOut(resumed.effects, undefined);
  }

  /** Without a word: it is kept, and goes on in the next process. */
  letGo(): void {
    this.#timers.clearAll();
    this.#state = { at: "ended" };
    this.watched.ended();
    this.#doors.over(this);
  }

  /** A SUBSCRIBE in its dialog. */
  again(request: SipRequest): void {
    const received = receivedIn(this.#dialog, request.message, this.#doors.site.settings.limits);
    if (!received.ok) {
      request.respond(rowOf(received.fault.code).sip ?? 500);
      return;
    }
    this.#dialog = received.value;
    // A watcher that has moved is told where it is now.
    this.#flow = request.flow;
    this.#feed({ kind: "subscribe", request: asked(request.message) }, request);
    this.#keep();
  }

  decided(verdict: notifier.Verdict): void {
    this.#feed({ kind: "decided", verdict });
  }

  changed(entirely = false): void {
    this.#feed(entirely ? { kind: "changed", entirely } : { kind: "changed" });
  }

  end(reason: Extract<notifier.Event, { kind: "end" }>["reason"]): void {
    this.#feed({ kind: "end", reason });
  }

  /** A NOTIFY has its final answer. */
  answered(status: number, answer: SipMessage | undefined): void {
    if (answer !== undefined) this.#lost = 0;
    if (answer?.header("contact") !== undefined && this.#flow !== undefined) {
      const { contact } = this.#writer(this.#flow);
      const dialog = answeredIn(this.#dialog, answer, this.#doors.site.settings.limits, contact);
      const moved = dialog.ok && dialog.value !== this.#dialog;
      if (dialog.ok) this.#dialog = dialog.value;
      if (moved) this.#keep();
    }
    const retryAfter = status < 300 ? Number.NaN : this.#retryAfter(status, answer);
    this.#feed(Number.isNaN(retryAfter) ? { kind: "answered", status } : { kind: "answered", status, retryAfter });
  }

  /** Seconds until what a failed NOTIFY said is said again; NaN: not before something changes. */
  #retryAfter(status: number, answer: SipMessage | undefined): number {
    if (answer !== undefined) return Number.parseInt(answer.header("retry-after") ?? "", 10);
    // A partner's connection is gone, or its server: it would know nothing of it until its next refresh, hours later.
    return status === 503 && this.isAbroad ? 2 ** (1 + Math.min(this.#lost++, 5)) : Number.NaN;
  }

  /** @internal a fact for the machine */
  get now(): number {
    return this.#doors.site.world.clock.now();
  }

  /** @internal a fact for the machine; made only for those who ask for it */
  get etag(): string {
    return this.watched.etag;
  }

  #feed(event: notifier.Event, request?: SipRequest): void {
    if (this.#state.at === "ended") {
      request?.respond(481);
      return;
    }
    const taken = notifier.on(this.#state, event, this, this.#doors.site.settings.limits);
    this.#state = taken.next;
    this.#carryOut(taken.effects, request);
  }

  #carryOut(effects: readonly notifier.Effect[], request: SipRequest | undefined): void {
    let over = false;
    for (const effect of effects) {
      switch (effect.kind) {
        case "answer": {
          if (request === undefined) break;
          const contact = effect.status < 300 ? `Contact: ${this.#doors.contact(request.flow)}\r\n` : "";
          request.respond(effect.status, {
            toTag: this.#dialog.localTag,
            headers: contact + recorded(request.message) + this.#headers + effect.headers,
          });
          break;
        }
        case "notify":
          this.#notify(effect);
          break;
        case "start":
          this.#timers.set(effect.timer, effect.ms);
          break;
        case "end":
          over = true;
          break;
      }
    }
    if (over) {
      this.#timers.clearAll();
      this.watched.ended();
      this.#abroad?.drop(this.#dialog);
      this.#doors.over(this);
    } else if (this.#state.at === "ended") this.#doors.over(this);
  }

  #notify(effect: NotifyEffect): void {
    const cseq = ++this.#localSeq;
    if (this.#abroad !== undefined) this.#notifyAbroad(this.#abroad, effect, cseq);
    else if (this.#flow?.open === true && this.#flow !== this.#found) {
      this.#send(this.#flow, cseq, effect, this.#made(effect), this);
    } else this.#notifyFound(effect, cseq);
  }

  #notifyAbroad(abroad: Abroad, effect: NotifyEffect, cseq: number): void {
    if (cseq > this.#keptSeq) this.#keep();
    let made: NotifyBody | undefined;
    let tries = 0;
    const send: Send = (flow, trying) => {
      this.#flow = flow;
      // Made when its turn has come, so that it says how things are by then.
      if (tries++ === 0) made = this.#made(effect);
      this.#send(flow, cseq, effect, made, trying.asker(this));
    };
    abroad.way(this.#flow, send, () => this.answered(503, undefined));
  }

  /** The way the watcher came is gone, or was never known. */
  #notifyFound(effect: NotifyEffect, cseq: number): void {
    const made = this.#made(effect);
    const target = parseSipUri(this.#dialog.target);
    if (!target.ok) {
      this.answered(503, undefined);
      return;
    }
    const send: Send = (flow, trying) => {
      this.#flow = flow;
      this.#found = flow;
      this.#send(flow, cseq, effect, made, trying.asker(this));
    };
    this.#doors.ways.send(target.value, this.#flow, send, () => this.answered(503, undefined));
  }

  #made({ body, full, version }: NotifyEffect): NotifyBody | undefined {
    return body === "none" ? undefined : this.watched.document(body, full, version);
  }

  #keep(): void {
    if (this.#abroad === undefined || this.#state.at === "ended") return;
    this.#keptSeq = this.#localSeq + cseqAhead;
    this.#abroad.keep({ ...this.#dialog, localSeq: this.#localSeq }, this.#state.expiresAt);
  }

  #send(
    flow: Flow,
    cseq: number,
    { subscriptionState }: NotifyEffect,
    made: NotifyBody | undefined,
    asker: Asker,
  ): void {
    const ending =
      made === undefined ? endingBytes({ headers: stateLine(subscriptionState) }) : endingOf(made, subscriptionState);
    const { requests } = this.#writer(flow);
    this.#doors.transactions.ask(flow, "NOTIFY", (via) => requests.bytes(via, cseq, ending), asker);
  }

  /** Good for as long as the watcher is where it was, and is reached the way it was. */
  #writer(flow: Flow): Written {
    const dialog = this.#dialog;
    if (this.#written === undefined || this.#written.dialog !== dialog || this.#written.flow !== flow) {
      const contact = this.#doors.contact(flow);
      const requests = new DialogRequests(dialog, "NOTIFY", contact, `Event: ${this.#eventText}\r\n`);
      this.#written = { dialog, flow, contact, requests };
    }
    return this.#written;
  }
}

type NotifyEffect = Extract<notifier.Effect, { kind: "notify" }>;

function stateLine(subscriptionState: string): string {
  return `Subscription-State: ${subscriptionState}\r\n`;
}

/** Many are told the same at once, and have subscribed for as long: what they are told is written once. */
function endingOf(made: NotifyBody, subscriptionState: string): Uint8Array {
  if (made.ending?.subscriptionState !== subscriptionState) {
    const { contentType, body, headers = "" } = made;
    const bytes = endingBytes({ headers: stateLine(subscriptionState) + headers, contentType, body });
    made.ending = { subscriptionState, bytes };
  }
  return made.ending.bytes;
}

/** What writes our NOTIFYs, and what it was made from. */
type Written = {
  readonly dialog: Dialog;
  readonly flow: Flow;
  readonly contact: string;
  readonly requests: DialogRequests;
};

function asked(message: SipMessage): notifier.Subscribe {
  const suppressIfMatch = message.header("suppress-if-match");
  return { expires: message.expires, ...(suppressIfMatch === undefined ? {} : { suppressIfMatch }) };
}

/** RFC 3261 §12.1.1: the servers on the way, in the answer as in the request. */
function recorded(message: SipMessage): string {
  let lines = "";
  for (const value of message.headers("record-route")) lines += `Record-Route: ${value}\r\n`;
  return lines;
}
