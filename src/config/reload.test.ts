import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./read.ts";
import { changesBetween, changeWords, limitChanges } from "./reload.ts";

function config(text: string) {
  const read = readConfig(`domains: [a.example]\n${text}`, "c.yaml");
  assert.ok(read.ok);
  return read.config;
}

/** From what, to what, and what is said about it. */
const rows: readonly (readonly [string, string, readonly string[]])[] = [
  ["", "log: { level: info }", []],
  ["", "log: { level: debug }", ["log.level changed"]],
  ["", "store: { path: x.db }", ["store.path added (counts from the next start)"]],
  [
    "listeners: [{ kind: xmpp-client }, { kind: http }]",
    "listeners: [{ kind: http }, { kind: xmpp-client, port: 15222 }]",
    ["listeners xmpp-client 0.0.0.0 port 5222 removed", "listeners xmpp-client 0.0.0.0 port 15222 added"],
  ],
  [
    "federation: { partners: [{ domain: b }, { domain: c }] }",
    "federation: { partners: [{ domain: c, allow: false }, { domain: d }] }",
    ["federation.partners b removed", "federation.partners d added", "federation.partners c changed"],
  ],
  [
    "sip: { trunks: [{ name: a, addresses: ['::1'] }, { name: b, addresses: ['::1'] }] }",
    "sip: { trunks: [{ name: b, addresses: ['::2'] }, { name: c, addresses: ['::1'] }], tls: legacy, advertise: h }",
    ["sip.trunks a removed", "sip.trunks b changed", "sip.trunks c added", "sip.tls changed", "sip.advertise added"],
  ],
  ["", "presence: { sharing: false }", ["presence.sharing changed"]],
  ["limits: { closeMs: 1 }", "dns: { servers: [127.0.0.1] }", ["dns.servers changed", "limits.closeMs changed"]],
  ["", "tls: { trust: { files: [ca.pem] }, certificates: c }", ["tls.trust changed", "tls.certificates added"]],
];

for (const [before, after, words] of rows) {
  test(`from {${before}} to {${after}}`, () => {
    assert.deepEqual(changesBetween(config(before), config(after)).map(changeWords).sort(), [...words].sort());
  });
}

test("a domain that came, one that went, one with another certificate", () => {
  const before = readConfig("domains: [a, b]", "c.yaml");
  const after = readConfig("domains: [{ name: b, certificate: x, key: y }, c]", "c.yaml");
  assert.ok(before.ok && after.ok);
  assert.deepEqual(changesBetween(before.config, after.config).map(changeWords), [
    "domains a removed",
    "domains c added",
    "domains b changed",
  ]);
});

test("only the limits that differ", () => {
  assert.deepEqual(limitChanges(config("").limits, config("limits: { closeMs: 7, drainMs: 10000 }").limits), {
    closeMs: 7,
  });
});
