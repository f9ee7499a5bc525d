import type { Edge, Heard } from "./edge.ts";
import {
  type BodyForm,
  bodyOf,
  firstText,
  isComposing,
  keyboardActivity,
  offersMessages,
  sdpOf,
  wordsOf,
} from "./message-body.ts";
import type { MsrpHearing } from "./msrp-hearing.ts";
import type { Persona } from "./persona.ts";
import type { SaidText, Session, Sessions } from "./sessions.ts";
import { type HeaderLine, valuesOf, type WireMessage } from "./wire-message.ts";

/** How our people open sessions, say things in them and end them (sip-wire 3.1 to 3.5). */
export class Speaking {
  readonly #edge: Edge;
  readonly #sessions: Sessions;
  readonly #msrp: MsrpHearing;

  constructor(edge: Edge, sessions: Sessions, msrp: MsrpHearing) {
    this.#edge = edge;
    this.#sessions = sessions;
    this.#msrp = msrp;
  }

  /** Says something: in the session there is, else in a new one. */
  say(persona: Persona, to: string, text: string, form: BodyForm = "plain"): SaidText {
    const { profile, quirks } = this.#edge.parts;
    const { contentType, body } = profile.microsoft ? bodyOf(text, form) : { contentType: "text/plain", body: text };
    const said: SaidText = {
      to,
      text,
      contentType,
      body,
      at: this.#edge.parts.doors.clock.now(),
      status: 0,
      words: "",
    };
    const all = this.#sessions.said.get(persona) ?? [];
    all.push(said);
    this.#sessions.said.set(persona, all);
    if (quirks["page-mode"] !== 0) {
      this.#page(persona, said);
      return said;
    }
    const session = this.#sessions.between(persona, to) ?? this.#invite(persona, to, text);
    session.waiting.push(said);
    if (session.state === "up" || session.state === "unconfirmed") this.#flush(session);
    return said;
  }

  /** Within the session there is, as this kind of server does; without one nothing is sent, but of texts by themselves. */
  type(persona: Persona, to: string, status: "type" | "idle"): boolean {
    const session = this.#sessions.between(persona, to);
    const composing = { method: "MESSAGE", contentType: "application/im-iscomposing+xml", body: isComposing(status) };
    if (session?.state !== "up") {
      if (this.#edge.parts.quirks["page-mode"] === 0) return false;
      const dialog = this.#edge.newDialog(persona, `sip:${to}`);
      this.#edge.send({ ...composing, dialog, uri: dialog.remoteUri }, () => this.#edge.forget(dialog));
      return true;
    }
    if (session.msrp !== undefined) {
      const ignored = { answered: () => {}, reported: () => {} };
      session.msrp.send(composing.contentType, composing.body, ignored);
      return true;
    }
    const info = { method: "INFO", contentType: "application/xml", body: keyboardActivity(status) };
    const typing = this.#edge.parts.profile.microsoft ? info : composing;
    this.#edge.send({ ...typing, dialog: session.dialog, contact: this.#edge.contact(persona) }, (heard) =>
      this.#mayEnd(session, heard),
    );
    return true;
  }

  /** Ends the session of a pair with BYE; false when there is none. */
  bye(session: Session | undefined): boolean {
    if (session === undefined || session.state === "over") return false;
    this.#sessions.over(session);
    const { dialog } = session;
    this.#edge.send({ method: "BYE", dialog }, (heard) => {
      if (typeof heard === "string" || heard.status >= 200) this.#edge.forget(dialog);
    });
    return true;
  }

  /** INVITE within the session, as a session timer does (sip-wire 1.6). */
  refresh(session: Session): void {
    const { dialog, persona } = session;
    this.#edge.send(
      this.#offer(persona, dialog.remoteUri, session, [["Session-Expires", "1800;refresher=uac"]]),
      (heard) => {
        if (typeof heard === "string" || heard.status < 200) return;
        if (heard.status < 300) this.#ack(session, dialog.cseq);
        if (heard.status >= 300) {
          this.#edge.parts.violations.add("1.6", `${heard.status} to an INVITE within the session`, dialog.callId);
        } else if (session.msrp === undefined && !offersMessages(heard.body.toString())) {
          this.#edge.parts.violations.add("1.6", "no session description in the answer to an INVITE", dialog.callId);
        }
      },
    );
  }

  readonly rings = {
    idle: (session: Session): void => void this.bye(session),
    unconfirmed: (session: Session): void => {
      if (session.state !== "unconfirmed") return;
      this.#edge.parts.violations.add(
        "RFC 3261 §13.2.2.4",
        "the 200 to INVITE was not acknowledged",
        session.dialog.callId,
      );
      this.bye(session);
    },
  };

  /** Sends what waits. */
  #flush(session: Session): void {
    for (const said of session.waiting.splice(0)) {
      const { contentType, body } = said;
      this.#sessions.stir(session, this.#edge.parts.quirks["idle-bye"]);
      if (session.msrp !== undefined) {
        this.#msrp.say(session.msrp, said);
        continue;
      }
      this.#edge.send({ method: "MESSAGE", dialog: session.dialog, contentType, body }, (heard) => {
        if (typeof heard !== "string" && heard.status < 200) return;
        said.status = typeof heard === "string" ? -1 : heard.status;
        if (said.status >= 300 || said.status < 0) said.words = wordsOf(said.status);
        this.#mayEnd(session, heard);
      });
    }
  }

  /** RFC 3428: no session, each in a dialog that never is one. */
  #page(persona: Persona, said: SaidText): void {
    const { quirks, options } = this.#edge.parts;
    const own = `${persona.name}@${options.domain}`;
    const last = this.#sessions.heard.findLast(({ from, to }) => from === said.to && to === own);
    const callId = quirks["page-answers"] === 0 ? undefined : last?.callId;
    const dialog = this.#edge.newDialog(persona, `sip:${said.to}`, callId);
    said.callId = dialog.callId;
    const { contentType, body } = said;
    this.#edge.send({ method: "MESSAGE", dialog, uri: dialog.remoteUri, contentType, body }, (heard) => {
      if (typeof heard !== "string" && heard.status < 200) return;
      said.status = typeof heard === "string" ? -1 : heard.status;
      this.#edge.forget(dialog);
    });
  }

  #invite(persona: Persona, to: string, text: string): Session {
    const { quirks, doors } = this.#edge.parts;
    const dialog = this.#edge.newDialog(persona, `sip:${to}`);
    const session = this.#sessions.open({ persona, whom: to, dialog, openedBy: "us", state: "inviting" }, this.rings);
    this.#msrp.open(session);
    const headers: HeaderLine[] = [
      ["Supported", "ms-sender, timer, gruu-10, ms-early-media"],
      ["Ms-Conversation-ID", String(doors.random.below(2 ** 31))],
    ];
    if (quirks["first-text-in-invite"] !== 0) headers.push(["ms-text-format", firstText(text)]);
    this.#edge.send(this.#offer(persona, dialog.remoteUri, session, headers), (heard) => this.#invited(session, heard));
    return session;
  }

  #offer(persona: Persona, uri: string, { dialog, msrp }: Session, headers: readonly HeaderLine[]) {
    const { profile } = this.#edge.parts;
    const body =
      msrp === undefined
        ? sdpOf("192.0.2.44", 5060, profile.media === "msrp" ? "message" : profile.media, "null", profile.acceptTypes)
        : this.#msrp.talk.describe(msrp);
    const contact = this.#edge.contact(persona);
    const inside = dialog.remoteTag === "" ? { uri } : {};
    return { method: "INVITE", dialog, contact, headers, contentType: "application/sdp", body, ...inside };
  }

  #invited(session: Session, heard: Heard) {
    const { violations } = this.#edge.parts;
    const { dialog } = session;
    if (typeof heard === "string") return this.#failed(session, -1);
    if (heard.status < 200) {
      session.state = session.state === "inviting" ? "ringing" : session.state;
      return;
    }
    session.inviteCseq = dialog.cseq;
    if (heard.status >= 300) return this.#failed(session, heard.status);
    if (this.#edge.parts.quirks["no-ack"] !== 0) return;
    this.#ack(session, session.inviteCseq);
    if (session.state === "over") {
      this.#giveUp(session, 481);
      return void this.bye({ ...session, state: "up" });
    }
    const description = heard.body.toString();
    const agreed =
      session.msrp === undefined ? offersMessages(description) : this.#msrp.talk.agree(session.msrp, description, true);
    if (!agreed) violations.add("3.1", "the 200 to INVITE describes no messages", dialog.callId);
    session.state = "up";
    if (this.#tookFirst(heard)) {
      const [first] = session.waiting;
      if (first !== undefined) {
        session.waiting.shift();
        first.status = heard.status;
      }
    }
    this.#sessions.stir(session, this.#edge.parts.quirks["idle-bye"]);
    this.#flush(session);
  }

  /** R16: they said that the text of the INVITE was shown; then it is not said again. */
  #tookFirst(response: WireMessage): boolean {
    return (
      this.#edge.parts.quirks["first-text-in-invite"] !== 0 &&
      valuesOf(response, "supported").includes("ms-text-format")
    );
  }

  #ack({ dialog }: Session, cseq: number): void {
    this.#edge.send({ method: "ACK", dialog, cseq });
  }

  #failed(session: Session, status: number): void {
    this.#sessions.over(session);
    this.#edge.forget(session.dialog);
    this.#giveUp(session, status);
  }

  #giveUp({ waiting }: Session, status: number): void {
    for (const said of waiting.splice(0)) {
      said.status = status;
      said.words = wordsOf(status);
    }
  }

  /** R18: these end the session on our side as well; the next text opens a new one. */
  #mayEnd(session: Session, heard: Heard): void {
    if (typeof heard === "string" || ![408, 480, 481].includes(heard.status)) return;
    if (heard.status === 481) {
      this.#sessions.over(session);
      this.#edge.forget(session.dialog);
    } else this.bye(session);
  }
}
