import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type MetricName, type MetricRow, type Metrics, metricTable, type Series } from "../base/metrics.ts";

export interface ProcessMetrics extends Metrics {
  /** Everything in the Prometheus text format, with the process's own figures (CPU, memory, event loop, GC). */
  text(): Promise<string>;
  readonly contentType: string;
}

/** The figures of this process, kept by prom-client in a registry of their own. */
export function processMetrics(): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const families = new Map(
    Object.entries(metricTable).map(([name, row]) => [name, family(registry, name, row)] as const),
  );
  const bound = new Map<string, Series>();
  return {
    series(name: MetricName, ...labels) {
      const key = `${name}\n${labels.join("\n")}`;
      let series = bound.get(key);
      if (series === undefined) {
        const make = families.get(name);
        if (make === undefined) throw new Error(`no metric is called ${name}`);
        series = make(labels);
        bound.set(key, series);
      }
      return series;
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type Family = (labels: readonly string[]) => Series;

/** Registers one row of the table and answers how its series are made. */
function family(registry: Registry, name: string, row: MetricRow): Family {
  const shape = { name, help: row.help, labelNames: [...row.labels], registers: [registry] };
  const checked = (labels: readonly string[]): string[] => {
    if (labels.length !== row.labels.length) throw new Error(`${name} has the labels ${row.labels.join(", ")}`);
    return [...labels];
  };
  switch (row.kind) {
    case "counter": {
      const counter = new Counter(shape);
      return (labels) => {
        const child = counter.labels(...checked(labels));
        return { add: (amount) => child.inc(amount), set: () => misused(name, row) };
      };
    }
    case "gauge": {
      const gauge = new Gauge(shape);
      return (labels) => {
        const child = gauge.labels(...checked(labels));
        return { add: (amount) => child.inc(amount), set: (value) => child.set(value) };
      };
    }
    case "histogram": {
      const histogram = new Histogram(shape);
      return (labels) => {
        const child = histogram.labels(...checked(labels));
        return { add: (amount) => child.observe(amount), set: () => misused(name, row) };
      };
    }
  }
}

function misused(name: string, row: MetricRow): never {
  throw new Error(`${name} is a ${row.kind}: it cannot be set`);
}
