import assert from "node:assert/strict";
import { type DomainName, parseDomainName } from "../src/base/domain-name.ts";
import { type Fault, type FaultCode, fault } from "../src/base/fault.ts";
import { limitsWith } from "../src/base/limits.ts";
import { Framer } from "../src/xml/framer.ts";
import { readStanza } from "../src/xml/reader.ts";
import type { Stanza } from "../src/xml/stanza.ts";
import type { StreamHeader } from "../src/xml/stream-header.ts";
import type { DialbackCondition, DialbackOutcome } from "../src/xmpp/dialback.ts";
import { ns } from "../src/xmpp/ns.ts";
import * as s2sIn from "../src/xmpp/s2s-in.ts";
import * as s2sOut from "../src/xmpp/s2s-out.ts";
import type { Pair } from "../src/xmpp/s2s-pairs.ts";
import type { Proof } from "../src/xmpp/s2s-policy.ts";

export const domain = (text: string): DomainName => {
  const read = parseDomainName(text);
  return read.ok ? read.value : assert.fail(`${text} is no domain`);
};

export const pairOf = (local: string, foreign: string): Pair => ({ local: domain(local), foreign: domain(foreign) });

/** "good", or the code of the certificate's fault. */
export const proofOf = (word: string): Proof =>
  word === "good" ? { proves: true } : { proves: false, fault: fault(word as FaultCode) };

/** "valid", "invalid", or the condition of an error. */
export const outcomeOf = (word: string): DialbackOutcome =>
  word === "valid" || word === "invalid" ? { type: word } : { type: "error", condition: word as DialbackCondition };

type Effect = s2sIn.Effect | s2sOut.Effect;
export type Event = s2sIn.Event | s2sOut.Event;

/**
 * One end of a server link without its world: text in, text and wishes out. It runs a machine as the server does: effects
 * in order, then the events they caused.
 */
export class Actor {
  /** What the machine sent and asked for since this was last emptied, each in one line. */
  said: string[] = [];
  readonly waits: Event[] = [];
  /** Who wants to see each effect. */
  readonly watch: (effect: Effect) => void;
  readonly #step: (event: Event) => readonly Effect[];
  readonly #onStanza: (stanza: Stanza) => void;
  readonly #framer: Framer;
  #around: StreamHeader = { name: "", ns: "", contentNs: "", prefixes: {}, attrs: {} };
  #events: Event[] = [];
  #busy = false;
  #ids = 0;

  private constructor(
    step: (event: Event) => readonly Effect[],
    onStanza: (actor: Actor, stanza: Stanza) => void,
    watch: (effect: Effect) => void,
  ) {
    this.#step = step;
    this.watch = watch;
    this.#onStanza = (stanza) => onStanza(this, stanza);
    this.#framer = new Framer(
      {
        onOpen: (header) => {
          this.#around = header;
          this.feed({ kind: "header", header, id: `id-${++this.#ids}` });
          return true;
        },
        onStanza: (stanza) => {
          this.#onStanza(stanza);
          return true;
        },
        onClose: () => this.feed({ kind: "peer-end" }),
      },
      limitsWith(),
    );
  }

  static initiating(begun: s2sOut.State, setup: s2sOut.Setup, watch: (effect: Effect) => void = () => {}): Actor {
    let state = begun;
    return new Actor(
      (event) => {
        const taken = s2sOut.on(state, event as s2sOut.Event, setup);
        state = taken.next;
        return taken.effects;
      },
      (actor, stanza) => actor.element(stanza),
      watch,
    );
  }

  static receiving(setup: s2sIn.Setup, watch: (effect: Effect) => void = () => {}): Actor {
    let state = s2sIn.begin();
    const domainOf = (address: string | undefined): DomainName | undefined => {
      const read = parseDomainName((address ?? "").replace(/\/.*/, "").replace(/.*@/, ""));
      return read.ok ? read.value : undefined;
    };
    return new Actor(
      (event) => {
        const taken = s2sIn.on(state, event as s2sIn.Event, setup);
        state = taken.next;
        return taken.effects;
      },
      (actor, stanza) => {
        if (stanza.ns !== ns.server || !/^(message|presence|iq)$/.test(stanza.name)) return actor.element(stanza);
        const from = domainOf(stanza.from);
        const to = domainOf(stanza.to);
        const passes = from !== undefined && to !== undefined && s2sIn.mayCarry(state, from, to);
        if (passes) actor.said.push(`took ${stanza.name} ${stanza.from} to ${stanza.to}`);
        else actor.feed({ kind: "stanza", from, to });
      },
      watch,
    );
  }

  /** Bytes from the peer. */
  receive(text: string): void {
    const broken = this.#framer.push(Buffer.from(text));
    if (broken !== undefined) this.feed({ kind: "end", fault: broken, id: `id-${++this.#ids}` });
  }

  element(stanza: Stanza): void {
    this.feed({ kind: "element", element: readStanza(stanza, this.#around) });
  }

  feed(event: Event): void {
    this.#events.push(event);
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      for (const effect of this.#step(next)) {
        if (effect.kind === "wait") this.waits.push(effect.event);
        else this.said.push(lineOf(effect));
        if (effect.kind === "restart") this.#framer.restart();
        this.watch(effect);
      }
    }
    this.#busy = false;
  }
}

/** An effect in one line: what a transcript shows. */
function lineOf(effect: Effect): string {
  switch (effect.kind) {
    case "send":
      return `send ${effect.text}`;
    case "judge":
      return `judge ${effect.domain}`;
    case "start-tls":
      return `start-tls ${effect.local}`;
    case "proved":
      return `proved ${names(effect.pair)} by ${effect.method}`;
    case "refused":
      return `refused ${names(effect.pair)} ${codeOf(effect.fault)}${"again" in effect ? ` ${effect.again}` : ""}`;
    case "verify":
      return `verify ${names(effect.pair)} ${effect.id} ${effect.key}`;
    case "answer": {
      const { outcome, question } = effect;
      return `answer ${names(question)} ${question.id} ${outcome.type === "error" ? outcome.condition : outcome.type}`;
    }
    case "limits":
      return `limits ${effect.limits.bytesMax} ${effect.limits.idleSeconds}`;
    case "acks":
      return "on" in effect ? `acks ${effect.on ? "on" : "off"}` : "acks";
    case "acked":
      return `acked ${effect.handled}`;
    case "dropped":
    case "redial":
    case "close":
      return `${effect.kind} ${codeOf(effect.fault)}`;
    default:
      return effect.kind;
  }
}

const names = ({ local, foreign }: Pair): string => `${local} ${foreign}`;
const codeOf = (why: Fault | undefined): string => why?.code ?? "in order";
