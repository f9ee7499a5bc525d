import { Alarm } from "../base/wheel.ts";
import { advanced, answeredIn, type Dialog, keyOf, partsIn, receivedIn } from "../sip/dialog.ts";
import { notifiedDialog, type Sent, uacDialog } from "../sip/dialog-creation.ts";
import type { SipMessage } from "../sip/message.ts";
import { readPresence } from "../sip/presence-document.ts";
import type { PresenceDocument } from "../sip/presence-fields.ts";
import { requestBytes } from "../sip/request.ts";
import * as subscriber from "../sip/subscriber.ts";
import { parseSubscriptionState, secondsOf } from "../sip/subscription-state.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Site } from "./site.ts";

/** What a watch needs of the node. */
export type WatchDoors = {
  readonly site: Site;
  readonly transactions: SipTransactions;
  /** A turn to send something to the partner (`SipPartners.way`). */
  readonly way: (known: Flow | undefined, then: (flow: Flow) => void, failed: () => void) => void;
  readonly contact: (flow: Flow) => string;
  readonly keyed: (watch: SipWatch, before: string | undefined, now: string | undefined) => void;
  readonly told: (watch: SipWatch, standing: subscriber.Standing) => void;
  readonly read: (watch: SipWatch, document: PresenceDocument) => void;
  readonly ended: (watch: SipWatch) => void;
};

/** Over how long refreshes are spread when a partner's connection is gone. */
const refreshSpreadMs = 2_500;

/** One subscription of somebody here to somebody at a SIP partner (SUB-12: one for each who watches), kept alive. */
export class SipWatch {
  /** "alice@ours.example bob@theirs.example" */
  readonly pair: string;
  readonly #doors: WatchDoors;
  readonly #from: string;
  readonly #to: string;
  readonly #epid: string;
  readonly #alarms: Readonly<Record<subscriber.Timer, Alarm>>;
  #state: subscriber.State;
  #sent: Sent | undefined;
  #dialog: Dialog | undefined;
  #key: string | undefined;
  #flow: Flow | undefined;

  /** `from` and `to`: URIs without <>. */
  constructor(doors: WatchDoors, pair: string, from: string, to: string, seconds: number, epid?: string) {
    this.#doors = doors;
    this.pair = pair;
    this.#from = from;
    this.#to = to;
    this.#epid = epid === undefined ? "" : `;epid=${epid}`;
    this.#alarms = {
      refresh: new Alarm(() => this.#feed({ kind: "timer", timer: "refresh" })),
      retry: new Alarm(() => this.#feed({ kind: "timer", timer: "retry" })),
      silence: new Alarm(() => this.#feed({ kind: "timer", timer: "silence" })),
    };
    const begun = subscriber.begin(seconds);
    this.#state = begun.next;
    this.#carryOut(begun.effects, undefined, undefined);
  }

  get standing(): subscriber.Standing {
    return this.#state.standing;
  }

  again(): void {
    this.#feed({ kind: "again" });
  }

  leave(): void {
    this.#feed({ kind: "leave" });
  }

  /** Refreshes at a time of its own within the next seconds, for many do. */
  refreshSoon(): void {
    const { wheel, world } = this.#doors.site;
    if (this.#dialog !== undefined) wheel.set(this.#alarms.refresh, 500 + world.random.below(refreshSpreadMs));
  }

  /** Without another word: the node stops. */
  forget(): void {
    for (const alarm of Object.values(this.#alarms)) this.#doors.site.wheel.clear(alarm);
  }

  /** A NOTIFY that belongs to it, or to the SUBSCRIBE that is still unanswered (P-2). */
  notified(request: SipRequest): void {
    const { message } = request;
    const { limits } = this.#doors.site.settings;
    if (this.#dialog === undefined && this.#sent !== undefined) {
      const made = notifiedDialog(this.#sent, message, limits);
      if (made.ok) this.#adopt(made.value);
    } else if (this.#dialog !== undefined) {
      const received = receivedIn(this.#dialog, message, limits);
      if (received.ok) this.#dialog = received.value;
    }
    this.#flow = request.flow;
    this.#feed(
      {
        kind: "notify",
        state: parseSubscriptionState(message.header("subscription-state")),
        cseq: message.cseq?.number ?? 0,
        hasBody: message.body.length > 0,
        best: message.method === "BENOTIFY",
      },
      message,
      request,
    );
  }

  #feed(event: subscriber.Event, message?: SipMessage, request?: SipRequest): void {
    const taken = subscriber.on(this.#state, event, this.#doors.site.world.random.below(1_000) / 1_000);
    this.#state = taken.next;
    this.#carryOut(taken.effects, message, request);
  }

  #carryOut(
    effects: readonly subscriber.Effect[],
    message: SipMessage | undefined,
    request: SipRequest | undefined,
  ): void {
    const { wheel } = this.#doors.site;
    for (const effect of effects) {
      switch (effect.kind) {
        case "subscribe":
          this.#subscribe(effect.expires, effect.anew);
          break;
        case "answer":
          request?.respond(effect.status);
          break;
        case "read":
          if (message !== undefined) this.#read(message);
          break;
        case "tell":
          this.#doors.told(this, effect.standing);
          break;
        case "start":
          wheel.set(this.#alarms[effect.timer], effect.ms);
          break;
        case "stop":
          wheel.clear(this.#alarms[effect.timer]);
          break;
        case "end":
          this.forget();
          this.#rekey(undefined);
          this.#doors.ended(this);
          break;
      }
    }
  }

  #subscribe(expires: number, anew: boolean): void {
    const { transactions } = this.#doors;
    if (anew || this.#dialog === undefined) {
      this.#dialog = undefined;
      const tag = transactions.token();
      this.#sent = {
        uri: this.#to,
        from: `<${this.#from}>;tag=${tag}${this.#epid}`,
        to: `<${this.#to}>`,
        callId: transactions.token(),
        cseq: 1,
      };
      this.#rekey(`${this.#sent.callId}\n${tag}\n`);
    } else this.#dialog = advanced(this.#dialog);
    const sent = this.#sent;
    const dialog = this.#dialog;
    const headers = `Event: presence\r\nAccept: application/pidf+xml\r\nExpires: ${expires}\r\n`;
    const send = (flow: Flow) => {
      this.#flow = flow;
      transactions.ask(
        flow,
        "SUBSCRIBE",
        (via) => {
          const contact = this.#doors.contact(flow);
          if (dialog !== undefined) return requestBytes({ ...partsIn(dialog, "SUBSCRIBE", via), contact, headers });
          if (sent === undefined) throw new Error("a SUBSCRIBE has its identity");
          return requestBytes({ method: "SUBSCRIBE", ...sent, via, contact, headers });
        },
        { answered: (status, answer) => this.#answered(status, answer, sent) },
      );
    };
    this.#doors.way(this.#flow, send, () => this.#feed({ kind: "response", status: 408 }));
  }

  #answered(status: number, answer: SipMessage | undefined, sent: Sent | undefined): void {
    const { limits } = this.#doors.site.settings;
    if (answer !== undefined && status < 300) {
      if (this.#dialog === undefined && sent !== undefined && sent === this.#sent) {
        const made = uacDialog(sent, answer, limits);
        if (made.ok) this.#adopt(made.value);
      } else if (this.#dialog !== undefined) {
        const refreshed = answeredIn(this.#dialog, answer, limits);
        if (refreshed.ok) this.#dialog = refreshed.value;
      }
    }
    const state = parseSubscriptionState(answer?.header("subscription-state"));
    this.#feed(
      {
        kind: "response",
        status,
        expires: answer?.expires ?? (state?.at === "terminated" ? undefined : state?.seconds),
        minExpires: secondsOf(answer?.header("min-expires")),
        retryAfter: secondsOf(answer?.header("retry-after")),
        piggybackCseq:
          answer === undefined || answer.body.length === 0 ? undefined : secondsOf(answer.header("ms-piggyback-cseq")),
      },
      answer,
    );
  }

  #adopt(dialog: Dialog): void {
    this.#dialog = dialog;
    this.#rekey(keyOf(dialog));
  }

  #rekey(key: string | undefined): void {
    this.#doors.keyed(this, this.#key, key);
    this.#key = key;
  }

  #read(message: SipMessage): void {
    const type = message.header("content-type") ?? "";
    const document = readPresence(type, message.body, this.#doors.site.settings.limits);
    if (document.ok) this.#doors.read(this, document.value);
    else
      this.#doors.site.log("info", "presence document of a partner not read", {
        pair: this.pair,
        fault: document.fault.code,
      });
  }
}
