import assert from "node:assert/strict";
import { test } from "node:test";
import { asciiOf, isIpLiteral, parseDomainName } from "./domain-name.ts";

const valid: readonly [text: string, domain: string, ascii?: string][] = [
  ["example.com", "example.com"],
  ["localhost", "localhost"],
  ["EXAMPLE.Com", "example.com"],
  ["example.com.", "example.com"],
  ["3com.example", "3com.example"],
  ["a-b.example", "a-b.example"],
  ["a--b.example", "a--b.example"],
  [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
  ["Bücher.example", "bücher.example", "xn--bcher-kva.example"],
  ["xn--bcher-kva.example", "bücher.example", "xn--bcher-kva.example"],
  ["XN--BCHER-KVA.EXAMPLE.", "bücher.example", "xn--bcher-kva.example"],
  ["bu\u0308cher.example", "bücher.example", "xn--bcher-kva.example"],
  ["fußball.example", "fußball.example", "xn--fuball-cta.example"],
  ["ｅｘａｍｐｌｅ。com", "example.com"],
  ["3com.bücher", "3com.bücher", "3com.xn--bcher-kva"],
  ["192.0.2.1", "192.0.2.1"],
  ["[2001:DB8:0:0::1]", "[2001:db8::1]"],
  ["[::ffff:192.0.2.1]", "[::ffff:c000:201]"],
];

test("a domain has one canonical form", () => {
  for (const [text, domain, ascii = domain] of valid) {
    const found = parseDomainName(text);
    assert.ok(found.ok, text);
    assert.equal(found.value, domain);
    assert.equal(asciiOf(found.value), ascii);
    assert.deepEqual(parseDomainName(found.value), found, "parsing again changes nothing");
    assert.deepEqual(parseDomainName(ascii), found, "nor does the way through ASCII");
  }
});

test("what is no domain is refused", () => {
  const invalid = [
    "",
    ".",
    "..",
    "a..b",
    ".a",
    "a.example..",
    "-a.example",
    "a-.example",
    "a.example-",
    "ab--c.example",
    "a_b.example",
    "a b.example",
    "a/b",
    "a@b",
    "a:5222",
    "256.0.0.1",
    "1.2.3",
    "01.2.3.4",
    "1.2.3.4.5",
    "123",
    "[::1",
    "[]",
    "[1.2.3.4]",
    "[fe80::1%eth0]",
    "::1",
    "xn--",
    "xn--a",
    "xn--example-.example",
    "☕.example",
    "a…b.example",
    `${"a".repeat(64)}.example`,
    `${"a.".repeat(127)}a`,
    `${"ü".repeat(60)}ööö.example`,
    `${"abcdefg.".repeat(40)}example`,
    "\u0000",
    "\ud800.example",
  ];
  for (const text of invalid) {
    const found = parseDomainName(text);
    assert.equal(found.ok ? found.value : found.fault.code, "domain-malformed", JSON.stringify(text));
  }
});

test("IP literals are known as such", () => {
  for (const [text] of valid) {
    const found = parseDomainName(text);
    assert.equal(found.ok && isIpLiteral(found.value), /^\[|^192/.test(text), text);
  }
});
