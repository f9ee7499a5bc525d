import { medianCpu, number, type Row } from "./row.ts";
import { isSip, sipFloorOf, sipGoal, sipRivalOf } from "./sip-workloads.ts";

export const sipHead = ["× floor", "× kamailio", "goal"];

/** How this row's median stands beside the floor, beside Kamailio, and to Comity's goal. */
export function sipComparisons({ workload, peer }: Row, med: number, rows: readonly Row[]): string[] {
  if (!isSip(workload)) return ["", "", ""];
  const of = (wanted: string | undefined, whose: string): number | undefined =>
    medianCpu(rows.find((row) => row.workload === wanted && row.peer === whose));
  const floorUs = of(sipFloorOf(workload), "sip-floor");
  const kamailioUs = of(sipRivalOf(workload), "kamailio");
  const goal = peer === "comity" ? sipGoal(workload) : undefined;
  return [
    floorUs === undefined ? "" : (med / floorUs).toFixed(2),
    kamailioUs === undefined ? "" : (med / kamailioUs).toFixed(2),
    goal === undefined ? "" : `≤ ${goal.toFixed(2)}${verdict(goal, med, floorUs, kamailioUs)}`,
  ];
}

/** Whether the goal is met; where the bare relay itself is above it, that is said. */
function verdict(goal: number, med: number, floorUs: number | undefined, kamailioUs: number | undefined): string {
  if (kamailioUs === undefined) return "";
  if (med / kamailioUs <= goal) return " met";
  const floor = (floorUs ?? 0) / kamailioUs;
  return floor > goal ? ` missed (floor ${floor.toFixed(2)})` : " missed";
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
