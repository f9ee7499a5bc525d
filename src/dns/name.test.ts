import assert from "node:assert/strict";
import { test } from "node:test";
import { dnsName } from "./name.ts";

test("a domain in DNS's form", () => {
  const rows: [string, string | undefined][] = [
    ["Example.ORG", "example.org"],
    ["example.org.", "example.org"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["faß.example", "xn--fa-hia.example"],
    ["_xmpp-server._tcp.example.org", "_xmpp-server._tcp.example.org"],
    ["1.2.3", "1.2.3"],
    ["", undefined],
    [".", undefined],
    ["a..b", undefined],
    [`${"x".repeat(63)}.org`, `${"x".repeat(63)}.org`],
    [`${"x".repeat(64)}.org`, undefined],
    [`${"a.".repeat(126)}ab`, undefined],
    [`${"a.".repeat(126)}a`, `${"a.".repeat(126)}a`],
  ];
  for (const [domain, name] of rows) assert.equal(dnsName(domain), name, domain);
});
