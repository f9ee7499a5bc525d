import { Alarm } from "../base/wheel.ts";
import { personIn, readParameters } from "./address-text.ts";
import type { Dialog } from "./dialog.ts";
import type { Edge, Heard, Incoming } from "./edge.ts";
import type { Persona } from "./persona.ts";
import { readLikeSipe, type Shown } from "./pidf-dialect.ts";
import { type HeaderLine, lineOf, valuesOf, type WireMessage } from "./wire-message.ts";

/** One of our people watching one of theirs. */
export type Watch = {
  readonly persona: Persona;
  /** "bob@ours.example" */
  readonly whom: string;
  dialog: Dialog;
  /** Of Subscription-State, or what became of the SUBSCRIBE. */
  state: "asked" | "active" | "pending" | "terminated" | "refused" | "ended";
  /** Final status of the last SUBSCRIBE; 0: none yet. */
  status: number;
  shown: Shown | undefined;
  notifies: number;
  expires: number;
  /** CSeq of the last document. */
  lastCseq: number;
  readonly refresh: Alarm;
};

const askedSeconds = 3_600;

/** Accept and options of a Microsoft client (sip-wire 2.3). */
const asked: readonly HeaderLine[] = [
  ["Event", "presence"],
  [
    "Accept",
    "application/msrtc-event-categories+xml, application/xpidf+xml, text/xml+msrtc.pidf, application/pidf+xml, application/rlmi+xml, multipart/related",
  ],
  ["Supported", "com.microsoft.autoextend"],
  ["Supported", "ms-benotify"],
  ["Proxy-Require", "ms-benotify"],
  ["Supported", "ms-piggyback-first-notify"],
];
const askedPlainly: readonly HeaderLine[] = [
  ["Event", "presence"],
  ["Accept", "application/pidf+xml"],
];

/** The half that asks for the presence of the other side's people. */
export class Watching {
  readonly #edge: Edge;
  readonly #watches = new Map<string, Watch>();

  constructor(edge: Edge) {
    this.#edge = edge;
  }

  of(persona: Persona): readonly Watch[] {
    return [...this.#watches.values()].filter((watch) => watch.persona === persona);
  }

  /** Begins to watch; again when it was watched already. */
  begin(persona: Persona, whom: string): void {
    this.end(persona, whom);
    this.#ask(persona, whom, askedSeconds);
  }

  end(persona: Persona, whom: string): void {
    const watch = this.#watches.get(keyOf(persona, whom));
    if (watch === undefined) return;
    this.#edge.parts.wheel.clear(watch.refresh);
    if (watch.state === "active" || watch.state === "pending" || watch.state === "asked") this.#subscribe(watch, 0);
  }

  /** The other side's NOTIFY or BENOTIFY; false when it belongs to no watch. */
  onNotify({ request, dialog, answer }: Incoming): boolean {
    const watch = [...this.#watches.values()].find((each) => each.dialog === dialog);
    const { violations } = this.#edge.parts;
    if (watch === undefined) return false;
    if (request.method === "BENOTIFY") violations.add("R11", "BENOTIFY although it was not agreed on", dialog?.callId);
    const said = lineOf(request, "subscription-state");
    const state = said.split(/[;\s]/)[0]?.toLowerCase();
    if (watch.state === "ended" && state !== "terminated") {
      answer({ status: 481 });
      return true;
    }
    this.#take(watch, request);
    answer({ status: 200 });
    if (state === "active" || state === "pending") watch.state = state;
    else if (state === "terminated") {
      watch.state = "terminated";
      this.#edge.parts.wheel.clear(watch.refresh);
      this.#edge.forget(watch.dialog);
    } else violations.add("R22", `Subscription-State: ${state ?? ""}`, watch.dialog.callId);
    return true;
  }

  /** All dialogs are gone, as after a restart; what was shown stays. */
  restart(): void {
    for (const watch of this.#watches.values()) this.#edge.parts.wheel.clear(watch.refresh);
    this.#watches.clear();
  }

  #ask(persona: Persona, whom: string, expires: number): void {
    const key = keyOf(persona, whom);
    const before = this.#watches.get(key);
    const dialog = this.#edge.newDialog(persona, `sip:${whom}`);
    const refresh = new Alarm(() => this.#subscribe(watch, askedSeconds));
    const watch: Watch = {
      persona,
      whom,
      dialog,
      state: "asked",
      status: 0,
      shown: before?.shown,
      notifies: 0,
      expires: 0,
      lastCseq: -1,
      refresh,
    };
    this.#watches.set(key, watch);
    this.#subscribe(watch, expires);
  }

  #subscribe(watch: Watch, expires: number): void {
    const { profile } = this.#edge.parts;
    const contact = this.#edge.contact(watch.persona);
    const { dialog } = watch;
    const headers: HeaderLine[] = [...(profile.microsoft ? asked : askedPlainly), ["Expires", String(expires)]];
    if (expires === 0) watch.state = "ended";
    this.#edge.send({ method: "SUBSCRIBE", dialog, contact, headers }, (heard) =>
      this.#answered(watch, expires, heard),
    );
  }

  #answered(watch: Watch, expires: number, heard: Heard): void {
    const { violations, wheel } = this.#edge.parts;
    if (heard === "lost" || heard === "timeout") {
      if (expires > 0) wheel.set(watch.refresh, 5_000);
      return;
    }
    const { status } = heard;
    if (status < 200) return;
    watch.status = status;
    const { callId } = watch.dialog;
    if (expires === 0) return;
    if (status < 300) {
      const granted = Number(lineOf(heard, "expires")) || 0;
      if (granted > expires) violations.add("2.3", `Expires: ${granted} where ${expires} was asked`, callId);
      if (heard.body.length > 0) violations.add("R22", "a body in the 200 to SUBSCRIBE", callId);
      if (lineOf(heard, "ms-piggyback-cseq") !== "") violations.add("2.3", "ms-piggyback-cseq was sent", callId);
      const agreed = valuesOf(heard, "supported");
      if (agreed.includes("ms-benotify")) violations.add("R11", "ms-benotify was agreed to", callId);
      watch.expires = granted;
      if (granted > 0) wheel.set(watch.refresh, granted * 800);
      return;
    }
    this.#edge.forget(watch.dialog);
    wheel.clear(watch.refresh);
    const least = Number(lineOf(heard, "min-expires")) || 0;
    if (status === 423 && least > expires) this.#ask(watch.persona, watch.whom, least);
    else if (status === 481) this.#ask(watch.persona, watch.whom, askedSeconds);
    else watch.state = "refused";
  }

  #take(watch: Watch, request: WireMessage) {
    const { violations } = this.#edge.parts;
    const { callId } = watch.dialog;
    watch.notifies++;
    if (lineOf(request, "event").split(";")[0]?.trim() !== "presence") {
      violations.add("RFC 6665", "NOTIFY of another event", callId);
    }
    if (request.body.length === 0) return;
    const type = lineOf(request, "content-type");
    if (!/^application\/pidf\+xml$/i.test(type.split(";")[0]?.trim() ?? "")) {
      return violations.add("2.1", `a document of type ${type.slice(0, 60)}`, callId);
    }
    if (readParameters(type).size > 0) violations.add("R22", "parameters on application/pidf+xml", callId);
    const shown = readLikeSipe(request.body);
    if (shown === undefined) return violations.add("R14", "a presence document that cannot be read", callId);
    if (shown.basic !== "open" && shown.basic !== "closed") {
      violations.add("R14", `<basic> is neither open nor closed, byte for byte`, callId);
    }
    if (personIn(shown.entity) !== watch.whom)
      violations.add("R13", "entity is no URI of the person who is watched", callId);
    watch.shown = shown;
  }
}

function keyOf(persona: Persona, whom: string): string {
  return `${persona.name} ${whom}`;
}
