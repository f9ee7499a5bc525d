import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNameAddr, tagOf } from "./name-addr.ts";
import type { Parameter } from "./parameters.ts";

const good: readonly (readonly [text: string, display: string, uri: string, parameters?: readonly Parameter[]])[] = [
  [
    '"A. G. Bell" <sip:agb@bell-telephone.com> ;tag=a48s',
    "A. G. Bell",
    "sip:agb@bell-telephone.com",
    [["tag", "a48s"]],
  ],
  ["sip:+12125551212@server.phone2net.com;tag=887s", "", "sip:+12125551212@server.phone2net.com", [["tag", "887s"]]],
  ["Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", "Anonymous", "sip:c8oqz84zk7z@privacy.org", [["tag", "hyh8"]]],
  ["<sip:bob@192.0.2.4>", "", "sip:bob@192.0.2.4"],
  ["<sip:p1.example.com;lr>;x", "", "sip:p1.example.com;lr", [["x", undefined]]],
  ["Mr. Watson <sips:bob@192.0.2.4>", "Mr. Watson", "sips:bob@192.0.2.4"],
  ["José Müller <sip:a@b>", "José Müller", "sip:a@b"],
  ["\u013cĢ\u0122\u013b <sip:a@b>", "\u013cĢ\u0122\u013b", "sip:a@b"],
  ['"大停電 \\"x\\" \\\\" <sip:a@b>', '大停電 "x" \\', "sip:a@b"],
  ['"<sip:evil@x>" <sip:a@b>', "<sip:evil@x>", "sip:a@b"],
  ['""<tel:+15550100>', "", "tel:+15550100"],
  ["caller<sip:a@b>", "caller", "sip:a@b"],
  ["<sip:a@b?Route=%3Csip:c%3E>;expires=5", "", "sip:a@b?Route=%3Csip:c%3E", [["expires", "5"]]],
  [
    '<sip:a@b>;+sip.instance="<urn:uuid:0>";Q=0.5',
    "",
    "sip:a@b",
    [
      ["+sip.instance", "<urn:uuid:0>"],
      ["q", "0.5"],
    ],
  ],
  ["<sip:a@b>\t;  tag \t= x ", "", "sip:a@b", [["tag", "x"]]],
  ["sip:a@b ; tag=x", "", "sip:a@b", [["tag", "x"]]],
];

test("RFC 3261 §20: a name and an address, or an address", () => {
  for (const [text, display, uri, parameters = []] of good) {
    const found = parseNameAddr(text);
    assert.ok(found.ok, text);
    assert.deepEqual(found.value, { display, uri, parameters, text });
  }
});

test("what is neither", () => {
  const bad = [
    "",
    "*",
    "<>",
    "<sip:>",
    "<sip:a@b",
    "<sip:a@b>x",
    "<sip:a@b>;",
    "<sip:a@b>;;tag=x",
    "<sip:a@b>;tag=",
    '<sip:a@b>;tag="x',
    "< sip:a@b>",
    "<sip:a@b >",
    "<sip:a b@c>",
    "<<sip:a@b>>",
    '"A <sip:a@b>',
    '"A\\" <sip:a@b>',
    '"A" sip:a@b',
    '"A" "B" <sip:a@b>',
    'A "B" <sip:a@b>',
    "Bell, Alexander <sip:a@b>",
    "Bell; <sip:a@b>",
    "sip:a@b?Route=x",
    "sip:a,b@c",
    "alice",
    "sip:",
    ":a@b",
    "<sip:ä@b>",
  ];
  for (const text of bad) {
    const found = parseNameAddr(text);
    assert.equal(found.ok || found.fault.code, "sip-malformed", text);
  }
});

test("the tag", () => {
  const tagIn = (text: string) => {
    const found = parseNameAddr(text);
    return found.ok ? tagOf(found.value) : found.fault.code;
  };
  assert.equal(tagIn("<sip:a@b>;x=y;TAG=Aa1"), "Aa1");
  assert.equal(tagIn("<sip:a@b;tag=uri>"), undefined);
  assert.equal(tagIn("sip:a@b;tag=header"), "header");
});
