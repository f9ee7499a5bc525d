import { Alarm, type Wheel } from "../base/wheel.ts";
import type { Dialog } from "./dialog.ts";
import type { MsrpEnd } from "./msrp-end.ts";
import type { Persona } from "./persona.ts";

/** A text somebody of theirs wrote to one of ours. */
export type HeardText = {
  /** "bob@ours.example" */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly contentType: string;
  readonly callId: string;
  readonly at: number;
};

/** A text of ours and what became of it. */
export type SaidText = {
  readonly to: string;
  readonly text: string;
  readonly contentType: string;
  readonly body: string;
  readonly at: number;
  /** Final status of its MESSAGE (of the INVITE where that failed); 0: waits, -1: no answer. */
  status: number;
  /** Of a text outside any session. */
  callId?: string;
  /** The status of a report over MSRP; 0 before one comes. */
  reported?: number;
  /** What a Microsoft user reads (sip-wire 4.1); "" when it was delivered or still waits. */
  words: string;
};

/** One IM session: a dialog that an INVITE opened. */
export type Session = {
  readonly persona: Persona;
  /** "bob@ours.example" */
  readonly whom: string;
  readonly dialog: Dialog;
  readonly openedBy: "us" | "them";
  state: "inviting" | "ringing" | "unconfirmed" | "up" | "over";
  /** CSeq of the INVITE, for ACK and CANCEL. */
  inviteCseq: number;
  readonly waiting: SaidText[];
  typing: "type" | "idle" | "";
  /** When nothing has been said for long (I-12). */
  readonly idle: Alarm;
  /** When their ACK does not come. */
  readonly unconfirmed: Alarm;
  /** The other 200 of a fork (I-2). */
  isFork: boolean;
  /** Our end of its session of MSRP; undefined: texts are MESSAGEs in the dialog. */
  msrp: MsrpEnd | undefined;
};

const overKept = 100;

/** All IM sessions, and all texts that were heard and said. */
export class Sessions {
  readonly list: Session[] = [];
  readonly heard: HeardText[] = [];
  readonly said = new Map<Persona, SaidText[]>();
  /** Who types to whom, by "alice bob@ours.example". */
  readonly typing = new Map<string, "type" | "idle">();
  readonly #wheel: Wheel;

  /** What else ends with a session. */
  whenOver: (session: Session) => void = () => {};

  constructor(wheel: Wheel) {
    this.#wheel = wheel;
  }

  of(dialog: Dialog | undefined): Session | undefined {
    return this.list.find((session) => session.dialog === dialog);
  }

  /** The newest living session of a pair. */
  between(persona: Persona, whom: string): Session | undefined {
    return this.list.findLast(
      (each) => each.persona === persona && each.whom === whom && each.state !== "over" && !each.isFork,
    );
  }

  open(
    parts: Pick<Session, "persona" | "whom" | "dialog" | "openedBy" | "state">,
    rings: { readonly idle: (session: Session) => void; readonly unconfirmed: (session: Session) => void },
  ): Session {
    const session: Session = {
      ...parts,
      inviteCseq: 0,
      waiting: [],
      typing: "",
      idle: new Alarm(() => rings.idle(session)),
      unconfirmed: new Alarm(() => rings.unconfirmed(session)),
      isFork: false,
      msrp: undefined,
    };
    this.list.push(session);
    const over = this.list.filter(({ state }) => state === "over");
    if (over.length > overKept) this.list.splice(this.list.indexOf(over[0] as Session), 1);
    return session;
  }

  /** Puts off the end of silence; 0 seconds: it never ends. */
  stir(session: Session, seconds: number): void {
    if (seconds > 0) this.#wheel.set(session.idle, seconds * 1_000);
    else this.#wheel.clear(session.idle);
  }

  over(session: Session): void {
    session.state = "over";
    this.whenOver(session);
    this.#wheel.clear(session.idle);
    this.#wheel.clear(session.unconfirmed);
  }

  /** All sessions are gone, as after a restart; what was said stays. */
  restart(): void {
    for (const session of this.list) this.over(session);
  }
}
