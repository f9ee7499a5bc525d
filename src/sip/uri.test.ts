import assert from "node:assert/strict";
import { test } from "node:test";
import { decodedUser, isSipUri, parseSipUri, parseUri, personOf, type SipUri, sameUri } from "./uri.ts";

function sip(text: string): SipUri {
  const uri = parseSipUri(text);
  assert.ok(uri.ok, text);
  return uri.value;
}

/** RFC 3261 §19.1.3, and others that are URIs. */
const good: readonly (readonly [text: string, user: string, host: string, port?: number])[] = [
  ["sip:alice@atlanta.com", "alice", "atlanta.com"],
  ["sip:alice:secretword@atlanta.com;transport=tcp", "alice", "atlanta.com"],
  ["sips:alice@atlanta.com?subject=project%20x&priority=urgent", "alice", "atlanta.com"],
  ["sip:+1-212-555-1212:1234@gateway.com;user=phone", "+1-212-555-1212", "gateway.com"],
  ["sips:1212@gateway.com", "1212", "gateway.com"],
  ["sip:alice@192.0.2.4", "alice", "192.0.2.4"],
  ["sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", "", "atlanta.com"],
  ["sip:alice;day=tuesday@atlanta.com", "alice;day=tuesday", "atlanta.com"],
  ["SIP:Alice@Atlanta.COM:5061", "Alice", "atlanta.com", 5061],
  ["sip:[2001:DB8::1]:5060;lr", "", "[2001:db8::1]", 5060],
  ["sip:*#06#@gateway.example;user=phone", "*#06#", "gateway.example"],
  ["sip:host_1.example", "", "host_1.example"],
  ["sip:a?b/c@x", "a?b/c", "x"],
];

test("RFC 3261 §19.1.3: what is a URI", () => {
  for (const [text, user, host, port] of good) {
    const uri = sip(text);
    assert.deepEqual([uri.user, uri.host, uri.port, uri.text], [user, host, port, text], text);
  }
});

test("its parts", () => {
  const uri = sip("sips:alice:secret@atlanta.com:5061;TRANSPORT=tcp;lr;x=%41b?Subject=a&to=b%40c");
  assert.equal(uri.scheme, "sips");
  assert.equal(uri.password, "secret");
  assert.deepEqual(uri.parameters, [
    ["transport", "tcp"],
    ["lr", undefined],
    ["x", "%41b"],
  ]);
  assert.equal(uri.headers, "Subject=a&to=b%40c");
});

test("Microsoft's URIs are read and kept byte for byte (R3)", () => {
  const text =
    "sip:alice@contoso.example;opaque=user:epid:hQ0SP_5rl16D4JvbBGGtAQAA;gruu;ms-fe=fe1.contoso.example;ms-key-info=AAEAAQ";
  const uri = sip(text);
  assert.equal(uri.text, text);
  assert.deepEqual(uri.parameters[0], ["opaque", "user:epid:hQ0SP_5rl16D4JvbBGGtAQAA"]);
});

test("what is no URI", () => {
  const bad = [
    "",
    "sip",
    "sip:",
    "sip:@host",
    "sip:alice@",
    "sip:a b@host",
    "sip:alice@host name",
    "sip:alice@host:",
    "sip:alice@host:0",
    "sip:alice@host:65536",
    "sip:alice@host:5o60",
    "sip:alice@host;",
    "sip:alice@host;;lr",
    "sip:alice@host;=x",
    "sip:alice@host;x=",
    "sip:alice@host?",
    "sip:alice@host;x=<",
    "sip:al%4@host",
    "sip:al%zz@host",
    "sip:alïce@host",
    "sip:a@b@c",
    "sip:2001:db8::10",
    "sip:[2001:db8::1",
    "sip:[2001:db8:::10]",
    "sip:[1.2.3.4]",
    "sip:[::ffff:1.2.3.400]",
    "sip:-host",
    "sip:.host",
    `sip:${"a".repeat(256)}`,
    "alice@host",
    "<sip:alice@host>",
    "1sip:alice@host",
    "sip:alice@host\r\n",
    "sip:alice\0@host",
  ];
  for (const text of bad) {
    const uri = parseSipUri(text);
    assert.equal(uri.ok || uri.fault.code, "sip-malformed", JSON.stringify(text));
  }
});

test("other schemes are URIs too, but not SIP's", () => {
  for (const text of ["tel:+15550100", "im:bob@ours.example", "http://www.example.com/?x#y", "x-a.b+1:z"]) {
    const uri = parseUri(text);
    assert.ok(uri.ok, text);
    assert.equal(isSipUri(uri.value), false);
    const none = parseSipUri(text);
    assert.equal(none.ok || none.fault.code, "sip-uri-scheme", text);
  }
  const tel = parseUri("TEL:+1-555");
  assert.deepEqual(tel.ok && tel.value, { scheme: "tel", rest: "+1-555", text: "TEL:+1-555" });
  for (const text of ["tel:", 'x:"', "x:a b", "x:<>"]) assert.equal(parseUri(text).ok, false, text);
});

test("a URI may be long, but not too long", () => {
  const long = `sip:${"a".repeat(2_042)}@b`;
  assert.equal(sip(long).user.length, 2_042);
  const fault = parseSipUri(`${long}c`);
  assert.equal(fault.ok || fault.fault.code, "sip-uri-too-long");
  assert.equal(parseUri("sip:alice@host", 13).ok, false);
});

/** RFC 3261 §19.1.4 */
const equal: readonly (readonly [string, string])[] = [
  ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;security=on"],
  [
    "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
    "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
  ],
  [
    "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
  ],
  ["sip:a%2fb@x", "sip:a%2Fb@x"],
];

const different: readonly (readonly [string, string])[] = [
  ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
  ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
  ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
  ["sip:a@x", "sips:a@x"],
  ["sip:a@x", "sip:a:p@x"],
  ["sip:a@x;maddr=1.2.3.4", "sip:a@x"],
  ["sip:a%2fb@x", "sip:a/b@x"],
];

test("RFC 3261 §19.1.4: which URIs are the same", () => {
  for (const [a, b] of equal) assert.ok(sameUri(sip(a), sip(b)) && sameUri(sip(b), sip(a)), `${a} ${b}`);
  for (const [a, b] of different) assert.ok(!sameUri(sip(a), sip(b)) && !sameUri(sip(b), sip(a)), `${a} ${b}`);
});

test("the user part without escapes, user parameters and password", () => {
  const users: readonly (readonly [string, string])[] = [
    ["sip:j%c3%bcrgen@x", "jürgen"],
    ["sip:a%20b@x", "a b"],
    ["sip:alice;day=tuesday@x", "alice"],
    ["sip:alice:pw@x", "alice"],
    ["sip:value%2541@x", "value%41"],
  ];
  for (const [text, name] of users) {
    const user = decodedUser(sip(text));
    assert.deepEqual(user.ok && user.value, name, text);
  }
  for (const text of ["sip:x", "sip:%ff@x", "sip:;a=b@x"]) {
    const user = decodedUser(sip(text));
    assert.equal(user.ok || user.fault.code, "sip-address-incomplete", text);
  }
});

test("the person a URI names", () => {
  const named = (text: string): string => {
    const uri = parseUri(text);
    const person = uri.ok ? personOf(uri.value) : uri;
    return person.ok ? person.value.text : person.fault.code;
  };
  assert.equal(named("sip:Bob@Ours.Example;transport=tls"), "bob@ours.example");
  assert.equal(named("sips:b%C3%BCcher@ours.example:5061"), "bücher@ours.example");
  assert.equal(named("sip:o'malley@ours.example"), "o\\27malley@ours.example"); // RFC 7247 §5
  assert.equal(named("im:bob@ours.example"), "bob@ours.example");
  assert.equal(named("pres:b%20ob@ours.example?x=y"), "sip-address-incomplete");
  assert.equal(named("pres:bob@ours.example?x=y"), "bob@ours.example");
  assert.equal(named("sip:ours.example"), "sip-address-incomplete");
  assert.equal(named("im:ours.example"), "sip-address-incomplete");
  assert.equal(named("sip:a%00b@ours.example"), "sip-address-incomplete");
  assert.equal(named("tel:+15550100"), "sip-uri-scheme");
});
