import { Alarm } from "../base/wheel.ts";
import { personIn } from "./address-text.ts";
import type { Answer } from "./answer.ts";
import { writeCategories } from "./categories-dialect.ts";
import { diagnostic } from "./diagnostics.ts";
import type { Dialog } from "./dialog.ts";
import type { Edge, Heard, Incoming } from "./edge.ts";
import type { Persona } from "./persona.ts";
import { writeDialect } from "./pidf-dialect.ts";
import { type HeaderLine, lineOf, valuesOf } from "./wire-message.ts";

/** What one of our people lets somebody see. */
export type Consent = "allow" | "ask" | "block" | "refuse";

export function isConsent(text: unknown): text is Consent {
  return text === "allow" || text === "ask" || text === "block" || text === "refuse";
}

/** One of theirs watching one of ours; or somebody we do not have, who is offline for ever. */
export type Watcher = {
  readonly persona: Persona;
  /** "bob@ours.example" */
  readonly who: string;
  readonly dialog: Dialog;
  /** Milliseconds since 1970. */
  until: number;
  readonly over: Alarm;
};

/** The half that shows our people to the other side. */
export class Watched {
  readonly #edge: Edge;
  readonly #watchers = new Map<Dialog, Watcher>();
  readonly #consents = new Map<string, Consent>();
  readonly #begun: (persona: Persona, who: string) => void;

  /** `begun` is told of everybody who begins to watch. */
  constructor(edge: Edge, begun: (persona: Persona, who: string) => void) {
    this.#edge = edge;
    this.#begun = begun;
  }

  of(persona: Persona): readonly Watcher[] {
    return [...this.#watchers.values()].filter((watcher) => watcher.persona === persona);
  }

  consentOf(persona: Persona, who: string): Consent {
    return this.#consents.get(`${persona.name} ${who}`) ?? this.#consents.get(`${persona.name} *`) ?? "allow";
  }

  /** Lets somebody, or with "*" everybody not named, see one of ours, and tells those who watch. */
  consent(persona: Persona, who: string, consent: Consent): void {
    this.#consents.set(`${persona.name} ${who}`, consent);
    for (const watcher of this.of(persona)) {
      if (who !== "*" && watcher.who !== who) continue;
      if (consent === "refuse") this.#finish(watcher, "rejected");
      else this.#notify(watcher);
    }
  }

  /** Tells all who watch that a person has changed. */
  changed(persona: Persona): void {
    for (const watcher of this.of(persona)) this.#notify(watcher);
  }

  /** All dialogs are gone, as after a restart. */
  restart(): void {
    for (const { over } of this.#watchers.values()) this.#edge.parts.wheel.clear(over);
    this.#watchers.clear();
  }

  onSubscribe(incoming: Incoming) {
    const { request, answer, dialog } = incoming;
    const { quirks, profile, violations } = this.#edge.parts;
    if (lineOf(request, "event").split(";")[0]?.trim() !== "presence") {
      return answer({ status: 489, headers: [["Allow-Events", "presence"]] });
    }
    const accepts = valuesOf(request, "accept").map((type) => type.split(";")[0]?.trim());
    if (accepts.length > 0 && !accepts.includes("application/pidf+xml")) {
      return answer({ status: 406, headers: [["Accept", "application/pidf+xml"]] });
    }
    if (accepts.length !== 1)
      violations.add("2.1", "Accept is not application/pidf+xml alone", lineOf(request, "call-id"));
    const written = lineOf(request, "expires");
    const asked = /^\d{1,9}$/.test(written) ? Number(written) : 3_600;
    const least = quirks["min-expires"];
    if (asked > 0 && asked < least) return answer({ status: 423, headers: [["Min-Expires", String(least)]] });
    const granted = Math.min(asked, profile.expiresMost);
    if (dialog !== undefined) {
      const watcher = this.#watchers.get(dialog);
      if (watcher === undefined) return answer({ status: 481, diagnostics: diagnostic(1004) });
      return this.#grant(watcher, incoming, granted);
    }
    if (quirks["subscribe-status"] > 0)
      return answer({ status: quirks["subscribe-status"], diagnostics: diagnostic(quirks.diagnostics) });
    const persona = incoming.persona ?? this.#nobody(incoming);
    if (persona === undefined) return answer({ status: 404, diagnostics: diagnostic(1003) });
    if (this.consentOf(persona, incoming.peer) === "refuse") return answer({ status: 403 });
    const opened = this.#edge.newDialog(persona, incoming.from.uri, lineOf(request, "call-id"));
    opened.hear(request);
    opened.remoteCseq = Number.parseInt(lineOf(request, "cseq"), 10);
    const over = new Alarm(() => this.#finish(watcher, "timeout"));
    const watcher: Watcher = { persona, who: incoming.peer, dialog: opened, until: 0, over };
    this.#watchers.set(opened, watcher);
    this.#grant(watcher, incoming, granted);
    this.#begun(persona, incoming.peer);
  }

  /** Somebody who does not exist, where the profile does not say so: a person of that name, offline. */
  #nobody({ request }: Incoming): Persona | undefined {
    if (this.#edge.parts.profile.unknownUser === "not-found") return undefined;
    const who = personIn(request.uri);
    const name = who.split("@")[0] ?? "";
    return { name, display: name, uri: `sip:${who}`, epid: "0", state: "offline", note: "" };
  }

  /** The 200, and the NOTIFY that goes with it: before, within, or after it. */
  #grant(watcher: Watcher, { answer }: Incoming, expires: number) {
    const { quirks, wheel, doors } = this.#edge.parts;
    const { dialog, persona } = watcher;
    const ends = expires === 0;
    watcher.until = doors.clock.now() + expires * 1_000;
    if (!ends) wheel.set(watcher.over, expires * 1_000 + 5_000);
    const headers: HeaderLine[] = [["Expires", String(expires)]];
    // P-1
    if (quirks["no-event-in-200"] === 0) headers.push(["Event", "presence"]);
    if (quirks["state-in-200"] !== 0) headers.push(["subscription-state", `active;expires=${expires}`]);
    const said: Answer = { status: 200, dialog, contact: this.#edge.contact(persona), headers };
    const document = this.#documentFor(watcher);
    if (quirks.piggyback !== 0 && !ends && document !== undefined) {
      // P-4: as a NOTIFY of that CSeq would have been.
      dialog.cseq++;
      const also = [
        ["ms-piggyback-cseq", String(dialog.cseq)],
        ["Supported", "ms-piggyback-first-notify"],
      ] as const;
      return answer({ ...said, headers: [...headers, ...also], contentType: this.#type, body: document });
    }
    // P-2
    if (quirks["notify-first"] !== 0 && !ends) {
      this.#notify(watcher);
      const later = new Alarm(() => answer(said));
      return wheel.set(later, 100);
    }
    answer(said);
    if (ends) this.#finish(watcher, "timeout");
    else this.#notify(watcher);
  }

  /** Undefined: not decided yet. Who is blocked sees somebody offline (sip-wire 2.2). */
  #documentFor({ persona, who }: Watcher): string | undefined {
    const consent = this.consentOf(persona, who);
    if (consent === "ask") return undefined;
    const seen: Persona = consent === "block" ? { ...persona, state: "offline", note: "" } : persona;
    return this.#document(seen);
  }

  #document(persona: Persona): string {
    const { profile, quirks } = this.#edge.parts;
    const number = quirks["enhanced-presence"];
    if (number > 0) return writeCategories(persona, number === 1 ? undefined : number);
    return writeDialect(persona, profile, quirks);
  }

  get #type(): string {
    return this.#edge.parts.quirks["enhanced-presence"] > 0
      ? "application/msrtc-event-categories+xml"
      : "application/pidf+xml";
  }

  #notify(watcher: Watcher): void {
    const { clock } = this.#edge.parts.doors;
    const left = Math.max(0, Math.round((watcher.until - clock.now()) / 1_000));
    const document = this.#documentFor(watcher);
    this.#send(watcher, `${document === undefined ? "pending" : "active"};expires=${left}`, document);
  }

  #finish(watcher: Watcher, reason: string): void {
    if (!this.#watchers.delete(watcher.dialog)) return;
    const { wheel, quirks } = this.#edge.parts;
    wheel.clear(watcher.over);
    this.#send(watcher, `terminated;reason=${reason}`, undefined);
    if (quirks["notify-after-unsubscribe"] !== 0) {
      // P-6: nobody may take it for news.
      this.#send(watcher, "active;expires=60", this.#document(watcher.persona), true);
    }
    this.#edge.forget(watcher.dialog);
  }

  #send(watcher: Watcher, state: string, document: string | undefined, isStray = false) {
    const { quirks, violations } = this.#edge.parts;
    const { dialog, persona } = watcher;
    const mute = quirks.benotify !== 0;
    const out = {
      method: mute ? "BENOTIFY" : "NOTIFY",
      dialog,
      contact: this.#edge.contact(persona),
      headers: [["Event", "presence"] as const, ["Subscription-State", state] as const],
      contentType: document === undefined ? undefined : this.#type,
      body: document ?? "",
    };
    if (mute) return this.#edge.send(out);
    this.#edge.send(out, (heard: Heard) => {
      if (typeof heard === "string" || heard.status < 200) return;
      if (isStray && heard.status < 300) violations.add("P-6", "a NOTIFY after the end was taken", dialog.callId);
      if (!isStray && heard.status === 481 && this.#watchers.delete(dialog)) {
        this.#edge.parts.wheel.clear(watcher.over);
        this.#edge.forget(dialog);
      }
    });
  }
}
