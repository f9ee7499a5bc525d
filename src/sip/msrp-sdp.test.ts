import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprintOf, matchesFingerprint, readFingerprint } from "./msrp-fingerprint.ts";
import { answeredSetup, offererConnects, readMsrpOffer, takes, writeMsrpSdp } from "./msrp-sdp.ts";

const sdp = (...lines: string[]) =>
  `v=0\r\no=alice 2890844526 2890844527 IN IP4 alice.example.com\r\ns= -\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n${lines.join("\r\n")}\r\n`;
const read = (...lines: string[]) => {
  const offer = readMsrpOffer(sdp(...lines), 10);
  return offer.ok ? offer.value : offer.fault.code;
};
const path = "a=path:msrp://alice.example.com:7777/iau39soe2843z;tcp";

test("RFC 4975 §11.1: its offer", () => {
  const offer = read("m=message 7777 TCP/MSRP *", "a=accept-types:text/plain", path);
  assert.ok(typeof offer !== "string");
  const { secure, acceptTypes, setup, maxSize, port, address } = offer.description;
  assert.deepEqual(
    [secure, acceptTypes, setup, maxSize, port, address],
    [false, ["text/plain"], undefined, undefined, 7777, "192.0.2.7"],
  );
  assert.equal(offer.description.path[0]?.session, "iau39soe2843z");
});

test("RFC 4975 §8.6, RFC 6135, RFC 8122, RFC 6714: all that is said of a session", () => {
  const print = `a=fingerprint:SHA-256 ${"ab:".repeat(31)}AB`;
  const offer = read(
    "m=audio 3456 RTP/AVP 0",
    "m=message 9 TCP/TLS/MSRP *",
    "c=IN IP6 2001:db8::7",
    "a=accept-types:message/cpim text/* ",
    "a=accept-wrapped-types:*",
    "a=max-size:4000",
    "a=setup:actpass",
    print,
    "a=msrp-cema",
    "a=path:msrps://relay.example:9000/r;tcp msrps://alice.example:7/s;tcp",
  );
  assert.ok(typeof offer !== "string");
  const { description: it, media, at } = offer;
  assert.deepEqual([media.length, at], [2, 1]);
  assert.deepEqual(
    [it.secure, it.setup, it.maxSize, it.cema, it.path.length, it.address],
    [true, "actpass", 4_000, true, 2, "2001:db8::7"],
  );
  assert.deepEqual(it.fingerprints, [{ hash: "sha-256", value: `${"AB:".repeat(31)}AB` }]);
  assert.ok(
    takes(it.acceptTypes, "text/plain") && takes(it.wrappedTypes, "a/b") && !takes(it.acceptTypes, "image/png"),
  );
});

test("what is no session of MSRP to be had", () => {
  const types = "a=accept-types:text/plain";
  assert.equal(read("m=audio 3456 RTP/AVP 0"), "sip-not-acceptable-here");
  assert.equal(read("m=message 0 TCP/MSRP *", types, path), "sip-not-acceptable-here");
  assert.equal(read("m=message 7 TCP/MSRP *", types, path, "a=inactive"), "sip-not-acceptable-here");
  assert.equal(read("m=message 7 TCP/MSRP *", types), "sip-malformed");
  assert.equal(read("m=message 7 TCP/MSRP *", path), "sip-malformed");
  assert.equal(read("m=message 7 TCP/TLS/MSRP *", types, path), "sip-malformed", "msrp in a session over TLS");
  const none = readMsrpOffer("hello", 10);
  assert.ok(!none.ok && none.fault.code === "sip-malformed");
});

test("RFC 6135 §4.2, RFC 4145 §4.1: who connects", () => {
  const answers = (["active", "passive", "actpass", "holdconn", undefined] as const).map((offered) => [
    answeredSetup(offered, true),
    answeredSetup(offered, false),
  ]);
  assert.deepEqual(answers, [
    ["passive", undefined],
    ["active", "active"],
    ["active", "active"],
    [undefined, undefined],
    ["passive", undefined],
  ]);
  assert.deepEqual(
    ([undefined, "passive", "active", "actpass"] as const).map((answered) => [
      offererConnects("actpass", answered),
      offererConnects("active", answered),
    ]),
    [
      [true, true],
      [true, true],
      [false, undefined],
      [undefined, undefined],
    ],
  );
});

test("what is written can be read, and an answer refuses what else was offered (RFC 3264 §6)", () => {
  const offered = read(
    "m=audio 3456 RTP/AVP 0",
    "m=message 7 TCP/MSRP *",
    "a=accept-types:*",
    path,
    "m=message 7 TCP/MSRP *",
  );
  assert.ok(typeof offered !== "string");
  const fingerprint = fingerprintOf(Buffer.from("a certificate"));
  const text = writeMsrpSdp({
    address: "2001:db8::1",
    port: 2855,
    secure: true,
    uri: "msrps://ours.example:2855/s1;tcp",
    setup: "passive",
    fingerprint,
    maxSize: 65_536,
    acceptTypes: "text/plain message/cpim",
    wrappedTypes: "*",
    answers: offered,
  });
  const again = readMsrpOffer(text, 10);
  assert.ok(again.ok);
  assert.deepEqual(again.value.media, ["audio 0 RTP/AVP 0", "message 2855 TCP/TLS/MSRP *", "message 0 TCP/MSRP *"]);
  const { secure, setup, maxSize, fingerprints, cema, address } = again.value.description;
  assert.deepEqual([secure, setup, maxSize, cema, address], [true, "passive", 65_536, true, "2001:db8::1"]);
  assert.deepEqual(fingerprints, [fingerprint]);
});

test("RFC 8122 §5: the strongest hash counts, and those that prove nothing match nothing", () => {
  const certificate = Buffer.from("a certificate");
  const [small, large] = [fingerprintOf(certificate), fingerprintOf(certificate, "sha-512")];
  assert.ok(small && large);
  assert.ok(matchesFingerprint(certificate, [small]));
  assert.ok(matchesFingerprint(certificate, [large, small]));
  assert.ok(!matchesFingerprint(certificate, [small, { ...large, value: small.value }]));
  assert.ok(!matchesFingerprint(Buffer.from("another"), [small]));
  assert.ok(!matchesFingerprint(certificate, [{ hash: "sha-1", value: small.value }]));
  assert.ok(!matchesFingerprint(certificate, []));
  assert.equal(readFingerprint("sha-256 zz:zz"), undefined);
});
