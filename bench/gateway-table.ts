import { gatewayGoal, gatewayPageOf, isGateway } from "./gateway-workloads.ts";
import { medianCpu, type Row } from "./row.ts";

export const gatewayHead = ["× floor", "× page", "× gateway", "goal"];

/**
 * How this row's median stands beside the bare relay, beside the same with each text by itself, beside Kamailio's gateway with
 * Prosody, both added up, and to Comity's goal.
 */
export function gatewayComparisons({ workload, peer }: Row, med: number, rows: readonly Row[]): string[] {
  if (!isGateway(workload)) return ["", "", "", ""];
  const of = (wanted: string | undefined, whose: string): number | undefined =>
    medianCpu(rows.find((row) => row.workload === wanted && row.peer === whose));
  const theirs = of(workload, "kamailio-prosody");
  const floor = of("raw-w1", "floor");
  const pageOf = gatewayPageOf(workload);
  const page = pageOf === workload ? undefined : of(pageOf, peer);
  const goal = peer === "comity" ? gatewayGoal(workload) : undefined;
  const met = theirs === undefined || goal === undefined ? "" : med / theirs <= goal ? " met" : " missed";
  return [
    floor === undefined ? "" : (med / floor).toFixed(2),
    page === undefined ? "" : (med / page).toFixed(2),
    theirs === undefined ? "" : (med / theirs).toFixed(2),
    goal === undefined ? "" : `≤ ${goal.toFixed(2)}${met}`,
  ];
}
