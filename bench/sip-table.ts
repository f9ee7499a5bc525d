import { medianCpu, number, type Row, ratio, times } from "./row.ts";
import { isSip, sipFloorOf, sipGoal, sipRivalOf } from "./sip-workloads.ts";

export const sipHead = ["× floor", "× kamailio", "goal"];

/** How this row stands beside the floor, beside Kamailio, and to Comity's goal. */
export function sipComparisons(row: Row, rows: readonly Row[]): string[] {
  const { workload, peer } = row;
  if (!isSip(workload)) return ["", "", ""];
  const of = (wanted: string | undefined, whose: string): Row | undefined =>
    rows.find((each) => each.workload === wanted && each.peer === whose);
  const floor = of(sipFloorOf(workload), "sip-floor");
  const kamailio = of(sipRivalOf(workload), "kamailio");
  const timesKamailio = ratio(row, kamailio);
  const goal = peer === "comity" ? sipGoal(workload) : undefined;
  const verdict =
    goal === undefined || timesKamailio === undefined
      ? ""
      : timesKamailio <= goal
        ? " met"
        : missed(goal, floor, kamailio);
  return [times(ratio(row, floor)), times(timesKamailio), goal === undefined ? "" : `≤ ${goal.toFixed(2)}${verdict}`];
}

/** Where the bare relay itself is above the goal, that is said. */
function missed(goal: number, floor: Row | undefined, kamailio: Row | undefined): string {
  const least = floor === undefined ? undefined : ratio(floor, kamailio);
  return least !== undefined && least > goal ? ` missed (floor ${least.toFixed(2)})` : " missed";
}

/** What one datagram costs Node: from `in` = receive + send / 8 and `out` = send + receive / 8. */
export function udpFloor(rows: readonly Row[]): string[] {
  const inUs = medianCpu(rows.find(({ workload }) => workload === "sip-floor-udp-in"));
  const outUs = medianCpu(rows.find(({ workload }) => workload === "sip-floor-udp-out"));
  if (inUs === undefined || outUs === undefined) return [];
  const receive = (inUs - outUs / 8) / (1 - 1 / 64);
  const send = (outUs - inUs / 8) / (1 - 1 / 64);
  return [`Node's UDP sockets: ${number(receive)} µs to receive a datagram, ${number(send)} µs to send one.`];
}
