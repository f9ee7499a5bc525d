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
import { cseqAhead } from "./sip-kept.ts";
import type { Waiting } from "./sip-outages.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Send } from "./sip-trying.ts";
import type { Site } from "./site.ts";

/** What a watch needs of the node. */
export type WatchDoors = {
  readonly site: Site;
  readonly transactions: SipTransactions;
  /** A turn to send something to the partner (`SipPartners.way`). */
  readonly way: (known: Flow | undefined, send: Send, failed: () => void) => void;
  readonly contact: (flow: Flow) => string;
  readonly keyed: (watch: SipWatch, before: string | undefined, now: string | undefined) => void;
  readonly told: (watch: SipWatch, standing: subscriber.Standing) => void;
  readonly read: (watch: SipWatch, document: PresenceDocument) => void;
  /** It is to be told when the partner is there again; or no more. */
  readonly waits: (watch: SipWatch, waits: boolean) => void;
  /** Nothing is known of them. */
  readonly blank: (watch: SipWatch) => void;
  readonly ended: (watch: SipWatch) => void;
  /** It stands so from now on, and must after a restart; undefined: nothing of it is wanted then. */
  readonly keep: (watch: SipWatch, kept: KeptWatch | undefined) => void;
};

/** What of a watch outlives the process. */
export type KeptWatch = {
  readonly standing: subscriber.Standing;
  readonly dialog: Dialog | undefined;
  readonly expiresAt: number;
};

/** Over how long refreshes are spread when a partner's connection is gone; the partner's pace does the rest. */
const refreshSpreadMs = 2_500;
/** After a start: until what is to be refreshed first has its place on the wheel. */
const resumeMs = 100;

/** One subscription of somebody here to somebody at a SIP partner (SUB-12: one for each who watches), kept alive. */
export class SipWatch implements Waiting {
  /** "alice@ours.example bob@theirs.example" */
  readonly pair: string;
  readonly #doors: WatchDoors;
  /** Who watches, as a URI: as partners know them. */
  readonly from: string;
  readonly #to: string;
  readonly #epid: string;
  readonly #alarms: Readonly<Record<subscriber.Timer, Alarm>>;
  #state: subscriber.State;
  #sent: Sent | undefined;
  #dialog: Dialog | undefined;
  #key: string | undefined;
  #flow: Flow | undefined;
  #expiresAt = 0;
  /** What the store has; the CSeq there is ahead. */
  #kept:
    | { readonly standing: subscriber.Standing; readonly dialog: Dialog | undefined; readonly seq: number }
    | undefined;

  /** `from` and `to`: URIs without <>. */
  constructor(
    doors: WatchDoors,
    pair: string,
    from: string,
    to: string,
    seconds: number,
    epid?: string,
    resumed?: KeptWatch,
  ) {
    this.#doors = doors;
    this.pair = pair;
    this.from = from;
    this.#to = to;
    this.#epid = epid === undefined ? "" : `;epid=${epid}`;
    this.#alarms = {
      refresh: new Alarm(() => this.#feed({ kind: "timer", timer: "refresh" })),
      retry: new Alarm(() => this.#feed({ kind: "timer", timer: "retry" })),
      silence: new Alarm(() => this.#feed({ kind: "timer", timer: "silence" })),
    };
    if (resumed === undefined) {
      const begun = subscriber.begin(seconds);
      this.#state = begun.next;
      this.#carryOut(begun.effects, undefined, undefined);
      this.#keep();
    } else this.#state = this.#resume(resumed, seconds);
  }

  /** One that was there before this process: its dialog goes on with a refresh, or another is begun; the rest is pace. */
  #resume({ standing, dialog, expiresAt }: KeptWatch, seconds: number): subscriber.State {
    const { wheel, world } = this.#doors.site;
    const alive = dialog !== undefined && expiresAt > world.clock.now();
    const state = subscriber.resume(seconds, standing, alive);
    if (alive) {
      this.#expiresAt = expiresAt;
      this.#adopt(dialog);
      wheel.set(this.#alarms.refresh, resumeMs);
    } else if (state.at === "resting") wheel.set(this.#alarms.retry, resumeMs);
    return state;
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

  /** The partner is lost: refreshed at a time of its own within the next seconds, for many are. */
  doubt(): void {
    this.#feed({ kind: "doubt", ms: 500 + this.#doors.site.world.random.below(refreshSpreadMs) });
  }

  /** The partner is there again. */
  back(inMs: number): void {
    this.#feed({ kind: "reachable", ms: inMs });
  }

  /** The partner is none any more: whom it was about is not to be seen. */
  abandon(): void {
    this.forget();
    this.#rekey(undefined);
    this.#doors.told(this, "unknown");
    this.#doors.ended(this);
  }

  /** Without another word: the node stops. */
  forget(): void {
    for (const alarm of Object.values(this.#alarms)) this.#doors.site.wheel.clear(alarm);
    if (this.#state.waits) this.#doors.waits(this, false);
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
    const { waits } = this.#state;
    this.#state = taken.next;
    if (this.#state.waits !== waits) this.#doors.waits(this, this.#state.waits);
    this.#carryOut(taken.effects, message, request);
    this.#keep();
  }

  /** Where what the store has would not do after a restart. The other side's CSeq may be an old one there. */
  #keep(): void {
    const { at, standing } = this.#state;
    if (at === "left" || at === "leaving" || at === "withdrawing") {
      if (this.#kept !== undefined) this.#doors.keep(this, undefined);
      this.#kept = undefined;
      return;
    }
    const dialog = this.#dialog;
    const kept = this.#kept;
    const same =
      kept !== undefined &&
      kept.standing === standing &&
      kept.dialog?.target === dialog?.target &&
      kept.dialog?.remoteTag === dialog?.remoteTag &&
      kept.dialog?.callId === dialog?.callId &&
      kept.dialog?.remote === dialog?.remote &&
      kept.dialog?.routes === dialog?.routes &&
      (dialog?.localSeq ?? 0) <= kept.seq;
    if (same) return;
    this.#kept = { standing, dialog, seq: (dialog?.localSeq ?? 0) + cseqAhead };
    this.#doors.keep(this, { standing, dialog, expiresAt: this.#expiresAt });
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
        case "blank":
          this.#doors.blank(this);
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
        from: `<${this.from}>;tag=${tag}${this.#epid}`,
        to: `<${this.#to}>`,
        callId: transactions.token(),
        cseq: 1,
      };
      this.#rekey(`${this.#sent.callId}\n${tag}\n`);
    } else this.#dialog = advanced(this.#dialog);
    const sent = this.#sent;
    const dialog = this.#dialog;
    const headers = `Event: presence\r\nAccept: application/pidf+xml\r\nExpires: ${expires}\r\n`;
    const send: Send = (flow, trying) => {
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
        trying.asker({ answered: (status, answer) => this.#answered(status, answer, sent) }),
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
    if (answer !== undefined && status < 300) {
      this.#expiresAt = this.#doors.site.world.clock.now() + (answer.expires ?? this.#state.expires) * 1_000;
      this.#kept = undefined; // once for each refresh
    }
    this.#feed(
      {
        kind: "response",
        status,
        lost: answer === undefined && status === 503,
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
