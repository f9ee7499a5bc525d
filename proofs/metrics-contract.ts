import assert from "node:assert/strict";
import { test } from "node:test";
import type { MetricName, Metrics } from "../src/base/metrics.ts";

/** Metrics with the means to read a series back. */
export type MetricsUnderTest = {
  readonly metrics: Metrics;
  value(name: MetricName, ...labels: string[]): Promise<number>;
};

/** What every keeper of figures must do. */
export function metricsContract(kind: string, make: () => MetricsUnderTest): void {
  test(`${kind}: counters and gauges add up, each series for itself`, async () => {
    const { metrics, value } = make();
    metrics.series("comity_connections_total", "c2s").add(1);
    metrics.series("comity_connections_total", "c2s").add(2);
    metrics.series("comity_connections_total", "s2s").add(5);
    const gauge = metrics.series("comity_connections", "c2s");
    gauge.set(7);
    gauge.add(-2);
    metrics.series("comity_offline_stored_total").add(1);
    metrics.series("comity_sign_ins_total", "PLAIN", "ok").add(4);
    assert.equal(await value("comity_connections_total", "c2s"), 3);
    assert.equal(await value("comity_connections_total", "s2s"), 5);
    assert.equal(await value("comity_connections", "c2s"), 5);
    assert.equal(await value("comity_offline_stored_total"), 1);
    assert.equal(await value("comity_sign_ins_total", "PLAIN", "ok"), 4);
  });

  test(`${kind}: a counter neither sinks nor is set, and labels are as many as the table says`, () => {
    const { metrics } = make();
    const counter = metrics.series("comity_offline_stored_total");
    assert.throws(() => counter.add(-1));
    assert.throws(() => counter.set(1), /comity_offline_stored_total/);
    assert.throws(() => metrics.series("comity_connections"), /comity_connections/);
    assert.throws(() => metrics.series("comity_connections", "a", "b"), /comity_connections/);
    assert.throws(() => metrics.series("comity_nothing" as MetricName), /comity_nothing/);
  });
}
