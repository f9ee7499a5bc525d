import type { Edge } from "./edge.ts";
import { composingIn } from "./message-body.ts";
import type { MsrpEnd } from "./msrp-end.ts";
import type { MsrpTalk } from "./msrp-talk.ts";
import type { SaidText, Session, Sessions } from "./sessions.ts";

/** What a stand-in's people hear and say over MSRP, in words of its sessions. */
export class MsrpHearing {
  readonly talk: MsrpTalk;
  readonly #edge: Edge;
  readonly #sessions: Sessions;
  /** A session has lost its connection: it is ended, but by those who take no notice. */
  whenLost: (session: Session) => void = () => {};

  constructor(edge: Edge, sessions: Sessions, talk: MsrpTalk) {
    this.#edge = edge;
    this.#sessions = sessions;
    this.talk = talk;
    sessions.whenOver = (session) => talk.end(session.msrp);
  }

  /** Gives a session its end, should this partner talk over MSRP. */
  open(session: Session): MsrpEnd | undefined {
    if (this.#edge.parts.profile.media !== "msrp") return undefined;
    session.msrp = this.talk.open({
      onMessage: (type, body) => this.#onMessage(session, type, body),
      onLost: () => {
        if (this.#edge.parts.quirks["msrp-stays"] === 0) this.whenLost(session);
      },
    });
    return session.msrp;
  }

  say(end: MsrpEnd, said: SaidText): void {
    const wraps = this.#edge.parts.quirks["msrp-cpim"] !== 0;
    const cpim = `From: <sip:${this.#edge.parts.options.domain}>\r\nTo: <sip:${said.to}>\r\n\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${said.body}`;
    end.send(wraps ? "message/cpim" : said.contentType, wraps ? cpim : said.body, {
      answered: (status) => {
        said.status = status;
      },
      reported: (status) => {
        said.reported = status;
      },
    });
  }

  /** A whole message: the status to answer with. */
  #onMessage(session: Session, contentType: string, body: Buffer): number {
    const { doors, options, violations, quirks } = this.#edge.parts;
    const { callId } = session.dialog;
    if (quirks["msrp-cpim"] !== 0 && !contentType.startsWith("message/cpim")) return 415;
    let [type = "", text] = [(contentType.split(";")[0] ?? "").trim().toLowerCase(), body.toString()];
    if (type === "message/cpim") {
      const [, head = "", inner = ""] = /^(.*?)\r\n\r\n(.*)$/s.exec(text.replace(/^.*?\r\n\r\n/s, "")) ?? [];
      type = /^content-type: *([^;\r]*)/im.exec(head)?.[1]?.trim().toLowerCase() ?? "";
      text = inner;
    }
    const pair = `${session.persona.name} ${session.whom}`;
    if (type === "application/im-iscomposing+xml") {
      const state = composingIn(text);
      if (state === undefined) violations.add("RFC 3994", "an is-composing document that cannot be read", callId);
      else this.#sessions.typing.set(pair, state);
      return 200;
    }
    if (type !== "text/plain") {
      violations.add("RFC 4975 §8.6", `a message of type ${type.slice(0, 60)}`, callId);
      return 415;
    }
    const to = `${session.persona.name}@${options.domain}`;
    this.#sessions.heard.push({ from: session.whom, to, text, contentType, callId, at: doors.clock.now() });
    this.#sessions.typing.delete(pair);
    this.#sessions.stir(session, quirks["idle-bye"]);
    return 200;
  }
}
