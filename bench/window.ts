import { createInterface } from "node:readline";
import { cpuUs, treeOf } from "./gauge.ts";
import type { Counted, Job } from "./job.ts";
import { Latency } from "./latency.ts";
import { enough, loaded, measure, measured } from "./turns.ts";

/** Longer than this nothing is completed only while it is somebody else's turn. */
const heldMs = 80;

/** Counts what is completed while it is measured, and how long each took. */
export class Window {
  readonly #latency = new Latency();
  #units = 0;
  #failure: string | undefined;
  #lastMs = 0;
  #resumedMs = 0;

  /** One unit is complete; `sinceMs` is when it was begun (performance.now). */
  done(sinceMs: number, nowMs: number): void {
    this.#units++;
    if (nowMs - this.#lastMs > heldMs) this.#resumedMs = nowMs;
    this.#lastMs = nowMs;
    // What was under way while we were held took as long as that, which is nobody's doing.
    if (sinceMs >= this.#resumedMs) this.#latency.record((nowMs - sinceMs) * 1000);
  }

  /** Something went wrong that makes the figures worthless; the first is what `measure` throws. */
  failed(why: string): void {
    this.#failure ??= why;
  }

  /** Says that the load is on, and counts from when it is told to until it is told that it is enough. */
  async measure(job: Job, stalled: () => number): Promise<Counted> {
    const trees = job.pids.map(treeOf);
    const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    console.log(loaded);
    await until(told, measure);
    const cpu = trees.map(cpuUs);
    const own = process.cpuUsage();
    this.#units = 0;
    this.#latency.clear();
    await until(told, enough);
    if (this.#failure !== undefined) throw new Error(this.#failure);
    const { user, system } = process.cpuUsage(own);
    const counted: Counted = {
      units: this.#units,
      serverCpuUs: trees.map((tree, at) => cpuUs(tree) - (cpu[at] ?? 0)),
      driverCpuUs: user + system,
      p50Us: this.#latency.quantile(0.5),
      p99Us: this.#latency.quantile(0.99),
      stalled: stalled(),
    };
    console.log(measured);
    return counted;
  }
}

async function until(told: AsyncIterator<string>, wanted: string): Promise<void> {
  for (let next = await told.next(); next.value !== wanted; next = await told.next()) {
    if (next.done === true) throw new Error(`nobody said ${wanted}`);
  }
}
