import { setTimeout as sleep } from "node:timers/promises";
import { cpuUs, machineCpuUs, treeOf } from "./gauge.ts";
import type { Figures, Job } from "./job.ts";
import { Latency } from "./latency.ts";

/** Counts what is completed while it is measured, and how long each took. */
export class Window {
  readonly #latency = new Latency();
  #units = 0;
  #failure: string | undefined;

  /** One unit is complete; `sinceMs` is when it was begun (performance.now). */
  done(sinceMs: number, nowMs: number): void {
    this.#units++;
    this.#latency.record((nowMs - sinceMs) * 1000);
  }

  /** Something went wrong that makes the figures worthless; the first is what `measure` throws. */
  failed(why: string): void {
    this.#failure ??= why;
  }

  /** Lets it run warm, then measures: all figures are read at the same two moments. */
  async measure(job: Job, stalled: () => number): Promise<Figures> {
    await sleep(job.warmUpMs);
    const trees = job.pids.map(treeOf);
    const cpu = trees.map(cpuUs);
    const machine = machineCpuUs();
    const own = process.cpuUsage();
    const beganMs = performance.now();
    this.#units = 0;
    this.#latency.clear();
    await sleep(job.measureMs);
    if (this.#failure !== undefined) throw new Error(this.#failure);
    const units = this.#units;
    const seconds = (performance.now() - beganMs) / 1000;
    const { user, system } = process.cpuUsage(own);
    const serverCpuUs = trees.map((tree, at) => cpuUs(tree) - (cpu[at] ?? 0));
    const ours = serverCpuUs.reduce((sum, each) => sum + each, 0) + user + system;
    return {
      othersBusy: Math.max(0, (machineCpuUs() - machine - ours) / 1e6 / seconds),
      units,
      seconds,
      serverCpuUs,
      driverCpuUs: user + system,
      p50Us: this.#latency.quantile(0.5),
      p99Us: this.#latency.quantile(0.99),
      stalled: stalled(),
    };
  }
}
