import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainName } from "../base/domain-name.ts";
import { partnerTable } from "../federation/partner.ts";
import { faultLine, readConfig } from "./read.ts";

function faultsOf(text: string): string[] {
  const read = readConfig(text, "c.yaml");
  return read.ok ? [] : read.faults.map(faultLine);
}

/** What somebody wrote, and what they are told. */
const told: readonly (readonly [string, string, readonly RegExp[]])[] = [
  ["nothing", "", [/^c\.yaml:1:1: domains is missing\. Write a list, such as \[ours\.example/]],
  ["not a mapping", "- a", [/^c\.yaml:1:1: the file is not a mapping\. Write one key a line/]],
  [
    "a mistyped section",
    "domains: [a]\nlistners: []",
    [/^c\.yaml:2:1: listners is not a known key\. Did you mean listeners\?$/],
  ],
  [
    "a word nobody could have meant",
    "domains: [a]\nzzzzzzzz: 1",
    [/zzzzzzzz is not a known key\. Known here: domains, listeners, /],
  ],
  [
    "a mistyped key in a list",
    "domains: [a]\nlisteners:\n  - { kind: http, prot: 1 }",
    [/^c\.yaml:3:19: listeners\[0\]\.prot is not a known key\. Did you mean port\?$/],
  ],
  [
    "a mistyped key in one of two forms",
    "domains:\n  - { name: a, certficate: x, key: y }",
    [/^c\.yaml:2:16: domains\[0\]\.certficate is not a known key\. Did you mean certificate\?$/],
  ],
  [
    "a mistyped value",
    "domains: [a]\ntls: { clients: requird }",
    [/^c\.yaml:2:17: tls\.clients cannot be requird\. Write one of required, optional\. Did you mean required\?$/],
  ],
  ["a wrong type", "domains: a", [/^c\.yaml:1:10: domains cannot be a\. Write a list/]],
  [
    "neither of two forms",
    "domains: [17]",
    [/domains\[0\] cannot be 17\. Write text, .* or a mapping with the keys name/],
  ],
  [
    "a port out of range",
    "domains: [a]\nlisteners: [{ kind: http, port: 65536 }]",
    [/Write a whole number from 0 to 65535\./],
  ],
  [
    "a name for an address",
    "domains: [a]\nlisteners: [{ kind: http, address: localhost }]",
    [/is not an IP address: localhost/],
  ],
  ["a domain that is none", 'domains: ["a b"]', [/^c\.yaml:1:11: domains\[0\] is not a domain name: "a b"/]],
  [
    "a domain twice",
    "domains: [a.example, b.example, A.Example]",
    [/1:33: domains\[2\] names a\.example a second time/],
  ],
  [
    "a place twice",
    "domains: [a]\nlisteners: [{ kind: http, port: 1 }, { kind: http, port: 1 }]",
    [/takes 127\.0\.0\.1 port 1 a second time/],
  ],
  [
    "a datagram's place twice",
    "domains: [a]\nlisteners: [{ kind: sip-udp }, { kind: sip-tcp }, { kind: sip-udp }]",
    [/listeners\[2\] takes 0\.0\.0\.0 port 5060 a second time/],
  ],
  [
    "a call manager by name",
    "domains: [a]\nsip: { trunks: [{ name: cucm, addresses: [cucm.a] }] }",
    [/sip\.trunks\[0\]\.addresses\[0\] is not an IP address: cucm\.a/],
  ],
  [
    "a call manager from everywhere",
    `domains: [a]\nsip: { trunks: [{ name: cucm, addresses: [${Array.from({ length: 17 }, (_, n) => `192.0.2.${n}`)}] }] }`,
    [/addresses names more than 16 addresses/],
  ],
  [
    "a call manager from nowhere",
    "domains: [a]\nsip: { trunks: [{ name: cucm, addresses: [] }] }",
    [/addresses is empty/],
  ],
  [
    "a certificate over TCP",
    "domains: [a]\nsip: { trunks: [{ name: c, addresses: ['::1'], tlsSubject: c.a, transport: tcp }] }",
    [/trunks\[0\]\.transport has a tlsSubject, and no certificate is shown.*Leave transport out/],
  ],
  [
    "two call managers of one name",
    "domains: [a]\nsip: { trunks: [{ name: c, addresses: ['::1'] }, { name: c, addresses: ['::2'] }] }",
    [/sip\.trunks\[1\] names c a second time/],
  ],
  ["no place to advertise", "domains: [a]\nsip: { advertise: 'a b' }", [/is not a host name or an IP address: "a b"/]],
  [
    "a mistyped wish",
    "domains: [a]\npresence: { autoAuthorise: locals }",
    [/Write one of none, local\. Did you mean local\?/],
  ],
  ["half a certificate", "domains: [{ name: a, key: k }]", [/names a certificate without its key/]],
  [
    "a limit in words",
    "domains: [a]\nlimits: { closeMs: 5s }",
    [/limits\.closeMs cannot be "5s"\. Write a whole number/],
  ],
  ["a limit's old name", "domains: [a]\nlimits: { stanzaBytes: 5 }", [/Did you mean stanzaBytesMax\?/]],
  [
    "a bad route",
    "domains: [a]\nfederation: { partners: [{ domain: b, route: ['::1:x'] }] }",
    [/route\[0\] is not host:port/],
  ],
  [
    "a name as DNS server",
    "domains: [a]\ndns: { servers: [localhost] }",
    [/servers\[0\] is not address or address:port: localhost/],
  ],
  [
    "a level that is none",
    "domains: [a]\nlog: { rooms: { xmpp: loud } }",
    [/log\.rooms\.xmpp cannot be loud\. Write one of debug/],
  ],
  ["a list never closed", "domains: [a\nlog: {}", [/^c\.yaml:2:1: /]],
  ["tabs", "domains:\n\t- a", [/Indent with spaces/]],
  ["a key twice", "domains: [a]\ndomains: [b]", [/^c\.yaml:2:1: a key stands twice\. Keep one of the two\.$/]],
  [
    "several things",
    "tls: { clients: x }\ndomains: [a]\nfoo: 1\ndns: { servers: 7 }",
    [/^c\.yaml:1:.*tls\.clients/, /^c\.yaml:3:1: foo/, /^c\.yaml:4:.*dns\.servers/],
  ],
];

for (const [what, text, expected] of told) {
  test(`${what}: says where, what, and what to write instead`, () => {
    const faults = faultsOf(text);
    assert.equal(faults.length, expected.length, faults.join("\n"));
    for (const [at, words] of expected.entries()) assert.match(faults[at] ?? "", words);
  });
}

test("an alias bomb is refused", () => {
  const layers = Array.from({ length: 8 }, (_, at) => `k${at + 1}: &k${at + 1} [${`*k${at},`.repeat(9)}]`);
  assert.match(faultsOf(`k0: &k0 [x]\n${layers.join("\n")}`)[0] ?? "", /aliases/);
});

test("what is left out has its default, whole sections with nothing behind them too", () => {
  const read = readConfig("domains: [Ours.Example]\nlimits:\ntls:\n  trust:\n", "c.yaml");
  assert.ok(read.ok);
  const { config } = read;
  assert.deepEqual(config.domains, [{ name: "ours.example", certificate: undefined, key: undefined }]);
  assert.deepEqual(
    config.listeners.map(({ kind, address, port }) => `${kind} ${address} ${port}`),
    [
      "xmpp-client 0.0.0.0 5222",
      "xmpp-client-tls 0.0.0.0 5223",
      "xmpp-server 0.0.0.0 5269",
      "xmpp-server-tls 0.0.0.0 5270",
      "sip-tls 0.0.0.0 5061",
      "sip-wss 0.0.0.0 7443",
      "xcap 0.0.0.0 5281",
      "http 127.0.0.1 5280",
    ],
  );
  assert.equal(config.limits.closeMs, 5_000);
  assert.deepEqual(config.sip, { trunks: [], sentCopies: true, msrp: {}, tls: "modern" });
  assert.deepEqual(config.presence, {
    autoAuthorise: "none",
    registrationCounts: true,
    sharing: true,
    outOfOffice: "away",
    adHoc: { enabled: false, activeMax: 10_000, seconds: 1_800 },
    clientResources: { cupc: ["cupc"], jabber: ["jabber_"] },
  });
  assert.equal(config.tls.trust.system, true);
});

test("a call manager is believed over TLS where it has a name, else over TCP", () => {
  const text = `
domains: [a]
sip:
  advertise: 2001:db8::1
  trunks:
    - { name: one, addresses: [192.0.2.20, "2001:db8::20"], tlsSubject: CUCM.Ours.example }
    - { name: two, addresses: [192.0.2.21] }
    - { name: three, addresses: [192.0.2.22], transport: tls }
    - { name: four, addresses: [192.0.2.23], transport: udp }
`;
  const read = readConfig(text, "c.yaml");
  assert.ok(read.ok);
  assert.equal(read.config.sip.advertise, "[2001:db8::1]");
  assert.deepEqual(
    read.config.sip.trunks.map(({ name, tlsSubject, transport }) => [name, tlsSubject, transport]),
    [
      ["one", "cucm.ours.example", "tls"],
      ["two", undefined, "tcp"],
      ["three", undefined, "tls"],
      ["four", undefined, "udp"],
    ],
  );
});

test("the policy comes as the row for everybody, a partner's row with what was written in it", () => {
  const text = `
domains: [a]
federation:
  policy: { allow: false, tls: optional }
  partners:
    - { domain: B.example }
    - { domain: "*.c.example", preset: google-talk }
    - { domain: d.example, preset: google-talk, tls: required, direction: in }
    - { domain: e.example, route: ["e.test", "192.0.2.1:15269", "[2001:db8::1]:5270"] }
`;
  const read = readConfig(text, "c.yaml");
  assert.ok(read.ok);
  const [everybody, b, c, d, e] = read.config.federation.partners;
  const security = { tls: "optional", certificate: "encryption-only", dialback: "fallback", versionMin: "TLSv1.2" };
  assert.deepEqual(everybody, { ...security, domain: "*", allowIn: false, allowOut: false });
  assert.deepEqual(b, { domain: "b.example", allowIn: true, allowOut: true, route: undefined });
  assert.equal(c?.domain, "*.c.example");
  assert.equal(c?.preset, "google-talk");
  assert.deepEqual([d?.tls, d?.allowIn, d?.allowOut], ["required", true, false]);
  assert.deepEqual(e?.route, [
    { host: "e.test", port: 5269 },
    { host: "192.0.2.1", port: 15_269 },
    { host: "2001:db8::1", port: 5270 },
  ]);
  const table = partnerTable(read.config.federation.partners);
  assert.equal(table.policyFor("x.c.example" as DomainName).tls, "none");
  assert.equal(table.policyFor("other.example" as DomainName).allowIn, false);
});
