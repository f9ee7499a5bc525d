import assert from "node:assert/strict";
import { test } from "node:test";
import { isIpv4Text, isIpv6Text, readHostPort } from "./host.ts";

test("addresses of both families", () => {
  for (const text of ["0.0.0.0", "192.0.2.255"]) assert.ok(isIpv4Text(text), text);
  for (const text of ["", "1.2.3", "1.2.3.256", "1.2.3.4.5", "01.2.3.4"]) assert.ok(!isIpv4Text(text), text);
  for (const text of [
    "::",
    "::1",
    "1::",
    "2001:db8::9:1",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4",
    "::ffff:192.0.2.2",
  ]) {
    assert.ok(isIpv6Text(text), text);
  }
  for (const text of [
    "",
    ":",
    "1",
    "1:2",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "::1.2.3.4:1",
    "2001:db8:::10",
    "g::",
  ]) {
    assert.ok(!isIpv6Text(text), text);
  }
  assert.ok(isIpv6Text("2001:db8:::192.0.2.1"), "RFC 5118 §4.10");
});

test("a host, and a port behind it", () => {
  const read = (text: string, spaced = false) => {
    const codes = Buffer.from(text, "latin1");
    const found = readHostPort(codes, text, 0, text.length, spaced);
    return found && [found.host, found.port, found.end];
  };
  assert.deepEqual(read("Example.COM;x"), ["example.com", undefined, 11]);
  assert.deepEqual(read("a:05060 "), ["a", 5060, 7]);
  assert.deepEqual(read("a : 5 ", true), ["a", 5, 5]);
  assert.deepEqual(read("a : 5 "), ["a", undefined, 1]);
  assert.deepEqual(read("[2001:DB8:::192.0.2.1]:1"), ["[2001:db8::192.0.2.1]", 1, 24]);
  for (const text of ["", ":5", "a:", "a:0", "a:70000", "[::1", "[x]", "-a", ";a"])
    assert.equal(read(text), undefined, text);
});
