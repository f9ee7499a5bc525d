import assert from "node:assert/strict";
import { test } from "node:test";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { openPolicy, partnerTable } from "./partner.ts";

const domain = (text: string): DomainName => {
  const read = parseDomainName(text);
  return read.ok ? read.value : assert.fail(text);
};

test("the closest row counts", () => {
  const table = partnerTable([
    { domain: "*", versionMin: "TLSv1.3", tls: "optional" },
    { domain: "*.example", route: [{ host: "wide", port: 1 }] },
    { domain: "*.theirs.example", route: [{ host: "close", port: 2 }] },
    { domain: "theirs.example", route: [{ host: "exact", port: 3 }] },
  ]);
  const host = (name: string) => table.policyFor(domain(name)).route[0]?.host;
  assert.equal(host("theirs.example"), "exact");
  assert.equal(host("im.theirs.example"), "close");
  assert.equal(host("a.b.theirs.example"), "close");
  assert.equal(host("nottheirs.example"), "wide");
  assert.equal(host("example"), undefined, "*.example is what is under it");
  assert.equal(
    table.policyFor(domain("im.theirs.example")).versionMin,
    "TLSv1.3",
    "the rest comes from everybody's row",
  );
});

test("own keys go before the preset, the preset before everybody's row", () => {
  const table = partnerTable([
    { domain: "*", sm: false, tls: "none", allowIn: false },
    { domain: "sametime.example", preset: "sametime-gateway", dialback: "never", tls: undefined },
  ]);
  assert.deepEqual(table.policyFor(domain("sametime.example")), {
    ...openPolicy,
    allowIn: false,
    tls: "required",
    certificate: "strict",
    dialback: "never",
    sm: false,
    multiplex: "none",
  });
  assert.deepEqual(table.policyFor(domain("other.example")), { ...openPolicy, sm: false, tls: "none", allowIn: false });
});

test("without rows everybody is welcome, over TLS", () => {
  assert.deepEqual(partnerTable([]).policyFor(domain("theirs.example")), openPolicy);
});
