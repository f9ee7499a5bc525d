import type { Clock } from "../src/base/clock.ts";

/** Waiting, as a contract suite needs it: real time passes by itself, simulated time has to be run. */
export type Time = {
  readonly clock: Clock;
  /** Lets time pass until the promise has settled. */
  until<T>(promise: Promise<T>): Promise<T>;
};

/** Real time. */
export function realTime(clock: Clock): Time {
  return { clock, until: (promise) => promise };
}

/** Lets at least `ms` pass. */
export function pass(time: Time, ms: number): Promise<void> {
  return time.until(new Promise<void>((done) => void time.clock.after(ms, done)));
}

/** Lets the turn of the event loop end. */
export function turnEnds(time: Time): Promise<void> {
  return time.until(new Promise<void>((done) => time.clock.endOfTurn(done)));
}

/** Lets time pass until `holds`; fails after `mostMs`, saying what was waited for. */
export async function eventually(time: Time, what: string, holds: () => boolean, mostMs = 10_000): Promise<void> {
  const start = time.clock.monotonicMs();
  while (!holds()) {
    if (time.clock.monotonicMs() - start > mostMs) throw new Error(`waited ${mostMs} ms in vain: ${what}`);
    await pass(time, 1);
  }
}
