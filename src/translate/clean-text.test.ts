import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanLine, cleanText } from "./clean-text.ts";

test("line ends become one LF, what XML cannot carry goes", () => {
  const rows: readonly [text: string, clean: string][] = [
    ["", ""],
    ["one\r\ntwo\rthree\nfour\r\r\n", "one\ntwo\nthree\nfour\n\n"],
    ["a\tb", "a\tb"],
    ["a\0b\x0bc\x0cd\x1b[31me\x7f\x9b2Jf", "abcd[31me2Jf"],
    ["a\ufffe\uffffb", "ab"],
    ["half \ud83d, 😀", "half \ufffd, 😀"],
  ];
  for (const [text, clean] of rows) assert.equal(cleanText(text), clean, JSON.stringify(text));
});

test("on one line", () => assert.equal(cleanLine(" a\r\n\r\n b\u2028c\t"), "a  b c"));
