import { hex } from "../base/bytes.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { Endpoint, TlsFacts } from "../base/network.ts";
import { Alarm } from "../base/wheel.ts";
import type { MsrpFlag, MsrpHead } from "../sip/msrp-head.ts";
import { MsrpInbox, type MsrpMessage } from "../sip/msrp-inbox.ts";
import { type MsrpNews, MsrpOutbox } from "../sip/msrp-outbox.ts";
import type { MsrpDescription } from "../sip/msrp-sdp.ts";
import { reportFrame } from "../sip/msrp-write.ts";
import type { Site } from "./site.ts";

/** The connection a session is on, as the session sees it. */
export interface MsrpWay {
  readonly remote: Endpoint;
  readonly tls: TlsFacts | undefined;
  send(bytes: Uint8Array): void;
  /** Answers a request, where its sender wants to hear of it. */
  answer(head: MsrpHead, status: number): void;
  bind(session: MsrpSession): void;
  release(session: MsrpSession): void;
  end(): void;
}

/** Whose session it is. */
export interface MsrpOwner {
  /** Why a connection does not prove to be the other end's; undefined when it does. */
  doubt(connection: MsrpWay, theirs: MsrpDescription): Fault | undefined;
  /** A whole message; `answer` is to be called with its status once that is known. */
  heard(message: MsrpMessage, answer: (status: number) => void): void;
  /** Something moves on it. */
  stirred(): void;
  /** Its connection is gone, or could not be made; nothing more will come of it. */
  broken(why: Fault): void;
}

/** Who wants to know what became of a message. */
export type MsrpSender = {
  readonly taken: () => void;
  readonly arrived: () => void;
  /** RFC 4975 §10; 481 when the session is gone, and why. */
  readonly failed: (status: number, why?: Fault) => void;
};

/** Messages of theirs whose arrival is still to be reported; senders of ours who still wait for a report. */
const awaitedMax = 200;

/** The doors a session needs. */
export type MsrpSessionDoors = {
  readonly site: Site;
  /** Connects to the first hop of a path. */
  readonly dial: (session: MsrpSession, theirs: MsrpDescription) => void;
  readonly ended: (session: MsrpSession) => void;
};

/** One session of MSRP between somebody here and somebody at a partner (RFC 4975 §5.4): what a SIP dialog has agreed on. */
export class MsrpSession {
  /** Nobody can guess it: who knows it has read our session description (RFC 4975 §14.1). */
  readonly id: string;
  /** Our URI. */
  readonly uri: string;
  readonly secure: boolean;
  readonly #doors: MsrpSessionDoors;
  readonly #owner: MsrpOwner;
  readonly #inbox: MsrpInbox;
  readonly #senders = new Map<string, { readonly sender: MsrpSender; taken: boolean }>();
  /** By Message-ID: how many bytes, for the report. */
  readonly #reports = new Map<string, number>();
  readonly #late = new Alarm(() => this.#expire());
  readonly #unbound = new Alarm(() => this.lost(fault("msrp-no-connection", "nobody connected")));
  #theirs: MsrpDescription | undefined;
  #outbox: MsrpOutbox | undefined;
  #connection: MsrpWay | undefined;
  #over = false;

  constructor(doors: MsrpSessionDoors, owner: MsrpOwner, id: string, uri: string, secure: boolean) {
    this.#doors = doors;
    this.#owner = owner;
    this.id = id;
    this.uri = uri;
    this.secure = secure;
    this.#inbox = new MsrpInbox(() => doors.site.settings.limits);
  }

  /** The other end as it described itself, once it has. */
  get theirs(): MsrpDescription | undefined {
    return this.#theirs;
  }

  /** Both have described themselves; we connect, or they do. */
  begin(theirs: MsrpDescription, connects: boolean): void {
    const { site } = this.#doors;
    this.#theirs = theirs;
    this.#outbox = new MsrpOutbox({ to: theirs.path.map(({ text }) => text).join(" "), from: this.uri }, () =>
      this.#token(),
    );
    site.wheel.set(this.#unbound, site.settings.limits.msrpAnswerMs);
    if (connects) this.#doors.dial(this, theirs);
  }

  /** We have connected; the first SEND says for which session (RFC 4975 §5.4). */
  connected(connection: MsrpWay): void {
    if (this.#over) {
      connection.end();
      return;
    }
    const doubt = this.#doubt(connection);
    if (doubt !== undefined) {
      connection.end();
      this.lost(doubt);
      return;
    }
    this.#adopt(connection);
    if (this.#outbox?.waits !== true) connection.send(this.#outbox?.greeting(this.#token()) ?? Buffer.alloc(0));
    this.#pump();
  }

  /** A SEND on a connection that is not known to be this session's: the status to refuse it with, or it is from now on. */
  admits(connection: MsrpWay): number | undefined {
    if (this.#theirs === undefined) return 481;
    if (this.#connection !== undefined) return 506; // RFC 4975 §7.3, §10.10
    const doubt = this.#doubt(connection);
    if (doubt !== undefined) {
      this.lost(doubt);
      return 403;
    }
    this.#adopt(connection);
    this.#pump();
    return undefined;
  }

  /** Whether a request came from the other end, as its description says (RFC 4975 §7.3). */
  isFrom(head: MsrpHead): boolean {
    const [said, agreed] = [head.fromPath.at(-1), this.#theirs?.path.at(-1)];
    // RFC 6714 §5: what is between may have written another host; who knows the session has read the description.
    return said !== undefined && said.session === agreed?.session;
  }

  /** Sends a message once there is a connection. */
  say(contentType: string, body: Uint8Array, successReport: boolean, sender: MsrpSender): void {
    if (this.#over || this.#outbox === undefined) {
      sender.failed(481);
      return;
    }
    const messageId = this.#token();
    const [first] = this.#senders.keys();
    if (this.#senders.size >= awaitedMax && first !== undefined) this.#senders.delete(first);
    this.#senders.set(messageId, { sender, taken: false });
    this.#outbox.add({ messageId, contentType, body, successReport });
    this.#pump();
  }

  /** Somebody here has got a message of theirs; they are told if they wanted to be (RFC 4975 §7.1.2). False: they did not. */
  report(messageId: string): boolean {
    const length = this.#reports.get(messageId);
    if (length === undefined || this.#theirs === undefined) return false;
    this.#reports.delete(messageId);
    this.#connection?.send(
      reportFrame({
        transaction: this.#token(),
        toPath: this.#theirs.path.map(({ text }) => text).join(" "),
        fromPath: this.uri,
        messageId,
        range: `1-${length}/${length}`,
        status: 200,
      }),
    );
    return true;
  }

  end(): void {
    this.#finish();
  }

  /** There is no connection any more, or none can be had. */
  lost(why: Fault): void {
    if (this.#over) return;
    this.#finish(why);
    this.#owner.broken(why);
  }

  begins(head: MsrpHead): void {
    this.#owner.stirred();
    const refused = this.#inbox.begin(head);
    // RFC 4975 §10.5: the sooner it hears, the less it sends.
    if (refused !== undefined) this.#connection?.answer(head, refused);
  }

  body(bytes: Buffer): void {
    this.#inbox.body(bytes);
  }

  ends(head: MsrpHead, flag: MsrpFlag, connection: MsrpWay): void {
    const taken = this.#inbox.end(flag);
    if (taken.kind === "refused") {
      if (!taken.early) connection.answer(head, taken.status);
    } else if (taken.kind === "chunk") connection.answer(head, 200);
    else {
      const { message } = taken;
      if (message.successReport && this.#reports.size < awaitedMax)
        this.#reports.set(message.messageId, message.body.length);
      this.#owner.heard(message, (status) => {
        if (status >= 300) this.#reports.delete(message.messageId);
        connection.answer(head, status);
      });
    }
  }

  answered(response: MsrpHead): void {
    this.#learn(this.#outbox?.answered(response));
    this.#pump();
  }

  reported(report: MsrpHead): void {
    this.#learn(this.#outbox?.reported(report));
    this.#pump();
  }

  #doubt(connection: MsrpWay): Fault | undefined {
    const theirs = this.#theirs;
    const doubt = theirs === undefined ? fault("msrp-no-connection") : this.#owner.doubt(connection, theirs);
    if (doubt === undefined) return undefined;
    const { address } = connection.remote;
    this.#doors.site.log("warn", "MSRP connection not trusted", { address, fault: doubt.code, detail: doubt.detail });
    return doubt;
  }

  #adopt(connection: MsrpWay): void {
    this.#doors.site.wheel.clear(this.#unbound);
    this.#connection = connection;
    connection.bind(this);
  }

  #pump(): void {
    const { clock } = this.#doors.site.world;
    if (this.#connection === undefined || this.#outbox === undefined) return;
    for (let frame = this.#outbox.next(clock.monotonicMs()); frame !== undefined; ) {
      this.#connection.send(frame);
      frame = this.#outbox.next(clock.monotonicMs());
    }
    this.#watch();
  }

  #watch(): void {
    const { site } = this.#doors;
    const oldest = this.#outbox?.oldestMs;
    if (oldest === undefined || this.#late.isSet) return;
    site.wheel.set(
      this.#late,
      Math.max(oldest + site.settings.limits.msrpAnswerMs - site.world.clock.monotonicMs(), 1),
    );
  }

  #expire(): void {
    const { site } = this.#doors;
    const before = site.world.clock.monotonicMs() - site.settings.limits.msrpAnswerMs;
    for (const news of this.#outbox?.expired(before) ?? []) this.#learn(news);
    this.#pump();
  }

  #learn(news: MsrpNews | undefined): void {
    if (news === undefined) return;
    const known = this.#senders.get(news.messageId);
    if (known === undefined) return;
    if (news.kind === "taken") {
      // A relay may still report that it could not pass it on.
      known.taken = true;
      known.sender.taken();
      return;
    }
    this.#senders.delete(news.messageId);
    if (news.kind === "arrived") known.sender.arrived();
    else known.sender.failed(news.status);
  }

  #finish(why?: Fault): void {
    if (this.#over) return;
    this.#over = true;
    const { wheel } = this.#doors.site;
    wheel.clear(this.#late);
    wheel.clear(this.#unbound);
    const connection = this.#connection;
    this.#connection = undefined;
    this.#doors.ended(this);
    connection?.release(this);
    const senders = [...this.#senders.values()];
    this.#senders.clear();
    for (const { sender, taken } of senders) if (!taken) sender.failed(481, why);
  }

  /** An identifier of RFC 4975 §9: letters and digits only. */
  #token(): string {
    return hex(this.#doors.site.world.random.bytes(12));
  }
}
