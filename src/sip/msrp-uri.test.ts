import assert from "node:assert/strict";
import { test } from "node:test";
import { type MsrpUri, msrpUri, parseMsrpPath, parseMsrpUri, sameMsrpUri } from "./msrp-uri.ts";

const read = (text: string): MsrpUri => {
  const uri = parseMsrpUri(text);
  assert.ok(uri.ok, text);
  return uri.value;
};

test("the URIs of RFC 4975's examples", () => {
  const { secure, host, port, session, transport } = read("msrp://atlanta.example.com:7654/jshA7weztas;tcp");
  assert.deepEqual(
    [secure, host, port, session, transport],
    [false, "atlanta.example.com", 7654, "jshA7weztas", "tcp"],
  );
  assert.equal(read("msrps://alice@[2001:DB8::7]:9/a+b=/c;TCP;x=y").host, "[2001:db8::7]");
  assert.equal(read("msrps://relay.example;tcp").session, "");
});

test("RFC 4975 §6.1: what is compared without regard to case, and what not at all", () => {
  const same = (a: string, b: string) => sameMsrpUri(read(a), read(b));
  assert.ok(same("msrp://Host.example:1/Ab;tcp", "MSRP://anna@host.EXAMPLE:1/Ab;TCP;more=1"));
  assert.ok(!same("msrp://host.example:1/Ab;tcp", "msrp://host.example:1/ab;tcp"));
  assert.ok(!same("msrp://host.example:2855/Ab;tcp", "msrp://host.example/Ab;tcp"));
  assert.ok(!same("msrp://host.example:1/Ab;tcp", "msrps://host.example:1/Ab;tcp"));
});

test("what is no MSRP URI", () => {
  for (const text of [
    "",
    "msrp://host:1/a",
    "msrp://:1/a;tcp",
    "msrp://host:0/a;tcp",
    "msrp://host:70000/a;tcp",
    "http://host:1/a;tcp",
    "msrp://host:1/a;tcp\r\nX: y",
    "msrp://host:1/a b;tcp",
    `msrp://host:1/${"a".repeat(600)};tcp`,
  ]) {
    assert.ok(!parseMsrpUri(text).ok, text);
  }
});

test("a path has one to so many URIs", () => {
  const relayed = parseMsrpPath("msrps://relay.example:9000/r1;tcp msrp://bob.example:8888/9di;tcp", 2);
  assert.ok(relayed.ok && relayed.value.length === 2 && relayed.value[1]?.session === "9di");
  assert.ok(!parseMsrpPath("", 2).ok);
  assert.ok(!parseMsrpPath("msrp://a:1/a;tcp msrp://a:1/b;tcp msrp://a:1/c;tcp", 2).ok);
});

test("our own", () => {
  assert.equal(msrpUri(true, "ours.example", 2855, "s1"), "msrps://ours.example:2855/s1;tcp");
  assert.equal(msrpUri(false, "2001:db8::1", 2855, "s1"), "msrp://[2001:db8::1]:2855/s1;tcp");
});
