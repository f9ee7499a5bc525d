import type { Endpoint } from "../base/network.ts";
import { ok, type Result } from "../base/result.ts";
import { Wheel } from "../base/wheel.ts";
import { diagnostic } from "./diagnostics.ts";
import { Edge, type Incoming } from "./edge.ts";
import { FrontEnd } from "./front-end.ts";
import { allowed, Hearing } from "./hearing.ts";
import { Links } from "./links.ts";
import type { BodyForm } from "./message-body.ts";
import { MsrpHearing } from "./msrp-hearing.ts";
import { MsrpTalk } from "./msrp-talk.ts";
import type { TwinDoors, TwinOptions } from "./options.ts";
import type { Persona, PersonState } from "./persona.ts";
import { type Asked, type Probe, probe } from "./probe.ts";
import { type Profile, profiles } from "./profile.ts";
import { type Quirks, quirksWith } from "./quirk.ts";
import { type SaidText, Sessions } from "./sessions.ts";
import { Speaking } from "./speaking.ts";
import { type TwinState, twinState } from "./state.ts";
import { type Violation, Violations } from "./violation.ts";
import { type Consent, Watched } from "./watched.ts";
import { Watching } from "./watching.ts";

/**
 * A partner to rehearse with: the edge of a Microsoft server or AOL's gateway, with scripted people, on the sockets it is
 * handed. It shares no code with Comity's own SIP, and keeps a list of what the other side did wrong.
 */
export class Twin {
  readonly options: TwinOptions;
  readonly profile: Profile;
  /** May be changed at any time. */
  readonly quirks: Quirks;
  readonly personas: ReadonlyMap<string, Persona>;
  readonly edge: Edge;
  readonly links: Links;
  readonly sessions: Sessions;
  readonly watching: Watching;
  readonly watched: Watched;
  readonly speaking: Speaking;
  /** Where real clients sign in, if anywhere. */
  readonly frontEnd: FrontEnd | undefined;
  readonly msrp: MsrpTalk;
  readonly #hearing: Hearing;
  readonly #wheel: Wheel;
  readonly #violations: Violations;

  constructor(doors: TwinDoors, options: TwinOptions) {
    this.options = options;
    this.profile = profiles[options.profile];
    this.quirks = quirksWith({ ...this.profile.quirks, ...options.quirks });
    this.#wheel = new Wheel(doors.clock, 20);
    this.#violations = new Violations(
      () => doors.clock.now(),
      ({ rule, what, callId }) =>
        doors.log.write("warn", "twin", "the other side broke a rule", { rule, how: what, callId }),
    );
    const personas = new Map<string, Persona>();
    for (const name of options.users) {
      const small = name.toLowerCase();
      const display = `${small.slice(0, 1).toUpperCase()}${small.slice(1)}`;
      const uri = `sip:${small}@${options.domain}`;
      const epid = Buffer.from(doors.random.bytes(5)).toString("hex");
      personas.set(`${small}@${options.domain}`, { name: small, display, uri, epid, state: "available", note: "" });
    }
    this.personas = personas;
    const inside = { wheel: this.#wheel, profile: this.profile, quirks: this.quirks, violations: this.#violations };
    this.edge = new Edge({
      ...inside,
      doors,
      options,
      personas,
      onRequest: (incoming) => this.#onRequest(incoming),
      onStray: (link, request) => this.frontEnd?.takesStray(link, request) ?? false,
    });
    this.links = new Links(doors, options, { ...inside, owner: this.edge });
    this.edge.links = this.links;
    this.sessions = new Sessions(this.#wheel);
    this.msrp = new MsrpTalk(doors, options, this.quirks, this.#violations);
    const msrp = new MsrpHearing(this.edge, this.sessions, this.msrp);
    this.speaking = new Speaking(this.edge, this.sessions, msrp);
    msrp.whenLost = (session) => void this.speaking.bye(session);
    this.#hearing = new Hearing(this.edge, this.sessions, this.speaking, msrp);
    this.#hearing.whenToDrop(() => void this.drop());
    this.watching = new Watching(this.edge);
    this.watched = new Watched(this.edge, (persona, who) => this.frontEnd?.watched(persona, who));
    const { clients } = options;
    const told = {
      state: (persona: Persona, state: PersonState) => this.setState(persona, state),
      blocked: (persona: Persona, who: string, blocked: boolean) =>
        this.consent(persona, who.replace(/^sip:/, ""), blocked ? "block" : "allow"),
    };
    this.frontEnd = clients === undefined ? undefined : new FrontEnd(doors, options, clients, this.edge, told);
  }

  /** Where it listens, once started. */
  get at(): Endpoint {
    return this.links.at;
  }

  get violations(): readonly Violation[] {
    return this.#violations.list;
  }

  get state(): TwinState {
    return twinState(this);
  }

  /** Opens the listeners. Fails with cert-missing, cert-unreadable or listen-failed. */
  async start(): Promise<Result<void>> {
    const msrp = this.profile.media === "msrp" ? await this.msrp.start() : ok(undefined);
    if (!msrp.ok) return msrp;
    const started = await this.links.start();
    return started.ok ? ((await this.frontEnd?.start()) ?? started) : started;
  }

  /** Closes everything; the twin is of no use afterwards. */
  async close(): Promise<void> {
    await this.frontEnd?.close();
    await this.msrp.close();
    await this.links.close();
    this.#wheel.stop();
  }

  /** The person of that name; undefined when there is none. */
  person(name: string): Persona | undefined {
    return this.personas.get(`${name.toLowerCase()}@${this.options.domain}`);
  }

  /** Puts a person into a state and tells those who watch; away from everything, sessions end as well. */
  setState(persona: Persona, state: PersonState, note = ""): void {
    persona.state = state;
    persona.note = note;
    this.watched.changed(persona);
    if (state !== "offline") return;
    for (const session of this.sessions.list) if (session.persona === persona) this.speaking.bye(session);
  }

  subscribe(persona: Persona, to: string): void {
    this.watching.begin(persona, to.toLowerCase());
  }

  unsubscribe(persona: Persona, to: string): void {
    this.watching.end(persona, to.toLowerCase());
  }

  consent(persona: Persona, who: string, consent: Consent): void {
    this.watched.consent(persona, who.toLowerCase(), consent);
  }

  say(persona: Persona, to: string, text: string, form?: BodyForm): SaidText {
    return this.speaking.say(persona, to.toLowerCase(), text, form);
  }

  /** False when there is no session in which to type. */
  type(persona: Persona, to: string, status: "type" | "idle" = "type"): boolean {
    return this.speaking.type(persona, to.toLowerCase(), status);
  }

  bye(persona: Persona, to: string): boolean {
    return this.speaking.bye(this.sessions.between(persona, to.toLowerCase()));
  }

  /** An INVITE within the session, as a session timer sends it; false when there is none. */
  refresh(persona: Persona, to: string): boolean {
    const session = this.sessions.between(persona, to.toLowerCase());
    if (session?.state !== "up") return false;
    this.speaking.refresh(session);
    return true;
  }

  /** Sends any request at all, and answers what came back: for what nobody's client does every day (sip-wire 3.6). */
  probe(persona: Persona, asked: Asked): Promise<Probe> {
    return probe(this, persona, asked);
  }

  /** Breaks all connections, or any `one`; with `amid` in the middle of a message (T-5). Answers how many it broke. */
  drop(amid = false, one = false): number {
    return this.links.drop(amid, one);
  }

  /** Forgets every dialog, as a server that has been started again; what was heard and said stays. */
  restart(): void {
    this.edge.dialogs.clear();
    this.sessions.restart();
    this.watching.restart();
    this.watched.restart();
    Object.assign(this.quirks, this.profile.afterRestart);
    this.drop();
  }

  /** How an edge treats a partner set to AlwaysUnverifiable: only those get through whom the person has as a contact. */
  #isUnverified({ request, dialog, persona, peer }: Incoming): boolean {
    const opens = dialog === undefined && (request.method === "INVITE" || request.method === "SUBSCRIBE");
    if (this.quirks.unverified === 0 || !opens || persona === undefined) return false;
    if (this.frontEnd?.hasContact(persona, peer)) return false;
    return !this.watching.of(persona).some(({ whom }) => whom === peer);
  }

  #onRequest(incoming: Incoming) {
    const { request, answer } = incoming;
    if (this.#isUnverified(incoming)) return answer({ status: 403, diagnostics: diagnostic(1012) });
    if (this.frontEnd?.takes(incoming)) return;
    switch (request.method) {
      case "SUBSCRIBE":
        return this.watched.onSubscribe(incoming);
      case "NOTIFY":
      case "BENOTIFY":
        if (!this.watching.onNotify(incoming)) answer({ status: 481 });
        return;
      case "INVITE":
      case "UPDATE":
        return this.#hearing.onInvite(incoming);
      case "ACK":
        return this.#hearing.onAck(incoming);
      case "CANCEL":
        return this.#hearing.onCancel(incoming);
      case "MESSAGE":
        return this.#hearing.onMessage(incoming);
      case "INFO":
        return this.#hearing.onInfo(incoming);
      case "BYE":
        return this.#hearing.onBye(incoming);
      case "OPTIONS":
        return this.#hearing.onOptions(incoming);
      default:
        return answer({ status: 405, headers: [["Allow", allowed]] });
    }
  }
}
