import type { Step } from "../src/base/step.ts";
import { EventQueue } from "../src/sim/events.ts";
import { SimRandom } from "../src/sim/random.ts";
import { type Link, reliableLink, unreliableLink } from "../src/sip/timers.ts";
import { words } from "./figure.ts";

/**
 * What a seed makes of the network between one client and one server transaction. An unreliable one loses, doubles and
 * overtakes; nothing is under way longer than a T1, because RFC 3261's own timers cover no more: the last copy of a
 * request leaves at 63*T1, and the server has forgotten it 64*T1 after the first one came.
 */
export type Weather = {
  readonly loss: number;
  readonly twice: number;
  readonly delayMs: number;
  /** From here on nothing is lost any more. */
  readonly healsAtMs: number;
  /** The chance that a send fails at once. */
  readonly refused: number;
  /** The connection breaks. */
  readonly cutAtMs: number;
};

export const ticksMax = 2_000;

/** One run: a clock, a network, two sides, and what went wrong. */
export class TransactionWorld {
  readonly random: SimRandom;
  readonly link: Link;
  readonly weather: Weather;
  readonly wrong: string[] = [];
  nowMs = 0;
  ticks = 0;
  cut = false;
  /** Each thing that happened, when the run is to be told. */
  readonly story: string[] | undefined;
  readonly #queue = new EventQueue();
  readonly #arrivesMs = { client: 0, server: 0 };
  readonly #onCut: (() => void)[] = [];

  constructor(seed: number, reliable: boolean, told: boolean) {
    this.random = new SimRandom(seed);
    this.link = reliable ? reliableLink : unreliableLink;
    this.weather = reliable ? calm(this.random) : rough(this.random);
    this.story = told ? [] : undefined;
  }

  tell(line: string): void {
    this.story?.push(`${(this.nowMs / 1_000).toFixed(3)} ${line}`);
  }

  after(ms: number, run: () => void): void {
    this.#queue.push(this.nowMs + ms, run);
  }

  /** Whoever holds the connection hears of its end. */
  onCut(run: () => void): void {
    this.#onCut.push(run);
  }

  /** Sends one message to a side; false when that failed at once. */
  send(to: "client" | "server", what: string, arrive: () => void): boolean {
    const { weather, random } = this;
    this.tell(`-> ${to} ${what}`);
    if (this.cut || random.chance(weather.refused)) return false;
    if (this.link.reliable) {
      // a stream keeps its order
      const atMs = Math.max(this.#arrivesMs[to], this.nowMs + 1 + random.below(weather.delayMs));
      this.#arrivesMs[to] = atMs;
      this.after(atMs - this.nowMs, () => !this.cut && arrive());
      return true;
    }
    const copies = random.chance(weather.twice) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.nowMs < weather.healsAtMs && random.chance(weather.loss)) continue;
      this.after(1 + random.below(weather.delayMs), arrive);
    }
    return true;
  }

  /** Lets time pass until nothing is left to happen. */
  run(): void {
    if (this.weather.cutAtMs < Infinity) {
      this.after(this.weather.cutAtMs, () => {
        this.tell("the connection breaks");
        this.cut = true;
        for (const each of this.#onCut) each();
      });
    }
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      this.ticks += 1;
      if (this.ticks > ticksMax) {
        this.wrong.push("it does not come to rest");
        return;
      }
      this.nowMs = next.atMs;
      next.run();
    }
  }
}

function rough(random: SimRandom): Weather {
  return {
    loss: random.chance(0.25) ? 0 : random.fraction() * 0.8,
    twice: random.fraction() * 0.4,
    delayMs: 1 + random.below(480),
    healsAtMs: random.chance(0.5) ? random.below(8_000) : Infinity,
    refused: random.chance(0.1) ? 0.1 : 0,
    cutAtMs: Infinity,
  };
}

function calm(random: SimRandom): Weather {
  const cutAtMs = random.chance(0.2) ? random.below(40_000) : Infinity;
  return { loss: 0, twice: 0, delayMs: 1 + random.below(480), healsAtMs: 0, refused: 0, cutAtMs };
}

type AnyState = { readonly at: string };
type AnyEffect = { readonly kind: string; readonly timer?: string; readonly ms?: number };

/** Runs one machine: its timers, and one event after the other. `without` names a timer that never rings. */
export class Transaction<State extends AnyState, Event extends { readonly kind: string }, Effect extends AnyEffect> {
  state: State;
  readonly #world: TransactionWorld;
  readonly #name: string;
  readonly #on: (state: State, event: Event, link: Link) => Step<State, Effect>;
  readonly #perform: (effect: Effect, event: Event | undefined) => void;
  readonly #without: string | undefined;
  readonly #due = new Map<string, number>();
  readonly #waiting: Event[] = [];
  #busy = true;

  constructor(
    world: TransactionWorld,
    name: string,
    begun: Step<State, Effect>,
    on: (state: State, event: Event, link: Link) => Step<State, Effect>,
    perform: (effect: Effect, event: Event | undefined) => void,
    without: string | undefined,
  ) {
    this.#world = world;
    this.#name = name;
    this.#on = on;
    this.#perform = perform;
    this.#without = without;
    this.state = begun.next;
    this.#carryOut(begun, undefined);
    this.#goOn();
  }

  get over(): boolean {
    return this.state.at === "terminated";
  }

  on(event: Event): void {
    this.#waiting.push(event);
    if (this.#busy) return;
    this.#busy = true;
    this.#goOn();
  }

  #goOn(): void {
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      if (this.over) continue;
      const after = this.#on(this.state, event, this.#world.link);
      this.state = after.next;
      this.#carryOut(after, event);
    }
    this.#busy = false;
  }

  #carryOut({ effects }: Step<State, Effect>, event: Event | undefined): void {
    const does = this.#world.story === undefined ? "" : effects.map(words).join(" ");
    this.#world.tell(`${this.#name} ${JSON.stringify(event ?? "begins")} ${this.state.at} ${does}`);
    for (const effect of effects) {
      if (effect.kind === "start") this.#start(effect.timer ?? "", effect.ms ?? 0);
      else this.#perform(effect, event);
    }
  }

  #start(timer: string, ms: number): void {
    if (`${this.#name} ${timer}` === this.#without) return;
    const atMs = this.#world.nowMs + ms;
    this.#due.set(timer, atMs);
    this.#world.after(ms, () => {
      if (this.over || this.#due.get(timer) !== atMs) return;
      this.on({ kind: "timer", timer } as unknown as Event);
    });
  }
}
