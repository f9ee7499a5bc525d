import type { Workload } from "./job.ts";
import { isSip, sipFloorOf, sipRivalOf } from "./sip-workloads.ts";

/** What is measured at the same time, turn by turn: one workload, and for each peer what it does meanwhile. */
export type Contest = {
  readonly workload: Workload;
  readonly parts: readonly Part[];
};

export type Part = { readonly peer: string; readonly workload: Workload };

/** Whose workloads these are, by what a peer can do. */
export type Suits = (peer: string, workload: Workload) => boolean;

/** The floor a workload is held against; undefined where there is none. */
export function floorOf(workload: Workload): Workload | undefined {
  if (isSip(workload)) return sipFloorOf(workload);
  return workload === "x4" || workload.startsWith("raw") ? undefined : "raw-w1";
}

/** Memory is counted at rest: nobody takes turns. */
export function isMemory(workload: Workload): boolean {
  return workload === "x4" || workload === "sip-idle-tls";
}

/**
 * The contests of a run. A floor has its turns beside whatever is held against it, and a contest of its own only where nothing
 * that was asked for is.
 */
export function contestsOf(workloads: readonly Workload[], peers: readonly string[], suits: Suits): Contest[] {
  const floors = new Set(workloads.map(floorOf));
  return workloads
    .filter((workload) => !floors.has(workload))
    .flatMap((workload) => {
      const parts = peers.flatMap((peer) => {
        const does = [workload, floorOf(workload), rivalOf(workload, peer)].find(
          (each) => each !== undefined && suits(peer, each),
        );
        return does === undefined ? [] : [{ peer, workload: does }];
      });
      return isMemory(workload)
        ? parts.map((part) => ({ workload, parts: [part] }))
        : parts.length === 0
          ? []
          : [{ workload, parts }];
    });
}

/** What Kamailio does while Comity does what it cannot. */
function rivalOf(workload: Workload, peer: string): Workload | undefined {
  return isSip(workload) && peer === "kamailio" ? sipRivalOf(workload) : undefined;
}

/** All that a table of these contests has rows for, in the order of the list of workloads. */
export function rowsOf(contests: readonly Contest[]): Part[] {
  const seen = new Map<string, Part>();
  for (const { parts } of contests) for (const part of parts) seen.set(`${part.workload} ${part.peer}`, part);
  return [...seen.values()];
}
