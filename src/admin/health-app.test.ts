import assert from "node:assert/strict";
import { test } from "node:test";
import { healthApp } from "./health-app.ts";

test("ready only while the node is; healthy and measured all the while", async () => {
  let ready = false;
  const app = healthApp({
    ready: () => ready,
    metrics: async () => ({ text: "x 1\n", contentType: "text/plain; version=0.0.4" }),
  });
  const status = async (path: string) => (await app.request(path)).status;
  assert.deepEqual([await status("/healthz"), await status("/readyz"), await status("/metrics")], [200, 503, 200]);
  ready = true;
  assert.equal(await status("/readyz"), 200);
  const metrics = await app.request("/metrics");
  assert.equal(await metrics.text(), "x 1\n");
  assert.equal(metrics.headers.get("content-type"), "text/plain; version=0.0.4");
  assert.equal(await status("/users"), 404);
});
