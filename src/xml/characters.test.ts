import assert from "node:assert/strict";
import { test } from "node:test";
import { codeAt, isCharacter, isWideName, notUtf8, unfinished, widthOf } from "./characters.ts";

test("every code point beyond ASCII is read from its UTF-8, and not from less", () => {
  for (let code = 0x80; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const bytes = Buffer.from(String.fromCodePoint(code));
    if (codeAt(bytes, 0, bytes.length) !== code) assert.fail(`U+${code.toString(16)}`);
    if (widthOf(code) !== bytes.length) assert.fail(`width of U+${code.toString(16)}`);
    for (let end = 1; end < bytes.length; end++) assert.equal(codeAt(bytes, 0, end), unfinished);
  }
});

test("what the platform's decoder refuses is refused: all pairs, and all triples of the telling bytes", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const telling = [
    0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xff,
  ];
  const check = (bytes: Uint8Array): void => {
    const code = codeAt(bytes, 0, bytes.length);
    let text: string | undefined;
    try {
      text = decoder.decode(bytes.subarray(0, code > 0 ? widthOf(code) : bytes.length));
    } catch {}
    if (code >= 0) assert.equal(text?.codePointAt(0), code);
    else assert.equal(text, undefined);
  };
  for (let first = 0x80; first < 0x100; first++) {
    for (let second = 0; second < 0x100; second++) check(Uint8Array.of(first, second));
  }
  for (const first of [0x80, 0xc0, 0xc2, 0xe0, 0xe1, 0xed, 0xee, 0xf0, 0xf1, 0xf4, 0xf5]) {
    for (const second of telling) {
      for (const third of telling) {
        check(Uint8Array.of(first, second, third));
        for (const fourth of telling) check(Uint8Array.of(first, second, third, fourth));
      }
    }
  }
  assert.equal(codeAt(Uint8Array.of(0xe0, 0x80), 0, 2), notUtf8); // told at the first byte that cannot belong
});

test("legal characters and names beyond ASCII, at the borders of the ranges", () => {
  for (const code of [0x9, 0xa, 0xd, 0x20, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x10ffff]) assert.ok(isCharacter(code));
  for (const code of [0, 0x8, 0xb, 0x1f, 0xd800, 0xdfff, 0xfffe, 0xffff, 0x110000]) assert.ok(!isCharacter(code));
  for (const code of [0xc0, 0xd6, 0x2ff, 0x370, 0x1fff, 0x200c, 0x10000, 0xeffff]) assert.ok(isWideName(code, true));
  for (const code of [0xb7, 0x300, 0x36f, 0x203f, 0x2040]) {
    assert.ok(isWideName(code, false));
    assert.ok(!isWideName(code, true));
  }
  for (const code of [0xd7, 0xf7, 0x37e, 0x2000, 0x2190, 0x3000, 0xfdd0, 0xf0000]) assert.ok(!isWideName(code, false));
});
