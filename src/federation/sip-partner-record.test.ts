import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerRecord, readPartner } from "./sip-partner-record.ts";

const route = { host: "edge.contoso.example", port: 5061 };

test("SET-20 to SET-29: a route's fields, with their usual values", () => {
  const read = readPartner({ domain: "Contoso.example", type: "lync2010", routes: [route] });
  assert.ok(read.ok);
  assert.deepEqual(read.value.routes, [{ ...route, transport: "tls", priority: 1, weight: 1, inService: true }]);
  assert.equal(read.value.domain, "contoso.example");
  assert.deepEqual(readPartner(JSON.parse(partnerRecord(read.value))), read);
});

const refused: readonly (readonly [what: string, given: object, detail: RegExp])[] = [
  ["LIM-03, AOL: TLS over TCP only", { type: "aol", routes: [{ ...route, transport: "tcp" }] }, /aol takes TLS/],
  ["LIM-04, RT-08: Lync: TLS always", { type: "lync2010", routes: [{ ...route, transport: "tcp" }] }, /TLS over TCP/],
  ["LIM-04: Skype for Business too", { type: "sfb2019", routes: [{ ...route, transport: "tcp" }] }, /TLS over TCP/],
  ["a transport that is none", { type: "ocs2007", routes: [{ ...route, transport: "udp" }] }, /routes/],
  ["SET-26: a priority of 0", { type: "ocs2007", routes: [{ ...route, priority: 0 }] }, /routes/],
  ["SET-27: a weight beyond 65535", { type: "ocs2007", routes: [{ ...route, weight: 65_536 }] }, /routes/],
  ["no connection", { type: "ocs2007", connections: 0 }, /connections: 1 to 16/],
  ["a crowd of connections", { type: "ocs2007", connections: 17 }, /connections/],
  ["a rate of 0", { type: "ocs2007", rate: 0 }, /rate/],
  ["a mode that is none", { type: "simple", mode: "shout" }, /mode: one of page, session, msrp/],
  ["a mode where the type has its own", { type: "lync2010", mode: "msrp" }, /lync2010 has its own/],
  ["a type that is none", { type: "lotus" }, /type/],
];
for (const [what, given, detail] of refused) {
  test(`partner-unreadable: ${what}`, () => {
    const read = readPartner({ domain: "contoso.example", ...given });
    assert.ok(!read.ok);
    assert.equal(read.fault.code, "partner-unreadable");
    assert.match(read.fault.detail, detail);
  });
}

test("a SIMPLE domain's mode is kept, and nothing is kept where none was written", () => {
  const read = readPartner({ domain: "contoso.example", type: "simple", mode: "msrp" });
  assert.ok(read.ok && read.value.mode === "msrp");
  assert.deepEqual(readPartner(JSON.parse(partnerRecord(read.value))), read);
  const plain = readPartner({ domain: "contoso.example", type: "simple" });
  assert.ok(plain.ok && !("mode" in plain.value));
});

test("RT-08: OCS without an edge, over TCP", () => {
  const read = readPartner({ domain: "contoso.example", type: "ocs2007", routes: [{ ...route, transport: "tcp" }] });
  assert.ok(read.ok);
});
