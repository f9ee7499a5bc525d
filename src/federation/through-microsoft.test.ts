import assert from "node:assert/strict";
import { test } from "node:test";
import { readPartner } from "./sip-partner-record.ts";
import { throughOurMicrosoft } from "./through-microsoft.ts";

const ours = ["ours.example", "mail.example"];

const cases: readonly (readonly [
  what: string,
  domain: string,
  type: string,
  hosts: readonly string[],
  found: readonly string[],
])[] = [
  ["a partner's own edge", "contoso.example", "lync2010", ["sip.contoso.example"], []],
  ["a partner found by DNS", "contoso.example", "sfb2019", [], []],
  ["a hosting provider's", "contoso.example", "sfb2019", ["sipfed.provider.example"], []],
  [
    "our own Lync, in the domain of our email addresses",
    "contoso.example",
    "lync2010",
    ["lync.mail.example"],
    ["lync.mail.example"],
  ],
  ["our own OCS, in a domain of ours", "contoso.example", "ocs2007r2", ["pool.ours.example"], ["pool.ours.example"]],
  [
    "a domain under one of ours, on a server of its own",
    "emea.mail.example",
    "lync2010",
    ["sip.emea.mail.example"],
    [],
  ],
  ["a name that only ends alike", "contoso.example", "lync2010", ["sip.hotmail.example"], []],
  ["what is no Microsoft server", "contoso.example", "simple", ["proxy.ours.example"], []],
];

for (const [what, domain, type, hosts, found] of cases) {
  test(`EML-10, RT-11: ${what}`, () => {
    const partner = readPartner({ domain, type, routes: hosts.map((host) => ({ host, port: 5061 })) });
    assert.ok(partner.ok);
    assert.deepEqual(throughOurMicrosoft(partner.value, ours), found);
  });
}

test("a route that is parked leads nowhere", () => {
  const route = { host: "lync.mail.example", port: 5061, inService: false };
  const partner = readPartner({ domain: "contoso.example", type: "lync2010", routes: [route] });
  assert.ok(partner.ok);
  assert.deepEqual(throughOurMicrosoft(partner.value, ours), []);
});
