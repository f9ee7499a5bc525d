import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainName } from "../base/domain-name.ts";
import type { Zone, ZoneEntry } from "../dns/zone.ts";
import { SimResolver } from "../sim/resolver.ts";
import { systemClock } from "../world/clock.ts";
import { systemRandom } from "../world/random.ts";
import { discover } from "./discovery.ts";

const there: ZoneEntry = { SRV: [{ priority: 0, weight: 0, port: 5061, target: "host.far.example" }], ttlSeconds: 120 };
const refused: ZoneEntry = { SRV: [{ priority: 0, weight: 0, port: 0, target: "." }] };
const broken: ZoneEntry = { failing: "servfail" };
const [xmpp, xmpps] = ["_xmpp-server._tcp.far.example", "_xmpps-server._tcp.far.example"];
const [federation, sips, sip] = [
  "_sipfederationtls._tcp.far.example",
  "_sips._tcp.far.example",
  "_sip._tcp.far.example",
];

const cases: readonly (readonly [what: string, zone: Zone, prefer: "xmpp" | "sip", expected: string])[] = [
  ["names nothing", {}, "xmpp", "none"],
  ["names XMPP servers", { [xmpp]: there }, "xmpp", "xmpp"],
  ["names XMPP servers with direct TLS", { [xmpps]: there }, "xmpp", "xmpp"],
  ["names what Microsoft's servers name", { [federation]: there }, "xmpp", "sip sfb2019"],
  ["names SIP servers with TLS", { [sips]: there }, "xmpp", "sip simple"],
  ["names SIP servers without TLS", { [sip]: there }, "xmpp", "sip simple"],
  ["RT-17: names both, XMPP preferred", { [xmpp]: there, [federation]: there }, "xmpp", "xmpp"],
  ["RT-17: names both, SIP preferred", { [xmpp]: there, [sips]: there }, "sip", "sip simple"],
  ["says that it has no XMPP (RFC 2782)", { [xmpp]: refused, [sips]: there }, "xmpp", "sip simple"],
  ["says that it has neither", { [xmpp]: refused, [federation]: refused }, "xmpp", "none"],
  ["leaves open whether it has XMPP", { [xmpp]: broken, [sips]: there }, "xmpp", "failed"],
  ["leaves open what is not preferred", { [xmpp]: there, [sips]: broken }, "xmpp", "xmpp"],
  ["leaves open everything", { [sip]: broken }, "xmpp", "failed"],
];
for (const [what, zone, prefer, expected] of cases) {
  test(`SET-13: a domain that ${what}: ${expected}`, async () => {
    const resolver = new SimResolver({ zone, clock: systemClock(), random: systemRandom() });
    const found = await discover("far.example" as DomainName, prefer, resolver);
    assert.equal(found.kind === "sip" ? `sip ${found.type}` : found.kind, expected);
    assert.equal(found.asked.length, 5);
    if (found.kind === "xmpp" || found.kind === "sip") assert.equal(found.ttlSeconds, 120);
  });
}
