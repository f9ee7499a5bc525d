import { Alarm, type Wheel } from "../base/wheel.ts";
import { type AddressText, hostIn, personIn, readAddress } from "./address-text.ts";
import { type Answer, writeAnswer } from "./answer.ts";
import { diagnostic } from "./diagnostics.ts";
import { Dialog, dialogKey } from "./dialog.ts";
import { inspectRequest, inspectResponse } from "./inspect.ts";
import type { Link } from "./link.ts";
import type { Links, LinksOwner } from "./links.ts";
import type { TwinDoors, TwinOptions } from "./options.ts";
import { type Outgoing, type Pen, type Written, writeFailureAck, writeRequest } from "./outgoing.ts";
import { contactOf, type Persona } from "./persona.ts";
import type { Profile } from "./profile.ts";
import type { Quirks } from "./quirk.ts";
import { signedRoutes } from "./route-signature.ts";
import { Throttle } from "./throttle.ts";
import type { Violations } from "./violation.ts";
import { cseqOf, type HeaderLine, lineOf, valuesOf, type WireMessage } from "./wire-message.ts";

/** A request of the other side that has passed the edge. */
export type Incoming = {
  readonly link: Link;
  readonly request: WireMessage;
  readonly dialog: Dialog | undefined;
  readonly from: AddressText;
  /** "bob@ours.example" */
  readonly peer: string;
  /** The person the Request-URI or the dialog means; undefined: nobody here. */
  readonly persona: Persona | undefined;
  answer(answer: Answer): void;
};

/** What became of a request of ours: a response, or no answer at all. */
export type Heard = WireMessage | "timeout" | "lost";

/** A request that is not of the edge's own making: as it is written, and what its answer is judged by. */
export type Passing = Written & {
  readonly method: string;
  readonly callId: string;
  readonly opensDialog: boolean;
};

type Pending = {
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly HeaderLine[];
  readonly opensDialog: boolean;
  readonly callId: string;
  /** Undefined: somebody else's. */
  readonly dialog: Dialog | undefined;
  link: Link;
  readonly timeout: Alarm;
  readonly hear: (heard: Heard) => void;
};

/** What the edge needs of the rest. */
export type EdgeParts = {
  readonly doors: TwinDoors;
  readonly options: TwinOptions;
  readonly wheel: Wheel;
  readonly profile: Profile;
  readonly quirks: Quirks;
  readonly violations: Violations;
  readonly personas: ReadonlyMap<string, Persona>;
  readonly onRequest: (incoming: Incoming) => void;
  /** A request in a dialog that is none of the edge's own: true when it was somebody's else. */
  readonly onStray: (link: Link, request: WireMessage) => boolean;
};

const answerMs = 32_000;
const inviteMs = 180_000;
const openedKept = 1_000;

/** The stand-in's Access Edge: who may pass, routes and their signatures, requests and who waits for their answers. */
export class Edge implements LinksOwner {
  readonly parts: EdgeParts;
  readonly dialogs = new Map<string, Dialog>();
  links: Links | undefined;
  readonly #pending = new Map<string, Pending>();
  /** Requests that must never be answered (R11). */
  readonly #mute = new Set<string>();
  /** Bodies of requests outside dialogs, by what tells these apart (RFC 3261 §8.2.2.2); one may come again. */
  readonly #opened = new Map<string, string>();
  readonly #lastLink = new WeakMap<Dialog, Link>();
  readonly #secret: Uint8Array;
  readonly #throttle: Throttle;

  constructor(parts: EdgeParts) {
    this.parts = parts;
    this.#secret = parts.doors.random.bytes(32);
    this.#throttle = new Throttle(parts.wheel, parts.doors.clock, () => parts.quirks.throttle);
  }

  /** A dialog that is about to begin; `callId` is given where the other side began it. */
  newDialog(persona: Persona, remoteUri: string, callId = this.parts.doors.random.id()): Dialog {
    const { random } = this.parts.doors;
    const localTag = Buffer.from(random.bytes(5)).toString("hex");
    const ownRoutes = this.routes(callId, localTag);
    const ownTarget = this.#contact(persona).uri;
    const dialog = new Dialog({ callId, persona, localTag, remoteUri, ownRoutes, ownTarget });
    this.dialogs.set(dialog.key, dialog);
    return dialog;
  }

  contact(persona: Persona): string {
    return this.#contact(persona).header;
  }

  forget(dialog: Dialog): void {
    this.dialogs.delete(dialog.key);
  }

  /** Sends a request; `hear` is told of each response, or once that none came. Without `hear` none is expected. */
  send(out: Outgoing, hear?: (heard: Heard) => void): void {
    this.#links.withLink((link) => this.#sendOn(link, out, hear), this.#lastLink.get(out.dialog));
  }

  /** Lets out a request that somebody else has written; `hear` as with `send`. */
  pass(passing: Passing, hear?: (heard: Heard) => void): void {
    this.#links.withLink((link) => this.#write(link, passing, undefined, hear));
  }

  /** What the next request is written with. */
  pen(): Pen {
    const { profile, quirks, doors, options } = this.parts;
    const { host, at } = this.#links;
    return { profile, quirks, host, port: at.port, transport: options.transport, id: doors.random.id() };
  }

  onMessage(link: Link, message: WireMessage) {
    if (message.method === "") return this.#onResponse(link, message);
    link.requestsIn++;
    if (message.method === "ACK") return this.#onRequest(link, message);
    const rate = this.#throttle.take(() => {
      if (!link.gone) this.#onRequest(link, message);
    });
    if (rate > 0) this.parts.violations.add("1.3", `over ${rate} messages in a second`, lineOf(message, "call-id"));
  }

  onGone(link: Link): void {
    for (const [key, pending] of this.#pending) {
      if (pending.link !== link) continue;
      this.#settle(key, pending);
      pending.hear("lost");
    }
  }

  get #links(): Links {
    if (this.links === undefined) throw new Error("the edge has no links yet");
    return this.links;
  }

  #contact(persona: Persona) {
    const { host, at } = this.#links;
    const { options, profile } = this.parts;
    return contactOf(persona, profile.contact, { host, port: at.port, transport: options.transport });
  }

  /** The signed route of a dialog, the edge first; none where the profile has none. */
  routes(callId: string, tag: string): readonly string[] {
    const { host, at } = this.#links;
    if (!this.parts.profile.microsoft) return [];
    const strict = this.parts.quirks["strict-route"] !== 0;
    return signedRoutes(
      { secret: this.#secret, host, port: at.port, domain: this.parts.options.domain, strict },
      callId,
      tag,
    );
  }

  #sendOn(link: Link, out: Outgoing, hear: ((heard: Heard) => void) | undefined): void {
    const { method, dialog } = out;
    const opensDialog = dialog.remoteTag === "" && (method === "INVITE" || method === "SUBSCRIBE");
    const written = writeRequest(out, this.pen());
    this.#lastLink.set(dialog, link);
    if (hear === undefined && method === "BENOTIFY") this.#mute.add(`${dialog.callId} ${written.cseq} ${method}`);
    this.#write(link, { ...written, method, callId: dialog.callId, opensDialog }, dialog, hear);
  }

  #write(link: Link, passing: Passing, dialog: Dialog | undefined, hear: ((heard: Heard) => void) | undefined): void {
    const { bytes, cseq, method, callId, ...rest } = passing;
    if (hear !== undefined) {
      const key = `${callId} ${cseq} ${method}`;
      const timeout = new Alarm(() => this.#timedOut(key));
      this.#pending.set(key, { ...rest, method, callId, dialog, link, timeout, hear });
      this.parts.wheel.set(timeout, answerMs);
    }
    link.requestsOut++;
    link.send(bytes);
  }

  #timedOut(key: string): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    this.#settle(key, pending);
    this.parts.violations.add("R21", `${pending.method} got no final answer`, pending.callId);
    pending.hear("timeout");
  }

  #settle(key: string, pending: Pending): void {
    this.#pending.delete(key);
    this.parts.wheel.clear(pending.timeout);
  }

  #onResponse(link: Link, response: WireMessage): void {
    const { violations, wheel, profile } = this.parts;
    const callId = lineOf(response, "call-id");
    const cseq = cseqOf(response);
    const key = `${callId} ${cseq.number} ${cseq.method}`;
    const pending = this.#pending.get(key);
    if (pending === undefined) {
      if (this.#mute.delete(key)) violations.add("R11", "BENOTIFY was answered", callId);
      return;
    }
    const proves = (host: string) => this.#links.proves(link, host);
    for (const [rule, what] of inspectResponse(response, pending, proves, profile.microsoft)) {
      violations.add(rule, what, callId);
    }
    if (response.status < 200) wheel.set(pending.timeout, pending.method === "INVITE" ? inviteMs : answerMs);
    else {
      this.#settle(key, pending);
      if (response.status < 300) pending.dialog?.answered(response);
      else if (pending.method === "INVITE") link.send(writeFailureAck(pending, lineOf(response, "to")));
    }
    pending.hear(response);
  }

  #onRequest(link: Link, request: WireMessage) {
    const { violations, quirks, doors, profile, personas, options } = this.parts;
    const callId = lineOf(request, "call-id");
    const from = readAddress(lineOf(request, "from"));
    const to = readAddress(lineOf(request, "to"));
    const localTag = to.parameters.get("tag");
    const dialog = localTag === undefined ? undefined : this.dialogs.get(dialogKey(callId, localTag));
    const tag = doors.random.id();
    const answer = (given: Answer) => {
      if (request.method === "ACK" || request.method === "BENOTIFY") return;
      link.send(writeAnswer(request, { dialog, ...given }, { profile, quirks, host: this.#links.host, tag }));
    };
    if (request.method === "NEGOTIATE") return answer({ status: 405 });
    const proves = (host: string) => this.#links.proves(link, host);
    // R7: on every request, not only on the first.
    if (!proves(hostIn(from.uri))) {
      violations.add("R7", `From is of ${hostIn(from.uri)}, which the certificate does not prove`, callId);
      return answer({ status: 403, diagnostics: diagnostic(1015) });
    }
    for (const [rule, what] of inspectRequest(request, proves, dialog, profile.microsoft)) {
      violations.add(rule, what, callId);
    }
    if (localTag !== undefined && request.method !== "CANCEL") {
      if (dialog === undefined && this.parts.onStray(link, request)) return;
      const forgotten = doors.random.below(100) < quirks["forgets-dialogs"] && request.method !== "ACK";
      if (dialog === undefined || forgotten) {
        if (dialog !== undefined) this.forget(dialog);
        return answer({ status: 481, diagnostics: diagnostic(1004) });
      }
      if (!this.#isRoutedRight(dialog, request)) {
        violations.add("R3", `Route or Request-URI of ${request.method} did not come back byte for byte`, callId);
        return answer({ status: 481, diagnostics: diagnostic(1004) });
      }
      const { number } = cseqOf(request);
      if (number <= dialog.remoteCseq && request.method !== "ACK") {
        violations.add("RFC 3261 §12.2.2", `CSeq ${number} after ${dialog.remoteCseq}`, callId);
        return answer({ status: 500 });
      }
      dialog.remoteCseq = Math.max(number, dialog.remoteCseq);
      dialog.hear(request);
    } else if (request.method !== "CANCEL") {
      const key = `${callId} ${from.parameters.get("tag")} ${lineOf(request, "cseq")}`;
      const body = request.body.toString("latin1");
      if ((this.#opened.get(key) ?? body) !== body) violations.add("RFC 3261 §8.2.2.2", "two requests are one", callId);
      if (this.#opened.size >= openedKept) this.#opened.clear();
      this.#opened.set(key, body);
      const domain = hostIn(request.uri);
      if (domain !== options.domain && domain !== this.#links.host) {
        return answer({ status: 404, diagnostics: diagnostic(1005) });
      }
      const status = quirks["edge-status"];
      if (status > 0 && request.method !== "ACK")
        return answer({ status, diagnostics: diagnostic(quirks.diagnostics) });
    }
    const persona = dialog?.persona ?? personas.get(personIn(request.uri));
    this.parts.onRequest({ link, request, dialog, from, peer: personIn(from.uri), persona, answer });
  }

  /** R3, R4: our route and our Contact, byte for byte. */
  #isRoutedRight(dialog: Dialog, request: WireMessage): boolean {
    const [edge, ...others] = dialog.ownRoutes;
    const routes = valuesOf(request, "route");
    if (edge === undefined || /;lr[;>]/.test(edge)) {
      return request.uri === dialog.ownTarget && routes.join("\n") === dialog.ownRoutes.join("\n");
    }
    const last = `<${dialog.ownTarget}>`;
    return `<${request.uri}>` === edge && routes.join("\n") === [...others, last].join("\n");
  }
}
