import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "./address.ts";
import { hex } from "./bytes.ts";
import { digestVerifiers, ha1Of } from "./digest-verifier.ts";

test("the name, the realm and the password of RFC 7616 §3.9.1 and RFC 2617 §3.5", () => {
  const mufasa = (algorithm: "MD5" | "SHA-256") =>
    hex(ha1Of(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life"));
  assert.equal(mufasa("MD5"), "3d78807defe7de2157e2b0b6573a855f");
  assert.equal(mufasa("SHA-256"), "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
  const old = ha1Of("MD5", "Mufasa", "testrealm@host.com", "Circle Of Life");
  assert.equal(hex(old), "939e7578ed9e3c518a452acee763bce9");
});

test("one verifier for each algorithm and each way to write the user name, in the realm of the domain", () => {
  const alice = parseAddress("Alice@Ours.Example");
  assert.ok(alice.ok);
  const made = digestVerifiers(alice.value, "pässwörd", ["MD5", "SHA-256"]);
  assert.deepEqual(
    made.map(({ algorithm, username, realm, ha1 }) => `${algorithm} ${username} ${realm} ${ha1.length}`),
    [
      "MD5 alice ours.example 16",
      "MD5 alice@ours.example ours.example 16",
      "SHA-256 alice ours.example 32",
      "SHA-256 alice@ours.example ours.example 32",
    ],
  );
  assert.deepEqual(made[3]?.ha1, ha1Of("SHA-256", "alice@ours.example", "ours.example", "pässwörd"));
  assert.deepEqual(digestVerifiers(alice.value, "x", []), []);
});
