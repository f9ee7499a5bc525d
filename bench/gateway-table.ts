import { gatewayGoal, gatewayPageOf, isGateway } from "./gateway-workloads.ts";
import { type Row, ratio, times } from "./row.ts";

export const gatewayHead = ["× floor", "× page", "× gateway", "goal"];

/**
 * How this row stands beside the bare relay, beside the same with each text by itself, beside Kamailio's gateway with
 * Prosody, both added up, and to Comity's goal.
 */
export function gatewayComparisons(row: Row, rows: readonly Row[]): string[] {
  const { workload, peer } = row;
  if (!isGateway(workload)) return ["", "", "", ""];
  const to = (wanted: string | undefined, whose: string): number | undefined =>
    ratio(
      row,
      rows.find((each) => each.workload === wanted && each.peer === whose),
    );
  const theirs = to(workload, "kamailio-prosody");
  const pageOf = gatewayPageOf(workload);
  const goal = peer === "comity" ? gatewayGoal(workload) : undefined;
  const met = theirs === undefined || goal === undefined ? "" : theirs <= goal ? " met" : " missed";
  return [
    times(to("raw-w1", "floor")),
    times(pageOf === workload ? undefined : to(pageOf, peer)),
    times(theirs),
    goal === undefined ? "" : `≤ ${goal.toFixed(2)}${met}`,
  ];
}
