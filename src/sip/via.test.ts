import assert from "node:assert/strict";
import { test } from "node:test";
import { parseVia } from "./via.ts";

const good: readonly (readonly [
  text: string,
  transport: string,
  host: string,
  port?: number | undefined,
  branch?: string,
])[] = [
  [
    "SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7",
    "UDP",
    "erlang.bell-telephone.com",
    5060,
    "z9hG4bK87asdks7",
  ],
  ["SIP/2.0/UDP 192.0.2.1:5060 ;received=192.0.2.207 ;branch=z9hG4bK77asjd", "UDP", "192.0.2.1", 5060, "z9hG4bK77asjd"],
  [
    "SIP / 2.0 / UDP first.example.com: 4000;ttl=16;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1",
    "UDP",
    "first.example.com",
    4000,
    "z9hG4bKa7c6a8dlze.1",
  ],
  ["SIP/2.0/tls [2001:DB8::9:1];branch=x", "TLS", "[2001:db8::9:1]", undefined, "x"],
  [
    "SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks",
    "WSS",
    "df7jal23ls0d.invalid",
    undefined,
    "z9hG4bK56sdasks",
  ],
  ["SIP/2.0/TLS-SCTP Host", "TLS-SCTP", "host"],
  ["sip/2.0/UDP a", "UDP", "a"],
];

test("RFC 3261 §20.42: one hop", () => {
  for (const [text, transport, host, port, branch] of good) {
    const via = parseVia(text);
    assert.ok(via.ok, text);
    const { protocol, ...rest } = via.value;
    assert.equal(protocol, "SIP/2.0", text);
    assert.deepEqual(
      [rest.transport, rest.host, rest.port, rest.branch, rest.text],
      [transport, host, port, branch, text],
    );
  }
});

test("parameters as Microsoft's edges write them (sip-wire 1.4)", () => {
  const via = parseVia(
    'SIP/2.0/TLS 10.1.1.5:50123;branched=FALSE;ms-internal-info="ab;,\\"<x>";ms-received-cid=5F00;rport',
  );
  assert.deepEqual(via.ok && via.value.parameters, [
    ["branched", "FALSE"],
    ["ms-internal-info", 'ab;,"<x>'],
    ["ms-received-cid", "5F00"],
    ["rport", undefined],
  ]);
  assert.equal(via.ok && via.value.branch, undefined);
});

test("another protocol is read, for its reader to judge", () => {
  const via = parseVia("SIP/7.0/UDP c.example.com");
  assert.equal(via.ok && via.value.protocol, "SIP/7.0");
});

test("what is no Via", () => {
  const bad = [
    "",
    "SIP/2.0/UDP",
    "SIP/2.0/UDP ",
    "SIP/2.0 a",
    "SIP/2.0/ a",
    "UDP a",
    "SIP/2.0/UDPa",
    "SIP/2.0/UDP a:",
    "SIP/2.0/UDP a:99999",
    "SIP/2.0/UDP [::1",
    "SIP/2.0/UDP 192.0.2.15;;,;,,",
    "SIP/2.0/UDP a;branch=",
    "SIP/2.0/UDP a b",
    "SIP/2.0/UDP ä",
  ];
  for (const text of bad) {
    const via = parseVia(text);
    assert.equal(via.ok || via.fault.code, "sip-malformed", text);
  }
});
