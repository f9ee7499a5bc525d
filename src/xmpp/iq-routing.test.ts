import assert from "node:assert/strict";
import { test } from "node:test";
import { el } from "../xml/element.ts";
import { checkIq, iqPayload, routeIq } from "./iq-routing.ts";
import { ns } from "./ns.ts";
import type { Resource } from "./resource.ts";

const rows: [type: string, local: string, resource: string, verdict: string][] = [
  ["get", "", "", "server"],
  ["set", "", "r", "server"],
  ["result", "", "", "server"],
  ["get", "alice", "", "server"],
  ["set", "alice", "", "server"],
  ["error", "alice", "", "server"],
  ["get", "alice", "here", "deliver"],
  ["set", "alice", "here", "deliver"],
  ["result", "alice", "here", "deliver"],
  ["error", "alice", "here", "deliver"],
  ["get", "alice", "gone", "error"],
  ["set", "alice", "gone", "error"],
  ["result", "alice", "gone", "drop"],
  ["error", "alice", "gone", "drop"],
];

test("RFC 6121 §8.5: requests and answers to local addresses", () => {
  const here: Resource = { jid: { resource: "here" }, available: false, priority: 0 };
  for (const [type, local, resource, verdict] of rows) {
    const into: Resource[] = [];
    assert.equal(routeIq(type, local, resource, [here], into), verdict, `${type} ${local} ${resource}`);
    assert.deepEqual(into, verdict === "deliver" ? [here] : []);
  }
});

test("RFC 6120 §8.2.3: an iq has an id, a type and, asking, one child", () => {
  for (const type of ["get", "set", "result", "error"]) assert.equal(checkIq({ name: "iq", id: "", type }).ok, true);
  assert.equal(checkIq({ name: "iq", type: "get" }).ok, false);
  assert.equal(checkIq({ name: "iq", id: "1" }).ok, false);
  assert.equal(checkIq({ name: "iq", id: "1", type: "chat" }).ok, false);
  const ping = el("ping", ns.ping);
  assert.deepEqual(iqPayload(el("iq", ns.client, {}, "\n", ping)), { ok: true, value: ping });
  assert.equal(iqPayload(el("iq", ns.client)).ok, false);
  assert.equal(iqPayload(el("iq", ns.client, {}, ping, ping)).ok, false);
});
