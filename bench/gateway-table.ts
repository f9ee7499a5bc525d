import { gatewayGoal, isGateway } from "./gateway-workloads.ts";
import { medianCpu, type Row } from "./row.ts";

export const gatewayHead = ["× gateway", "goal"];

/** How this row's median stands beside Kamailio's gateway with Prosody, both added up, and to Comity's goal. */
export function gatewayComparisons({ workload, peer }: Row, med: number, rows: readonly Row[]): string[] {
  if (!isGateway(workload)) return ["", ""];
  const theirs = medianCpu(rows.find((row) => row.workload === workload && row.peer === "kamailio-prosody"));
  const goal = peer === "comity" ? gatewayGoal(workload) : undefined;
  const met = theirs === undefined || goal === undefined ? "" : med / theirs <= goal ? " met" : " missed";
  return [
    theirs === undefined ? "" : (med / theirs).toFixed(2),
    goal === undefined ? "" : `≤ ${goal.toFixed(2)}${met}`,
  ];
}
