import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { limitsWith } from "../base/limits.ts";
import { withoutContentEncoding } from "./content-encoding.ts";

const limits = limitsWith({ sipInflatedBytesMax: 1_000 });
const text = Buffer.from("<resource-lists/>".repeat(20));

const read = (encoding: string | undefined, body: Uint8Array) => {
  const result = withoutContentEncoding(encoding, body, limits);
  return result.ok ? result.value.toString() : result.fault.code;
};

test("RFC 3261 §20.12: encodings, in any case; deflate in both its formats", () => {
  const rows: [string | undefined, Uint8Array][] = [
    [undefined, text],
    ["identity", text],
    ["deflate", deflateSync(text)],
    ["deflate", deflateSync(text, { level: 0 })],
    ["Deflate ", deflateSync(text, { level: 9 })],
    ["deflate", deflateRawSync(text)],
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
  ];
  for (const [encoding, body] of rows) assert.equal(read(encoding, body), text.toString(), encoding);
});

test("what is damaged, unknown or too large", () => {
  const bomb = Buffer.alloc(1_001);
  for (const [encoding, body] of [
    ["deflate", deflateSync(bomb)],
    ["deflate", deflateRawSync(bomb)],
    ["gzip", gzipSync(bomb)],
    ["gzip", gzipSync(Buffer.alloc(10_000_000))],
  ] as const) {
    assert.equal(read(encoding, body), "sip-too-large", encoding);
  }
  assert.equal(read("deflate", deflateSync(bomb.subarray(1))).length, 1_000);
  for (const body of [text, deflateSync(text).subarray(0, 20), gzipSync(text).subarray(0, 20), Buffer.alloc(0)]) {
    assert.equal(read("deflate", body), "sip-malformed");
  }
  assert.equal(read("br", text), "sip-media-type");
  assert.equal(read("deflate, gzip", text), "sip-media-type");
});
