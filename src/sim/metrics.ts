import { type MetricName, type MetricRow, type Metrics, metricTable, type Series } from "../base/metrics.ts";

/** Keeps every figure, for tests to look at, and refuses what the real door refuses. */
export class SimMetrics implements Metrics {
  readonly #values = new Map<string, number>();

  series(name: MetricName, ...labels: readonly string[]): Series {
    const row: MetricRow | undefined = metricTable[name];
    if (row === undefined) throw new Error(`no metric is called ${name}`);
    if (labels.length !== row.labels.length) throw new Error(`${name} has the labels ${row.labels.join(", ")}`);
    const key = keyOf(name, labels);
    return {
      add: (amount) => {
        if (row.kind === "counter" && amount < 0) throw new Error(`${name} is a counter: it cannot sink`);
        this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
      },
      set: (value) => {
        if (row.kind !== "gauge") throw new Error(`${name} is a ${row.kind}: it cannot be set`);
        this.#values.set(key, value);
      },
    };
  }

  /** What a series stands at; 0 when it never moved. */
  value(name: MetricName, ...labels: readonly string[]): number {
    return this.#values.get(keyOf(name, labels)) ?? 0;
  }
}

function keyOf(name: string, labels: readonly string[]): string {
  return [name, ...labels].join("\n");
}
