import assert from "node:assert/strict";
import { test } from "node:test";
import { type MetricName, type MetricRow, metricTable } from "../src/base/metrics.ts";
import { SimMetrics } from "../src/sim/metrics.ts";
import { processMetrics } from "../src/world/metrics.ts";
import { metricsContract } from "./metrics-contract.ts";

metricsContract("process metrics", () => {
  const metrics = processMetrics();
  return {
    metrics,
    value: async (name, ...labels) => {
      const row: MetricRow = metricTable[name];
      const written = labels.map((label, n) => `${row.labels[n]}="${label}"`).join(",");
      const start = written === "" ? `${name} ` : `${name}{${written}} `;
      const line = (await metrics.text()).split("\n").find((each) => each.startsWith(start));
      return Number(line?.slice(start.length));
    },
  };
});

metricsContract("simulated metrics", () => {
  const metrics = new SimMetrics();
  return { metrics, value: async (name, ...labels) => metrics.value(name, ...labels) };
});

test("the exposition has every metric of the table with its help, and the process's own", async () => {
  const metrics = processMetrics();
  const text = await metrics.text();
  for (const name of Object.keys(metricTable) as MetricName[]) {
    assert.ok(
      text.includes(`# HELP ${name} ${metricTable[name].help}\n# TYPE ${name} ${metricTable[name].kind}\n`),
      name,
    );
  }
  assert.match(text, /^process_cpu_seconds_total /m);
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
});

test("a series is bound once: asking again for the same labels makes nothing new", () => {
  const metrics = processMetrics();
  assert.equal(metrics.series("comity_connections", "c2s"), metrics.series("comity_connections", "c2s"));
});
