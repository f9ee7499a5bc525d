import type { Cancel, Clock } from "../base/clock.ts";
import { EventQueue } from "./events.ts";

/** 2026-01-01T00:00Z: where simulated wall clocks begin. */
export const simEpoch = 1_767_225_600_000;

/** After so many events a run is given up: something never ends. */
const eventsMax = 1_000_000;

/**
 * Virtual time. Nothing happens but what was asked for, in the order of time and then of asking; between two events every
 * promise that can settle does. So a run is the same each time, and an hour passes in a moment.
 */
export class SimTime {
  readonly #queue = new EventQueue();
  readonly #eventsMax: number;
  #nowMs = 0;
  #events = 0;
  #running = false;

  constructor(options: { readonly eventsMax?: number } = {}) {
    this.#eventsMax = options.eventsMax ?? eventsMax;
  }

  /** Milliseconds since the simulation began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have happened. */
  get events(): number {
    return this.#events;
  }

  /** Something to happen in `ms`. */
  in(ms: number, run: () => void): void {
    this.#queue.push(this.#nowMs + Math.max(0, ms), run);
  }

  /** Runs until nothing is left to happen. */
  async run(): Promise<void> {
    await this.#runWhile(() => true);
  }

  /** Runs what happens in the next `ms`, then stands at their end. */
  async runFor(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    await this.#runWhile(() => (this.#queue.nextAtMs ?? Infinity) <= end);
    this.#nowMs = end;
  }

  /** Runs until the promise has settled and answers as it does; throws when nothing is left that could settle it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    await this.#runWhile(() => !settled);
    if (!settled) throw new Error("nothing is left to happen, and what was waited for has not happened");
    return promise;
  }

  async #runWhile(wanted: () => boolean): Promise<void> {
    if (this.#running) throw new Error("simulated time is run from two places");
    this.#running = true;
    try {
      await settled();
      while (wanted()) {
        const event = this.#queue.pop();
        if (event === undefined) return;
        if (++this.#events > this.#eventsMax) throw new Error(`it never ends: ${this.#eventsMax} events have happened`);
        this.#nowMs = event.atMs;
        event.run();
        await settled();
      }
    } finally {
      this.#running = false;
    }
  }
}

/** Lets every promise settle that can: the platform runs nextTick only when no promise job is left. */
function settled(): Promise<void> {
  return new Promise((done) => process.nextTick(done));
}

/** One host's clock: shared time, but a wall clock of its own, and silent once the host is dead. */
export class SimClock implements Clock {
  readonly #time: SimTime;
  readonly #isAlive: () => boolean;
  /** What the wall clock shows beyond the true time; may be changed while it runs, as when somebody sets a clock. */
  skewMs = 0;

  constructor(time: SimTime, isAlive: () => boolean = () => true) {
    this.#time = time;
    this.#isAlive = isAlive;
  }

  now(): number {
    return simEpoch + this.#time.nowMs + this.skewMs;
  }

  monotonicMs(): number {
    return this.#time.nowMs;
  }

  after(ms: number, then: () => void): Cancel {
    let wanted = true;
    this.#time.in(ms, () => {
      if (wanted && this.#isAlive()) then();
      wanted = false;
    });
    return () => {
      wanted = false;
    };
  }

  endOfTurn(then: () => void): void {
    this.after(0, then);
  }
}
