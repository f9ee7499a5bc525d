import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainName } from "../base/domain-name.ts";
import { Denials, readDenial } from "./denial.ts";
import { guarded } from "./guarded.ts";
import { partnerTable } from "./partner.ts";

const denials = new Denials([
  { domain: "bad.example", direction: "both" },
  { domain: "*.worse.example", direction: "both" },
  { domain: "quiet.worse.example", direction: "in" },
  { domain: "late.example", direction: "out" },
]);

const cases: readonly (readonly [domain: string, refused: string])[] = [
  ["bad.example", "in out"],
  ["im.bad.example", ""],
  ["worse.example", "in out"],
  ["im.worse.example", "in out"],
  ["very.much.worse.example", "in out"],
  ["quiet.worse.example", "in"],
  ["late.example", "out"],
  ["good.example", ""],
];
for (const [domain, refused] of cases) {
  test(`SET-15, SET-89, SET-90: the deny list refuses ${refused || "nothing"} of ${domain}`, () => {
    const found = (["in", "out"] as const).filter((way) => denials.refuses(domain, way));
    assert.equal(found.join(" "), refused);
    const policy = guarded(partnerTable([]), denials, () => false).policyFor(domain as DomainName);
    assert.equal(policy.allowIn, !refused.includes("in"));
    assert.equal(policy.allowOut, !refused.includes("out"));
  });
}

test("RT-17: a domain that is reached over SIP is not reached over XMPP", () => {
  const table = guarded(
    partnerTable([{ domain: "sip.example", tls: "optional" }]),
    denials,
    (at) => at === "sip.example",
  );
  const { allowIn, allowOut, tls } = table.policyFor("sip.example" as DomainName);
  assert.deepEqual([allowIn, allowOut, tls], [false, false, "optional"]);
  assert.ok(table.policyFor("xmpp.example" as DomainName).allowIn);
});

for (const given of [undefined, {}, { domain: "a b" }, { domain: "*." }, { domain: "a.example", direction: "up" }]) {
  test(`denial-unreadable: ${JSON.stringify(given)}`, () => {
    const read = readDenial(given);
    assert.equal(read.ok ? "" : read.fault.code, "denial-unreadable");
  });
}
