import { setTimeout as sleep } from "node:timers/promises";
import type { Process } from "../interop/process.ts";

/** What a driver says when its load is on, and when it has counted enough. */
export const [loaded, measured] = ["loaded", "measured"];
/** What it is told. */
export const [measure, enough] = ["measure", "enough"];

/**
 * Shorter than what waits for an answer: the first repetition over UDP comes after 500 ms (RFC 3261 §17.1.1.2), and all others
 * may have their turns in between. Long enough that the caches of whoever comes again are warm for most of it.
 */
const turnMs = 100;
const loadedMs = 120_000;
const measuredMs = 10_000;

/**
 * Drivers that put on their loads one after the other, over and over, a moment each: whatever slows the machine slows all
 * alike. Who has no turn is stopped in its tracks, and its server has nothing to do.
 */
export class Turns {
  /** Those that came so far; who ended before says by itself why. */
  readonly drivers: readonly Process[];

  private constructor(drivers: readonly Process[]) {
    this.drivers = drivers;
  }

  /** Waits until all loads are on; each is held from then. */
  static async begin(drivers: readonly Process[]): Promise<Turns> {
    const isOn = drivers.map(async (driver) => {
      try {
        await driver.line(only(loaded), loadedMs);
      } catch {
        return false;
      }
      driver.freeze();
      return true;
    });
    const on = await Promise.all(isOn);
    return new Turns(drivers.filter((_, at) => on[at]));
  }

  /** Turns of about this much time for each, unmeasured. */
  async warm(ms: number): Promise<void> {
    for (let round = 0; round < ms; round += turnMs) {
      for (const driver of this.drivers) await turn(driver);
    }
  }

  /** The same, measured from the beginning of each one's first turn to the end of its last. Gives their length in seconds. */
  async measure(ms: number): Promise<ReadonlyMap<Process, number>> {
    const rounds = Math.ceil(ms / turnMs);
    const seconds = new Map<Process, number>();
    for (let round = 1; round <= rounds; round++) {
      for (const driver of this.drivers) {
        const beganMs = performance.now();
        if (round === 1) driver.write(`${measure}\n`);
        await turn(driver, round === rounds);
        seconds.set(driver, (seconds.get(driver) ?? 0) + (performance.now() - beganMs) / 1000);
      }
    }
    return seconds;
  }

  /** Nobody is held any longer. */
  over(): void {
    for (const driver of this.drivers) driver.thaw();
  }
}

async function turn(driver: Process, isLast = false): Promise<void> {
  driver.thaw();
  await sleep(turnMs);
  if (isLast) {
    driver.write(`${enough}\n`);
    // Who does not come to it has ended, or is ended by whoever waits for it.
    await driver.line(only(measured), measuredMs).catch(() => {});
  }
  driver.freeze();
}

function only(word: string): (line: string) => boolean {
  return (line) => line === word;
}
