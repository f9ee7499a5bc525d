import { asBuffer } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Stage } from "../base/stage.ts";
import { Alarm, type Wheel } from "../base/wheel.ts";
import type { World } from "../base/world.ts";
import type { Parcel } from "./parcel.ts";
import { type Flow, keyOf, placeOf } from "./sip-flow.ts";

/** One thing that was seen of a message. */
export type TraceLine = {
  /** Counts up from 1. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly stage: Stage;
  readonly protocol: "sip" | "xmpp";
  /** Whom it came from or went to: "tls 192.0.2.7:5061", "alice@ours.example/desk". */
  readonly with: string;
  /** What the message says of itself: start line and headers, or a start tag. Never what somebody wrote, nor a proof. */
  readonly head: string;
};

/** What is new of a trace. */
export type TraceNews = {
  readonly lines: readonly TraceLine[];
  /** Of those that are new, how many are gone already, for there were too many. */
  readonly missed: number;
  readonly over: boolean;
};

/** What is written down about one person or domain. */
type Trace = {
  /** "alice@ours.example", "contoso.example" */
  readonly about: string;
  readonly lines: TraceLine[];
  readonly alarm: Alarm;
  count: number;
  over: boolean;
};

/** How long what was written down can be asked for when its time is over. */
const keptMs = 60_000;
const headCharactersMost = 8_192;

/** Header lines that name those a SIP message is about. */
const parties = /^(?:from|f|to|t|p-asserted-identity)\s*:/i;
/** What proves somebody, and what they wrote: a subject, a first text within INVITE (sip-wire I-1). */
const secrets =
  /^((?:proxy-)?authorization|(?:proxy-|www-)authenticate|authentication-info|subject|s|ms-text-format)\s*:.*(?:\n[ \t].*)*/gim;

/**
 * Writes down, for as long as an administrator wants, what passes through the node for one person or domain, by SIP and XMPP
 * alike: each message at each stage of its way. Costs a look at `on` while nobody does.
 */
export class Tracer {
  /** Somebody wants to see something. */
  on = false;
  readonly #world: Pick<World, "clock" | "log">;
  readonly #wheel: Wheel;
  readonly #limits: () => Limits;
  readonly #traces = new Map<string, Trace>();
  #count = 0;

  constructor(world: Pick<World, "clock" | "log">, wheel: Wheel, limits: () => Limits) {
    this.#world = world;
    this.#wheel = wheel;
    this.#limits = limits;
  }

  /** `about`: canonical. Answers the trace's name. */
  begin(about: string, seconds: number, actor: string): Result<string> {
    if ([...this.#traces.values()].filter(({ over }) => !over).length >= this.#limits().tracesMax) {
      return no(fault("resource-constraint", "tracesMax"));
    }
    const name = `t${++this.#count}`;
    const trace: Trace = { about, lines: [], alarm: new Alarm(() => this.#rang(name)), count: 0, over: false };
    this.#traces.set(name, trace);
    this.#wheel.set(trace.alarm, Math.min(seconds * 1_000, this.#limits().traceMs));
    this.on = true;
    this.#world.log.write("info", "server", "trace begun", { about, seconds, actor });
    return ok(name);
  }

  /** What was written down behind line `after`; undefined when there is no such trace. */
  read(name: string, after: number): TraceNews | undefined {
    const trace = this.#traces.get(name);
    if (trace === undefined) return undefined;
    const lines = trace.lines.filter(({ number }) => number > after);
    return { lines, missed: Math.max(0, trace.count - after - lines.length), over: trace.over };
  }

  /** Nobody wants to see more of it; false when there is none. */
  end(name: string): boolean {
    const trace = this.#traces.get(name);
    if (trace === undefined) return false;
    this.#wheel.clear(trace.alarm);
    this.#traces.delete(name);
    this.#look();
    return true;
  }

  /** A SIP message, whole. */
  sip(stage: "received" | "sent", flow: Flow | { readonly key: string }, message: Uint8Array): void {
    const bytes = asBuffer(message);
    const end = bytes.indexOf("\r\n\r\n");
    const text = bytes.toString("utf8", 0, Math.min(end === -1 ? bytes.length : end, headCharactersMost));
    const [start = "", ...lines] = text.split("\r\n");
    const named = [start, ...lines.filter((line) => parties.test(line))].join("\n").toLowerCase();
    const step: Stage = start.startsWith("SIP/2.0 ") && !start.startsWith("SIP/2.0 1") ? "answered" : stage;
    const who = "key" in flow ? flow.key : keyOf(placeOf(flow));
    const by = `${stage === "received" ? "from" : "to"} ${who}`;
    for (const trace of this.#traces.values()) {
      if (trace.over || !names(named, trace.about)) continue;
      this.#write(trace, step, "sip", by, text.replaceAll("\r\n", "\n").replace(secrets, "$1: (not shown)"));
    }
  }

  /** A stanza. `words`: what is to be said of it beside its start tag. */
  stanza(stage: Stage, by: string, { from, to, bytes }: Pick<Parcel, "from" | "to" | "bytes">, words = ""): void {
    const is = ({ bare, domain }: Parcel["from"], about: string) => bare === about || domain === about;
    for (const trace of this.#traces.values()) {
      if (trace.over || !(is(from, trace.about) || is(to, trace.about))) continue;
      const tag = bytes.toString("utf8", 0, Math.min(bytes.indexOf(">") + 1, headCharactersMost));
      this.#write(trace, stage, "xmpp", by, words === "" ? tag : `${tag} ${words}`);
    }
  }

  #write(trace: Trace, stage: Stage, protocol: TraceLine["protocol"], by: string, head: string): void {
    trace.count++;
    trace.lines.push({ number: trace.count, at: this.#world.clock.now(), stage, protocol, with: by, head });
    if (trace.lines.length > this.#limits().traceLinesMax) trace.lines.shift();
  }

  /** Its time is over; a while later it is forgotten. */
  #rang(name: string): void {
    const trace = this.#traces.get(name);
    if (trace === undefined) return;
    if (trace.over) this.#traces.delete(name);
    else {
      trace.over = true;
      this.#wheel.set(trace.alarm, keptMs);
    }
    this.#look();
  }

  #look(): void {
    this.on = [...this.#traces.values()].some(({ over }) => !over);
  }
}

/** Whether a text in lower case names an address, or anybody of a domain. */
function names(text: string, about: string): boolean {
  const wanted = about.includes("@") ? `:${about}` : about;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + wanted.length] ?? " ";
    const whole = wanted.startsWith(":") || before === "@" || before === ":";
    if (whole && !/[\w.-]/.test(after)) return true;
  }
  return false;
}
