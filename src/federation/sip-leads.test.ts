import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainName } from "../base/domain-name.ts";
import { noOverrides } from "../presence/mapping-overrides.ts";
import { sipLeads } from "./sip-leads.ts";
import type { SipPartner } from "./sip-partner.ts";

const aol = "aol.com" as DomainName;

function partner(domain: string, type: SipPartner["type"], hosts: readonly string[] = [], parked = false): SipPartner {
  const routes = hosts.map((host) => ({
    host,
    port: 5061,
    transport: "tls" as const,
    priority: 1,
    weight: 1,
    inService: !parked,
  }));
  return {
    domain: domain as DomainName,
    type,
    description: "",
    direction: "both",
    routes,
    names: [],
    addresses: [],
    rate: undefined,
    mapping: noOverrides,
  };
}

/** "static hosted.example" or "srv hosted.example", in order. */
function leads(of: SipPartner, ...others: readonly SipPartner[]): string {
  const table = new Map([of, ...others].map((each) => [each.domain as string, each]));
  return sipLeads(of, table, aol)
    .map((lead) => `${lead.kind === "routes" ? "static" : lead.strict ? "srv" : "dns"} ${lead.of}`)
    .join(", ");
}

const cases: readonly (readonly [what: string, found: string, expected: string])[] = [
  ["RT-01: a static route wins", leads(partner("a.example", "lync2010", ["edge.a.example"])), "static a.example"],
  ["RT-01: without one, DNS", leads(partner("a.example", "lync2010")), "dns a.example"],
  [
    "SET-29: a parked route is none",
    leads(partner("a.example", "lync2010", ["edge.a.example"], true)),
    "dns a.example",
  ],
  [
    "RT-02: static and SRV of the hosted domain, then those of the default domain",
    leads(partner("hosted.example", "aol", ["h.example"]), partner("aol.com", "aol", ["gw.aol.com"])),
    "static hosted.example, srv hosted.example, static aol.com, srv aol.com",
  ],
  [
    "RT-02, RT-05: nothing of its own, and no entry for aol.com",
    leads(partner("hosted.example", "aol")),
    "srv hosted.example, srv aol.com",
  ],
  [
    "RT-03: the default domain itself, with a route",
    leads(partner("aol.com", "aol", ["gw.aol.com"])),
    "static aol.com, srv aol.com",
  ],
  ["RT-03: the default domain itself, without", leads(partner("aol.com", "aol")), "srv aol.com"],
];

for (const [what, found, expected] of cases) test(what, () => assert.equal(found, expected));
