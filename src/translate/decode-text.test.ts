import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText } from "./decode-text.ts";

test("character sets, by any name and case", () => {
  const rows: readonly [charset: string, bytes: number[], text: string][] = [
    ["UTF-8", [0x67, 0xc3, 0xbc], "gü"],
    ["utf8", [0xef, 0xbb, 0xbf, 0x61], "a"],
    ["US-ASCII", [0x67, 0xc3, 0xbc], "gü"],
    ["ISO-8859-1", [0x67, 0xfc], "gü"],
    ["windows-1251", [0xef, 0xf0, 0xe8], "при"],
    ["utf-16le", [0x61, 0x00, 0xac, 0x20], "a€"],
    [" Shift_JIS ", [0x82, 0xa0], "あ"],
    ["gb2312", [0xc4, 0xe3], "你"],
    ["utf-8", [], ""],
  ];
  for (const [charset, bytes, text] of rows) {
    assert.deepEqual(decodeText(Uint8Array.from(bytes), charset), { ok: true, value: text }, charset);
  }
});

test("what cannot be read", () => {
  const rows: readonly [charset: string, bytes: number[], code: string][] = [
    ["utf-8", [0x67, 0xfc], "sip-malformed"],
    ["utf-8", [0xed, 0xa0, 0x80], "sip-malformed"],
    ["utf-16le", [0x61], "sip-malformed"],
    ["shift_jis", [0x82], "sip-malformed"],
    ["utf-7", [0x61], "sip-media-type"],
    ["utf-32", [0x61], "sip-media-type"],
    ["iso-2022-kr", [0x61], "sip-media-type"],
    ["\0", [0x61], "sip-media-type"],
    ["", [0x61], "sip-media-type"],
  ];
  for (const [charset, bytes, code] of rows) {
    const text = decodeText(Uint8Array.from(bytes), charset);
    assert.equal(text.ok ? "" : text.fault.code, code, charset);
  }
});
