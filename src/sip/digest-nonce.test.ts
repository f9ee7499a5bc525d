import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Nonces } from "./digest-nonce.ts";

const secret = Buffer.from("0123456789abcdef0123456789abcdef");
const began = 1_795_478_400_000;
let drawn = 0;
const random = { bytes: (count: number) => Buffer.alloc(count, ++drawn) };

function nonces(max = 100, secretOf: Uint8Array = secret): Nonces {
  return new Nonces(secretOf, { sipNonceMs: 300_000, sipNoncesMax: max });
}

const counted = (nonce: string, nc: number) => ({
  nonce,
  qop: "auth" as const,
  nc: nc.toString(16).padStart(8, "0"),
  response: "",
});
const plain = (nonce: string, response: string) => ({ nonce, qop: "" as const, nc: "", response });

test("a nonce is its time, its random number and an HMAC over both and the source", () => {
  const nonce = nonces().make(began, { bytes: (count) => Buffer.alloc(count, 7) }, "192.0.2.7");
  const bytes = Buffer.from(nonce, "base64url");
  assert.equal(bytes.readUIntBE(0, 6), began);
  assert.deepEqual(bytes.subarray(6, 14), Buffer.alloc(8, 7));
  const mac = createHmac("sha256", secret).update(bytes.subarray(0, 14)).update("192.0.2.7").digest();
  assert.deepEqual(bytes.subarray(14), mac.subarray(0, 16));
});

test("it is good for its time and its address, without having been remembered", () => {
  const given = nonces();
  const nonce = given.make(began, random, "192.0.2.7");
  assert.equal(given.judge(nonce, began, "192.0.2.7"), "good");
  assert.equal(given.judge(nonce, began + 300_000, "192.0.2.7"), "good");
  assert.equal(given.judge(nonce, began + 300_001, "192.0.2.7"), "stale");
  assert.equal(given.judge(nonce, began, "192.0.2.8"), "stale");
  assert.equal(given.judge(nonce, began), "stale");
  assert.equal(given.remembered, 0);
});

test("what was not made here is stale", () => {
  const given = nonces();
  const nonce = given.make(began, random);
  assert.equal(nonces(100, Buffer.alloc(32, 9)).judge(nonce, began), "stale");
  for (let at = 0; at < nonce.length; at++) {
    const other = nonce.charAt(at) === "A" ? "B" : "A";
    assert.equal(given.judge(nonce.slice(0, at) + other + nonce.slice(at + 1), began), "stale", `changed at ${at}`);
  }
  for (const text of [
    "",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    `${nonce}A`,
    nonce.slice(1),
    "ü".repeat(40),
    " ".repeat(40),
  ]) {
    assert.equal(given.judge(text, began), "stale", text);
  }
});

test("one nonce has one spelling", () => {
  const given = nonces();
  let other = "";
  let nonce = "";
  for (let at = 0; other === nonce; at++) {
    nonce = given.make(began + at, random);
    other = nonce.replaceAll("-", "+").replaceAll("_", "/");
  }
  assert.deepEqual(Buffer.from(other, "base64url"), Buffer.from(nonce, "base64url"));
  assert.equal(given.judge(other, began), "stale");
});

test("each count is good once; those that were overtaken still come, the last 32", () => {
  const given = nonces();
  const nonce = given.make(began, random);
  const use = (nc: number) => given.use(counted(nonce, nc), began);
  const rows: readonly (readonly [number, boolean])[] = [
    [2, true],
    [2, false],
    [1, true],
    [1, false],
    [3, true],
    [40, true],
    [39, true],
    [39, false],
    [9, true],
    [8, false],
    [40, false],
    [71, true],
    [40, false],
    [41, true],
    [0xffff_ffff, true],
    [0xffff_fffe, true],
    [72, false],
    [0xffff_ffff, false],
  ];
  for (const [nc, good] of rows) assert.equal(use(nc), good, `count ${nc}`);
  assert.equal(given.remembered, 1);
});

test("without a count each response is good once, however it is spelt", () => {
  const given = nonces();
  const nonce = given.make(began, random);
  assert.equal(given.use(plain(nonce, "00ff"), began), true);
  assert.equal(given.use(plain(nonce, "00ff"), began), false);
  assert.equal(given.use(plain(nonce, "00FF"), began), false);
  assert.equal(given.use(plain(nonce, "00fe"), began), true);
  // The same nonce with counts.
  assert.equal(given.use(counted(nonce, 1), began), true);
  assert.equal(given.use(counted(nonce, 1), began), false);
  let good = 0;
  for (let n = 0; n < 100; n++) if (given.use(plain(nonce, `01${n.toString(16).padStart(2, "0")}`), began)) good++;
  assert.equal(good, 30, "one nonce is good for 32 of them");
});

test("nonces too old to be taken are forgotten", () => {
  const given = nonces();
  for (let n = 0; n < 50; n++) given.use(counted(given.make(began, random), 1), began);
  assert.equal(given.remembered, 50);
  const late = given.make(began + 300_001, random);
  given.use(counted(late, 1), began + 300_001);
  assert.equal(given.remembered, 1);
  assert.equal(given.use(counted(late, 1), began + 300_001), false);
});

test("where all places are taken nothing that is forgotten can be used again", () => {
  const given = nonces(3);
  const made = Array.from({ length: 5 }, (_, n) => given.make(began + n, random));
  const [first = "", second = "", third = "", fourth = "", fifth = ""] = made;
  // Used in another order than made.
  for (const each of [second, first, third]) assert.equal(given.use(counted(each, 1), began + 9), true);
  assert.equal(given.use(counted(fifth, 1), began + 9), true);
  assert.equal(given.remembered, 3);
  assert.equal(given.judge(second, began + 9), "stale", "it was given up");
  assert.equal(given.judge(first, began + 9), "stale", "it is older than the one given up");
  for (const each of [third, fourth, fifth]) assert.equal(given.judge(each, began + 9), "good");
  for (const each of [third, fifth]) assert.equal(given.use(counted(each, 1), began + 9), false);
});
