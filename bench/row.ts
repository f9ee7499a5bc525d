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

/** Server CPU of one unit, in microseconds. */
export function cpuPerUnit(figures: Figures): number {
  return sum(figures.serverCpuUs) / figures.units;
}

/** Its median over the runs; undefined when none succeeded. */
export function medianCpu(row: Row | undefined): number | undefined {
  return row === undefined || row.figures.length === 0 ? undefined : median(row.figures.map(cpuPerUnit));
}

/**
 * How many times as much a unit costs in one row as in another: the median over the contests in which both had turns, and where
 * there was none, of one median to the other. Undefined where either has no figures.
 */
export function ratio(row: Row, other: Row | undefined): number | undefined {
  const theirs = new Map(other?.figures.map((each) => [each.contest, cpuPerUnit(each)]));
  const pairs = row.figures.flatMap((each) => {
    const beside = theirs.get(each.contest);
    return beside === undefined ? [] : [cpuPerUnit(each) / beside];
  });
  if (pairs.length > 0) return median(pairs);
  const [ours, besides] = [medianCpu(row), medianCpu(other)];
  return ours === undefined || besides === undefined ? undefined : ours / besides;
}

/** Two digits behind the point, or nothing where there is nothing to compare with. */
export function times(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(2);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function range(numbers: readonly number[]): string {
  return [Math.min(...numbers), median(numbers), Math.max(...numbers)].map(number).join(" / ");
}

/** Three significant digits, or the whole number. */
export function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function aligned(lines: readonly (readonly string[])[]): string {
  const [head = []] = lines;
  const widths = head.map((_, at) =>
    Math.max(...lines.map((line) => (line.length === head.length ? (line[at] ?? "").length : 0))),
  );
  const [first = "", ...rest] = lines.map(
    (line) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`,
  );
  return [first, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rest].join("\n");
}
