import assert from "node:assert/strict";
import { test } from "node:test";
import { contestsOf, rowsOf } from "./contest.ts";
import { cpuUs, memoryKib, treeOf } from "./gauge.ts";
import type { Figures, Workload } from "./job.ts";
import { MarkCounter } from "./lane.ts";
import { Latency } from "./latency.ts";
import { readOptions } from "./options.ts";
import { median, type Row, ratio } from "./row.ts";
import { tables } from "./table.ts";

test("marks are counted however the bytes are cut", () => {
  const bytes = Buffer.from("<m>a</m><m></m></m</m></</m>");
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const counter = new MarkCounter("</m>");
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      assert.equal(
        pieces.reduce((sum, piece) => sum + counter.count(piece), 0),
        4,
        `${first} ${second}`,
      );
    }
  }
});

test("quantiles are right to a bucket", () => {
  const latency = new Latency();
  for (let us = 1; us <= 1000; us++) latency.record(us);
  for (const part of [0.1, 0.5, 0.99]) {
    const found = latency.quantile(part);
    assert.ok(Math.abs(found / (1000 * part) - 1) < 0.06, `${part}: ${found}`);
  }
  latency.clear();
  assert.equal(latency.quantile(0.5), 0);
});

test("a process's own tree is found, and has used time and memory", () => {
  const tree = treeOf(process.pid);
  assert.equal(tree[0], process.pid);
  assert.ok(cpuUs(tree) > 0);
  assert.ok(memoryKib(tree).rss > 1024);
});

test("options are read, and wrong ones refused", () => {
  assert.deepEqual(readOptions(["--only", "x2-w1,comity"])?.workloads, ["x2-w1"]);
  assert.deepEqual(readOptions(["--only", "x2-w1,comity"])?.peers, ["comity"]);
  assert.equal(readOptions(["--help"]), undefined);
  for (const wrong of [["--only", "x9"], ["--runs", "0"], ["--seconds", "x"], ["--nope"]]) {
    assert.throws(() => readOptions(wrong));
  }
});

test("the table compares with the floor's median", () => {
  const figures = (cpu: number): Figures => ({
    units: 1000,
    seconds: 1,
    contest: 1,
    serverCpuUs: [cpu * 1000],
    driverCpuUs: 1000,
    p50Us: 1,
    p99Us: 2,
    stalled: 0,
    othersBusy: 0,
  });
  const row = { memory: [], failures: [] };
  const text = tables([
    { ...row, workload: "raw-w1", peer: "floor", figures: [10, 30, 20].map(figures) },
    { ...row, workload: "x2-w1", peer: "comity", figures: [figures(50)] },
    { ...row, workload: "x2-w1", peer: "prosody", figures: [], failures: ["why"] },
  ]);
  assert.match(text, /floor +\| 10\.0 \/ 20\.0 \/ 30\.0 +\| 1\.00/);
  assert.match(text, /comity +\| 50\.0 \/ 50\.0 \/ 50\.0 +\| 2\.50/);
  assert.match(text, /prosody \| failed: why/);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test("a floor has turns beside what is held against it, and its own where nothing is", () => {
  const does: Record<string, readonly string[]> = {
    floor: ["raw-w1", "x4"],
    "sip-floor": ["sip-floor-tls-w1", "sip-floor-udp-in"],
    comity: ["x2-w1", "x4", "sip-to-xmpp-tls-w1"],
    kamailio: ["sip-message-tls-w1"],
  };
  const asked: Workload[] = ["raw-w1", "x2-w1", "x4", "sip-floor-udp-in", "sip-to-xmpp-tls-w1"];
  const contests = contestsOf(asked, Object.keys(does), (peer, workload) => does[peer]?.includes(workload) === true);
  const told = contests.map(({ workload, parts }) => [
    workload,
    ...parts.map((part) => `${part.peer} ${part.workload}`),
  ]);
  assert.deepEqual(told, [
    ["x2-w1", "floor raw-w1", "comity x2-w1"],
    ["x4", "floor x4"],
    ["x4", "comity x4"],
    ["sip-floor-udp-in", "sip-floor sip-floor-udp-in"],
    ["sip-to-xmpp-tls-w1", "sip-floor sip-floor-tls-w1", "comity sip-to-xmpp-tls-w1", "kamailio sip-message-tls-w1"],
  ]);
  assert.equal(rowsOf([...contests, ...contests]).length, 8);
});

test("rows are compared where they had turns at the same time", () => {
  const row = (cpus: readonly [contest: number, cpu: number][]): Row => ({
    workload: "x2-w1",
    peer: "comity",
    memory: [],
    failures: [],
    figures: cpus.map(([contest, cpu]) => ({
      units: 1,
      seconds: 1,
      contest,
      serverCpuUs: [cpu],
      driverCpuUs: 1,
      p50Us: 1,
      p99Us: 2,
      stalled: 0,
      othersBusy: 0,
    })),
  });
  // The third was measured while the machine was slow, and the other had no turns then.
  const ours = row([
    [1, 10],
    [2, 30],
    [3, 100],
  ]);
  assert.equal(
    ratio(
      ours,
      row([
        [2, 15],
        [1, 5],
      ]),
    ),
    2,
  );
  assert.equal(ratio(ours, row([[4, 60]])), 0.5);
  assert.equal(ratio(ours, row([])), undefined);
  assert.equal(ratio(ours, undefined), undefined);
});
