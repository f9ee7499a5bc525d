import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { endpointFrom, ipFamily, isLoopback } from "./ip-literal.ts";

test("addresses are told from names", () => {
  const rows: [string, 4 | 6 | undefined][] = [
    ["192.0.2.1", 4],
    ["256.0.0.1", undefined],
    ["01.2.3.4", undefined],
    ["1.2.3", undefined],
    ["::", 6],
    ["::1", 6],
    ["2001:db8::192.0.2.1", 6],
    ["1:2:3:4:5:6:7:8", 6],
    ["1:2:3:4:5:6:7::", 6],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["1::2:3:4:5:6:7:8", undefined],
    ["1::2::3", undefined],
    [":::", undefined],
    ["12345::", undefined],
    ["example.org", undefined],
    ["", undefined],
  ];
  for (const [text, family] of rows) assert.equal(ipFamily(text), family, text);
});

test("ours agrees with the platform's on anything that looks like an address", () => {
  const piece = fc.constantFrom("::", ":", ".", "1", "0", "ab", "ffff", "192.0.2.1", "256", "12345", "g");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      assert.equal(ipFamily(text) ?? 0, isIP(text), text);
    }),
    { numRuns: 3000 },
  );
});

test("an endpoint is an address with or without a port", () => {
  assert.deepEqual(endpointFrom("127.0.0.1:5353", 53), { address: "127.0.0.1", port: 5353 });
  assert.deepEqual(endpointFrom("127.0.0.1", 53), { address: "127.0.0.1", port: 53 });
  assert.deepEqual(endpointFrom("[::1]:5353", 53), { address: "::1", port: 5353 });
  assert.deepEqual(endpointFrom("::1", 53), { address: "::1", port: 53 });
  for (const wrong of ["localhost:53", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "fe80::1%eth0", ""]) {
    assert.equal(endpointFrom(wrong, 53), undefined, wrong);
  }
});

test("loopback in all its forms", () => {
  for (const address of ["127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"]) assert.ok(isLoopback(address), address);
  for (const address of ["192.0.2.127", "::2", "10.127.0.1"]) assert.ok(!isLoopback(address), address);
});
