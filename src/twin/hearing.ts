import { Alarm } from "../base/wheel.ts";
import { readDocument } from "../xml/document.ts";
import { elements } from "../xml/element.ts";
import { readParameters } from "./address-text.ts";
import { diagnostic } from "./diagnostics.ts";
import type { Edge, Incoming } from "./edge.ts";
import { composingIn, offersMessages, sdpOf, shownText } from "./message-body.ts";
import type { MsrpHearing } from "./msrp-hearing.ts";
import { readMsrpSaid } from "./msrp-sdp.ts";
import type { Persona } from "./persona.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { Speaking } from "./speaking.ts";
import { cseqOf, lineOf, valuesOf } from "./wire-message.ts";

const charactersMax = 8_000;
const ackMs = 32_000;
const forkMs = 5_000;
const documentLimits = { bytesMax: 16_384, depthMax: 16, attributesMax: 32 };
const multiparty = "com.microsoft.rtc-multiparty";

/** How our people take what is said to them: sessions that the other side opens, texts, typing, ends. */
export class Hearing {
  readonly #edge: Edge;
  readonly #sessions: Sessions;
  readonly #speaking: Speaking;
  readonly #msrp: MsrpHearing;
  /** INVITEs that wait for their slow 200, by Call-ID. */
  readonly #slow = new Map<string, { readonly alarm: Alarm; readonly incoming: Incoming }>();
  #messages = 0;
  #drop: () => void = () => {};

  constructor(edge: Edge, sessions: Sessions, speaking: Speaking, msrp: MsrpHearing) {
    this.#msrp = msrp;
    this.#edge = edge;
    this.#sessions = sessions;
    this.#speaking = speaking;
  }

  /** What is done when the quirk says that all connections die. */
  whenToDrop(drop: () => void): void {
    this.#drop = drop;
  }

  onInvite(incoming: Incoming) {
    const { request, answer, dialog, persona } = incoming;
    const { profile, quirks, violations, wheel } = this.#edge.parts;
    const callId = lineOf(request, "call-id");
    if (valuesOf(request, "require").includes(multiparty)) {
      violations.add("I-7", "a conversation of more than two was asked for", callId);
      const refused = profile.multiparty === 420 ? ([["Unsupported", multiparty]] as const) : [];
      return answer({ status: profile.multiparty, headers: refused });
    }
    if (/ms-body=/i.test(lineOf(request, "ms-text-format"))) violations.add("3.2", "a text within INVITE", callId);
    const type = lineOf(request, "content-type").split(";")[0]?.trim().toLowerCase();
    if (request.body.length > 0 && (type !== "application/sdp" || !this.#offers(request.body.toString()))) {
      violations.add("3.1", "INVITE that offers no messages", callId);
      return answer({ status: 488 });
    }
    if (dialog !== undefined) return this.#takeAgain(incoming);
    if (persona === undefined) return answer({ status: 404, diagnostics: diagnostic(1003) });
    if (quirks["invite-status"] > 0)
      return answer({ status: quirks["invite-status"], diagnostics: diagnostic(quirks.diagnostics) });
    if (persona.state === "offline") return answer({ status: 480, diagnostics: diagnostic(15) });
    answer({ status: 100 });
    const seconds = quirks["slow-200"];
    if (seconds === 0) return this.#accept(incoming, persona);
    answer({ status: 180 });
    const alarm = new Alarm(() => {
      this.#slow.delete(callId);
      this.#accept(incoming, persona);
    });
    this.#slow.set(callId, { alarm, incoming });
    wheel.set(alarm, seconds * 1_000);
  }

  #offers(sdp: string): boolean {
    const offers = offersMessages(sdp);
    return this.#edge.parts.profile.media === "msrp" ? offers || readMsrpSaid(sdp).said !== undefined : offers;
  }

  onAck({ dialog }: Incoming): void {
    const session = this.#sessions.of(dialog);
    if (session?.state !== "unconfirmed") return;
    session.state = "up";
    this.#edge.parts.wheel.clear(session.unconfirmed);
    this.#sessions.stir(session, this.#edge.parts.quirks["idle-bye"]);
  }

  onCancel({ request, answer }: Incoming) {
    const callId = lineOf(request, "call-id");
    const slow = this.#slow.get(callId);
    if (slow === undefined) return answer({ status: 481 });
    this.#slow.delete(callId);
    this.#edge.parts.wheel.clear(slow.alarm);
    answer({ status: 200 });
    slow.incoming.answer({ status: 487 });
  }

  onMessage(incoming: Incoming) {
    const { request, answer, dialog, peer } = incoming;
    const { violations, quirks, doors } = this.#edge.parts;
    const session = this.#sessions.of(dialog);
    if (session === undefined && dialog === undefined && this.#edge.parts.profile.takesPages)
      return this.#page(incoming);
    if (session === undefined) {
      violations.add("R15", "MESSAGE outside a session", lineOf(request, "call-id"));
      return answer({
        status: 405,
        headers: [["Allow", allowed]],
        diagnostics: diagnostic(1027),
      });
    }
    this.#messages++;
    if (quirks["drop-after-messages"] > 0 && this.#messages >= quirks["drop-after-messages"]) {
      this.#messages = 0;
      quirks["drop-after-messages"] = 0;
      return this.#drop();
    }
    if (quirks["silent-message"] !== 0) return;
    if (quirks["message-status"] > 0) return this.#refuse(incoming, quirks["message-status"], session);
    if (this.#isTyping(incoming, session.persona)) return;
    const contentType = lineOf(request, "content-type");
    const { callId } = session.dialog;
    if (request.body.length === 0) {
      violations.add("3.3", "a MESSAGE without a body", callId);
      return answer({ status: 200 });
    }
    const text = shownText(contentType, request.body);
    if (text === undefined) {
      violations.add("3.3", `a MESSAGE of type ${contentType.split(";")[0]?.slice(0, 60)}`, callId);
      return answer({ status: 415, headers: [["Accept", "text/plain, text/html"]] });
    }
    if (quirks["late-failure"] > 0) return this.#failsLater(incoming, quirks["late-failure"]);
    if (readParameters(contentType).has("msgr")) violations.add("3.3", "msgr of our own was sent back", callId);
    if ([...text].length > charactersMax) violations.add("I-9", `a text of over ${charactersMax} characters`, callId);
    const to = `${session.persona.name}@${this.#edge.parts.options.domain}`;
    this.#sessions.heard.push({ from: peer, to, text, contentType, callId, at: doors.clock.now() });
    this.#sessions.typing.delete(`${session.persona.name} ${peer}`);
    this.#sessions.stir(session, quirks["idle-bye"]);
    answer({ status: 200 });
  }

  /** A server has it, and finds that nobody takes it ([MS-CONFIM]). */
  #failsLater({ answer, dialog, persona }: Incoming, how: number): void {
    const id = this.#edge.parts.doors.random.id();
    answer({ status: 202, headers: [["Message-Id", id]] });
    if (dialog === undefined || persona === undefined) return;
    const body = `<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>${id}</message-id><recipient uri="${persona.uri}"><status>408</status></recipient></imdn>`;
    const told = { dialog, contact: this.#edge.contact(persona), contentType: "application/ms-imdn+xml", body };
    if (how === 3) this.#edge.send({ ...told, method: "BENOTIFY" });
    else {
      this.#edge.send({ ...told, method: how === 1 ? "MESSAGE" : "NOTIFY" }, (heard) => {
        if (typeof heard !== "string" && heard.status >= 300)
          this.#edge.parts.violations.add("3.5", `${heard.status} to what became of a text`, dialog.callId);
      });
    }
  }

  /** RFC 3428: a text by itself. */
  #page(incoming: Incoming) {
    const { request, answer, peer, persona } = incoming;
    const { doors, quirks, options } = this.#edge.parts;
    const contentType = lineOf(request, "content-type");
    if (persona === undefined) return answer({ status: 404 });
    if (quirks["message-status"] > 0) return answer({ status: quirks["message-status"] });
    if (this.#isTyping(incoming, persona)) return;
    const text = shownText(contentType || "text/plain", request.body);
    if (text === undefined) return answer({ status: 415, headers: [["Accept", "text/plain, text/html"]] });
    const to = `${persona.name}@${options.domain}`;
    const callId = lineOf(request, "call-id");
    this.#sessions.heard.push({ from: peer, to, text, contentType, callId, at: doors.clock.now() });
    answer({ status: 200 });
  }

  /** Typing as all but Microsoft's tell it (RFC 3994); true when this was that. */
  #isTyping({ request, answer, peer }: Incoming, persona: Persona): boolean {
    const { profile, violations } = this.#edge.parts;
    if (profile.microsoft || !lineOf(request, "content-type").startsWith("application/im-iscomposing+xml"))
      return false;
    const state = composingIn(request.body.toString());
    if (state === undefined) violations.add("RFC 3994", "an is-composing document that cannot be read");
    else this.#sessions.typing.set(`${persona.name} ${peer}`, state);
    answer({ status: state === undefined ? 400 : 200 });
    return true;
  }

  onInfo(incoming: Incoming) {
    const { request, answer, dialog, peer } = incoming;
    const { violations, quirks } = this.#edge.parts;
    const session = this.#sessions.of(dialog);
    if (session === undefined) return answer({ status: 481 });
    if (quirks["info-status"] > 0) return this.#refuse(incoming, quirks["info-status"], session);
    const type = lineOf(request, "content-type").split(";")[0]?.trim().toLowerCase();
    const read = readDocument(request.body, documentLimits);
    const root = read.ok ? read.value : undefined;
    const status = root === undefined ? undefined : elements(root).find(({ name }) => name === "status")?.attrs.status;
    if (type !== "application/xml" || root?.name !== "KeyboardActivity") {
      violations.add("3.4", "INFO that is not KeyboardActivity", session.dialog.callId);
      return answer({ status: 415 });
    }
    if (status === "type" || status === "idle") this.#sessions.typing.set(`${session.persona.name} ${peer}`, status);
    else violations.add("3.4", "KeyboardActivity neither type nor idle", session.dialog.callId);
    answer({ status: 200 });
  }

  onBye({ answer, dialog }: Incoming) {
    const session = this.#sessions.of(dialog);
    if (session === undefined || dialog === undefined) return answer({ status: 481 });
    this.#sessions.over(session);
    answer({ status: 200 });
    this.#edge.forget(dialog);
  }

  onOptions({ answer, persona }: Incoming): void {
    const { profile } = this.#edge.parts;
    const body = sdpOf("192.0.2.44", 5060, profile.media, persona?.uri ?? "null", profile.acceptTypes);
    answer({ status: 200, headers: [["Allow", allowed]], contentType: "application/sdp", body });
  }

  #accept(incoming: Incoming, persona: Persona): void {
    const { quirks, wheel, violations } = this.#edge.parts;
    const first = this.#open(incoming, persona);
    if (quirks["two-200s"] === 0) return;
    // I-2: the caller keeps the first, and ends the other with ACK and BYE.
    const second = this.#open(incoming, persona);
    second.isFork = true;
    const late = new Alarm(() => {
      if (second.state === "unconfirmed")
        violations.add("I-2", "the second 200 was not acknowledged", first.dialog.callId);
      else if (second.state !== "over")
        violations.add("I-2", "the second 200's dialog was not ended", first.dialog.callId);
      if (first.state === "over") violations.add("I-2", "the first 200's dialog was ended", first.dialog.callId);
    });
    wheel.set(late, forkMs);
  }

  #open(incoming: Incoming, persona: Persona): Session {
    const { request, answer } = incoming;
    const { quirks, wheel } = this.#edge.parts;
    const dialog = this.#edge.newDialog(persona, incoming.from.uri, lineOf(request, "call-id"));
    dialog.hear(request);
    dialog.remoteCseq = cseqOf(request).number;
    const session = this.#sessions.open(
      { persona, whom: incoming.peer, dialog, openedBy: "them", state: "unconfirmed" },
      this.#speaking.rings,
    );
    wheel.set(session.unconfirmed, ackMs);
    const body = this.#describe(session, request.body.toString());
    const also = quirks["takes-first-text"] === 0 ? [] : ([["Supported", "ms-text-format"]] as const);
    const contact = quirks["strange-contact"] === 0 ? this.#edge.contact(persona) : "<tel:+15550100>";
    answer({ status: 200, dialog, contact, headers: also, contentType: "application/sdp", body });
    return session;
  }

  /** An INVITE within the session: the same description again (sip-wire 1.6). */
  #takeAgain({ answer, dialog }: Incoming) {
    const session = this.#sessions.of(dialog);
    if (session === undefined) return answer({ status: 481 });
    const body = this.#describe(session);
    answer({ status: 200, contact: this.#edge.contact(session.persona), contentType: "application/sdp", body });
  }

  /** Our description, which answers theirs where that is given. */
  #describe(session: Session, theirs?: string): string {
    const { profile } = this.#edge.parts;
    const said = theirs === undefined ? undefined : readMsrpSaid(theirs).said;
    const end = session.msrp ?? (said === undefined ? undefined : this.#msrp.open(session));
    if (end === undefined) {
      const media = profile.media === "msrp" ? "message" : profile.media;
      return sdpOf("192.0.2.44", 5060, media, session.persona.uri, profile.acceptTypes);
    }
    if (theirs !== undefined) this.#msrp.talk.agree(end, theirs, false);
    return this.#msrp.talk.describe(end, end.theirs?.setup ?? "");
  }

  #refuse({ answer }: Incoming, status: number, session: Session) {
    if (status === 606)
      return answer({ status, headers: [["Warning", '309 contoso "URL filtered"']], diagnostics: diagnostic(16000) });
    answer({ status, diagnostics: diagnostic(this.#edge.parts.quirks.diagnostics) });
    if (![481, 480, 408].includes(status)) return;
    this.#sessions.over(session);
    this.#edge.forget(session.dialog);
  }
}

/** Methods a Microsoft client takes. */
export const allowed = "INVITE, BYE, ACK, CANCEL, INFO, MESSAGE, UPDATE, OPTIONS, SUBSCRIBE, NOTIFY, BENOTIFY";
