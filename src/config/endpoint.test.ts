import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { isAddress, parseHostPort } from "./endpoint.ts";

test("agrees with the platform on what an address is", () => {
  const piece = fc.constantFrom(
    "0",
    "1",
    "00",
    "255",
    "256",
    "ffff",
    "fffff",
    "::",
    ":",
    ".",
    "%",
    "eth0",
    "127.0.0.1",
    "g",
    "",
  );
  const near = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const text = fc.oneof(near, fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(text, (address) => assert.equal(isAddress(address), isIP(address) !== 0, address)),
    { numRuns: 3_000 },
  );
});

test("host and port", () => {
  assert.deepEqual(parseHostPort("[::1]:53", 1), { host: "::1", port: 53 });
  assert.deepEqual(parseHostPort("::1", 1), { host: "::1", port: 1 });
  assert.deepEqual(parseHostPort("h:65535", 1), { host: "h", port: 65_535 });
  for (const bad of ["", "h:", "h:0", "h:65536", "[::1", "[x]:1", "a b:1", "a:b:1"]) {
    assert.equal(parseHostPort(bad, 1), undefined, bad);
  }
});
