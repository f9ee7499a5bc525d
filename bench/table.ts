import { isMemory } from "./contest.ts";
import { gatewayComparisons, gatewayHead } from "./gateway-table.ts";
import { isGateway } from "./gateway-workloads.ts";
import type { Figures, Workload } from "./job.ts";
import { aligned, cpuPerUnit, median, number, type Row, range, ratio, sum, times } from "./row.ts";
import { sipComparisons, sipHead, udpFloor } from "./sip-table.ts";
import { isSip } from "./sip-workloads.ts";

/** The tables as Markdown, which reads well as it is. */
export function tables(rows: readonly Row[]): string {
  const fast = rows.filter(({ workload }) => !isMemory(workload));
  const floor = rows.find(({ workload }) => workload === "raw-w1");
  const xmpp = fast
    .filter(({ workload }) => !isSip(workload) && !isGateway(workload))
    .map((row) => speedLine(row, [times(ratio(row, floor))]));
  const sip = fast.filter(({ workload }) => isSip(workload)).map((row) => speedLine(row, sipComparisons(row, rows)));
  const gateway = fast
    .filter(({ workload }) => isGateway(workload))
    .map((row) => speedLine(row, gatewayComparisons(row, rows)));
  const memory = rows.filter(({ workload }) => isMemory(workload)).map(memoryLine);
  return [
    ...(xmpp.length === 0 ? [] : [aligned([speedHead(["× floor"]), ...xmpp])]),
    ...(sip.length === 0 ? [] : [aligned([speedHead(sipHead), ...sip]), ...udpFloor(rows)]),
    ...(gateway.length === 0 ? [] : [aligned([speedHead(gatewayHead), ...gateway])]),
    ...(memory.length === 0 ? [] : [aligned([memoryHead, ...memory])]),
  ].join("\n\n");
}

const memoryHead = [
  "workload",
  "peer",
  "connections",
  "RSS KiB each (min/med/max)",
  "PSS KiB each",
  "base PSS MiB",
  "idle CPU",
  "runs",
];

function speedHead(comparisons: readonly string[]): string[] {
  return [
    "workload",
    "peer",
    "server CPU µs per unit (min/med/max)",
    ...comparisons,
    "of which",
    "rate/s (min/med/max)",
    "p50 µs",
    "p99 µs",
    "server busy",
    "driver µs per unit",
    "others busy",
    "runs",
  ];
}

function speedLine({ workload, peer, figures, failures }: Row, comparisons: readonly string[]): string[] {
  if (figures.length === 0) return [workload, peer, `failed: ${failures[0] ?? "?"}`];
  const cpu = figures.map(cpuPerUnit);
  const med = median(cpu);
  const busy = figures.map(({ serverCpuUs, seconds }) => sum(serverCpuUs) / seconds / 1e6);
  const stalled = sum(figures.map((each) => each.stalled));
  const resent = sum(figures.map((each) => each.resent ?? 0));
  return [
    workload,
    peer,
    range(cpu),
    ...comparisons,
    [
      parts(workload, figures, med),
      stalled > 0 ? `${stalled} pairs stalled` : "",
      resent > 0 ? `${resent} sent again` : "",
    ]
      .filter(Boolean)
      .join(", "),
    range(figures.map(({ units, seconds }) => units / seconds)),
    number(median(figures.map(({ p50Us }) => p50Us))),
    number(median(figures.map(({ p99Us }) => p99Us))),
    median(busy).toFixed(2),
    number(median(figures.map(({ driverCpuUs, units }) => driverCpuUs / units))),
    median(figures.map(({ othersBusy }) => othersBusy)).toFixed(2),
    failures.length === 0 ? String(figures.length) : `${figures.length} (${failures.length} failed: ${failures[0]})`,
  ];
}

function parts(workload: Workload, figures: readonly Figures[], med: number): string {
  if (workload === "x3-r20" || workload.startsWith("sip-publish") || workload === "gateway-presence")
    return `${number(med * 20)} per change`;
  const two = figures.every(({ serverCpuUs }) => serverCpuUs.length === 2);
  if (!two) return "";
  const side = (at: number): string => number(median(figures.map((each) => (each.serverCpuUs[at] ?? 0) / each.units)));
  const [first, second] = isGateway(workload) ? ["sip", "xmpp"] : ["snd", "rcv"];
  return `${first} ${side(0)}, ${second} ${side(1)}`;
}

function memoryLine({ workload, peer, memory, failures }: Row): string[] {
  if (memory.length === 0) return [workload, peer, `failed: ${failures[0] ?? "?"}`];
  return [
    workload,
    peer,
    String(memory[0]?.connections),
    range(memory.map(({ rssKib, baseRssKib, connections }) => (rssKib - baseRssKib) / connections)),
    range(memory.map(({ pssKib, basePssKib, connections }) => (pssKib - basePssKib) / connections)),
    number(median(memory.map(({ basePssKib }) => basePssKib / 1024))),
    median(memory.map(({ idleCpu }) => idleCpu)).toFixed(3),
    String(memory.length),
  ];
}
