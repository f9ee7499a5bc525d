import assert from "node:assert/strict";
import { test } from "node:test";
import { asBuffer, base64, fromBase64, hex, sameBytes, utf8 } from "./bytes.ts";

test("Base64 is strict: RFC 4648 §10 in, everything else out", () => {
  const vectors = {
    "": "",
    f: "Zg==",
    fo: "Zm8=",
    foo: "Zm9v",
    foob: "Zm9vYg==",
    fooba: "Zm9vYmE=",
    foobar: "Zm9vYmFy",
  };
  for (const [plain, coded] of Object.entries(vectors)) {
    assert.equal(base64(utf8(plain)), coded);
    assert.equal(fromBase64(coded)?.toString(), plain);
  }
  for (const bad of [
    "Zg",
    "Zg=",
    "Z===",
    "====",
    "Zm9v\n",
    " Zm9v",
    "Zm9v Zm9v",
    "Zm9-",
    "Zm9_",
    "Zg==Zg==",
    "Zm9v=",
  ]) {
    assert.equal(fromBase64(bad), undefined, JSON.stringify(bad));
  }
});

test("bytes are the same or not, whatever kind and length they have", () => {
  assert.ok(sameBytes(Uint8Array.of(1, 2), Buffer.from([1, 2])));
  assert.ok(!sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert.ok(!sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)));
  assert.ok(sameBytes(Uint8Array.of(), Uint8Array.of()));
});

test("a view on part of some memory stays a view on that part", () => {
  const memory = Uint8Array.of(0, 1, 2, 3, 4);
  const part = asBuffer(memory.subarray(1, 3));
  assert.equal(hex(part), "0102");
  memory[1] = 255;
  assert.equal(hex(part), "ff02");
  const own = Buffer.from("same");
  assert.equal(asBuffer(own), own);
});
