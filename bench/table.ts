import type { Figures, MemoryFigures, Workload } from "./job.ts";

/** All runs of one workload with one peer. */
export type Row = {
  readonly workload: Workload;
  readonly peer: string;
  readonly figures: readonly Figures[];
  readonly memory: readonly MemoryFigures[];
  /** Why runs failed. */
  readonly failures: readonly string[];
};

/** The tables as Markdown, which reads well as it is. */
export function tables(rows: readonly Row[]): string {
  const floor = rows.find(({ workload, figures }) => workload === "raw-w1" && figures.length > 0);
  const floorUs = floor === undefined ? undefined : median(floor.figures.map(cpuPerUnit));
  const head = [
    "workload",
    "peer",
    "server CPU µs per unit (min/med/max)",
    "× floor",
    "of which",
    "rate/s (min/med/max)",
    "p50 µs",
    "p99 µs",
    "server busy",
    "driver µs per unit",
    "others busy",
    "runs",
  ];
  const speed = rows.filter(({ workload }) => workload !== "x4").map((row) => speedLine(row, floorUs));
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
  const memory = rows.filter(({ workload }) => workload === "x4").map(memoryLine);
  return [aligned([head, ...speed]), ...(memory.length === 0 ? [] : [aligned([memoryHead, ...memory])])].join("\n\n");
}

function cpuPerUnit(figures: Figures): number {
  return sum(figures.serverCpuUs) / figures.units;
}

function speedLine({ workload, peer, figures, failures }: Row, floorUs: number | undefined): string[] {
  if (figures.length === 0) return [workload, peer, `failed: ${failures[0] ?? "?"}`];
  const cpu = figures.map(cpuPerUnit);
  const med = median(cpu);
  const busy = figures.map(({ serverCpuUs, seconds }) => sum(serverCpuUs) / seconds / 1e6);
  const stalled = sum(figures.map((each) => each.stalled));
  return [
    workload,
    peer,
    range(cpu),
    floorUs === undefined ? "" : (med / floorUs).toFixed(2),
    [parts(workload, figures, med), stalled > 0 ? `${stalled} pairs stalled` : ""].filter(Boolean).join(", "),
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
  if (workload === "x3-r20") return `${number(med * 20)} per change`;
  if (!workload.startsWith("x5")) return "";
  const side = (at: number): string => number(median(figures.map((each) => (each.serverCpuUs[at] ?? 0) / each.units)));
  return `snd ${side(0)}, rcv ${side(1)}`;
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function range(numbers: readonly number[]): string {
  return [Math.min(...numbers), median(numbers), Math.max(...numbers)].map(number).join(" / ");
}

/** Three significant digits, or the whole number. */
function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function aligned(lines: readonly (readonly string[])[]): string {
  const [head = []] = lines;
  const widths = head.map((_, at) =>
    Math.max(...lines.map((line) => (line.length === head.length ? (line[at] ?? "").length : 0))),
  );
  const [first = "", ...rest] = lines.map(
    (line) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`,
  );
  return [first, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rest].join("\n");
}
