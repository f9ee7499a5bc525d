import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Flow } from "./sip-flow.ts";
import { type Servers, SipTrying } from "./sip-trying.ts";
import type { Site } from "./site.ts";

const flow = { heard: 0, remote: { address: "192.0.2.1", port: 5060 } } as Flow;

/** A request for servers of which none is left behind the first. */
function tried(next: () => Promise<Result<Flow>>) {
  const told: string[] = [];
  const site = {
    storeFailed: (error: unknown) => void told.push(`logged: ${(error as Error).message}`),
    log: () => {},
    world: { metrics: { series: () => ({ add() {} }) } },
  };
  const servers: Servers = { of: "there.example", more: true, failed() {}, answered() {}, next };
  const trying = new SipTrying(site as unknown as Site, servers, (_, self) => {
    told.push("sent");
    self.asker({ answered: (status) => void told.push(String(status)) });
  });
  return { trying, told, failed: (why: Fault) => void told.push(why.code) };
}

const never = () => Promise.reject(new Error("a mistake"));

test("over the first server when it is reached, and why not when it is not", async () => {
  const { trying, told, failed } = tried(never);
  trying.first(Promise.resolve(ok(flow)), failed);
  trying.first(Promise.resolve(no(fault("remote-server-not-found"))), failed);
  await Promise.resolve().then(() => {});
  assert.deepEqual(told, ["sent", "remote-server-not-found"]);
});

test("whoever asks hears of it, too, when something breaks while a server is looked for, the first or the next", async () => {
  const { trying, told, failed } = tried(never);
  trying.first(never(), failed);
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(told, ["logged: a mistake", "store-unavailable"]);
  trying.over(flow);
  trying.answered(503, undefined);
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(told.slice(2), ["sent", "logged: a mistake", "503"]);
});
