import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textOfRtf } from "./rtf-text.ts";

function text(rtf: string): string | undefined {
  return textOfRtf(Buffer.from(rtf, "latin1"));
}

test("I-10: what Communicator sends", () => {
  const rtf =
    "{\\rtf1\\fbidis\\ansi\\ansicpg1252\\deff0\\nouicompat\\deflang1033{\\fonttbl{\\f0\\fnil\\fcharset0 Segoe UI;}{\\f1\\fnil Segoe UI;}}\r\n" +
    "{\\colortbl ;\\red0\\green0\\blue0;}\r\n{\\*\\generator Riched20 14.0.6009.1000;}{\\*\\mmathPr\\mwrapIndent1440}\\viewkind4\\uc1 \r\n" +
    "\\pard\\ltrpar\\cf1\\f0\\fs20 gr\\'fc\\'df dich\\par\r\nsecond \\b line\\b0\\f1\\par\r\n{\\*\\lyncflags rtf=1}}\r\n\0";
  assert.equal(text(rtf), "grüß dich\nsecond line");
});

test("text, escapes, characters", () => {
  const rows: readonly [inside: string, text: string][] = [
    ["a\\{b\\}c\\\\d", "a{b}c\\d"],
    ["a\\~b\\_c\\-d", "a\u00a0b-cd"],
    ["a\\tab b\\line c\\par d", "a\tb\nc\nd"],
    ["a\\\nb", "a\nb"],
    ["a\nb\r\nc", "abc"],
    ["\\ldblquote a\\rdblquote\\emdash\\bullet", "“a”—•"],
    ["\\u8364?", "€"],
    ["\\uc0\\u8364 5", "€5"],
    ["\\uc2\\u8364\\'80\\'80x", "€x"],
    ["\\u-10179?\\u-8704?", "😀"],
    ["\\u-10179?", "\ufffd"],
    ["{\\uc0\\u228 }\\u228 ?b", "ääb"],
    ['{\\field{\\*\\fldinst HYPERLINK "https://x.example"}{\\fldrslt here}}', "here"],
    ["{\\pict\\pngblip 89504e47}a{\\object b}c", "ac"],
    ["a{\\*\\unknown b{c}}d", "ad"],
    ["a{\\bin4 }}}}b}c", "abc"],
    ["a\\v b\\v0 c{\\v d}e", "ace"],
    ["a{\\info\\v0 b}{\\*\\x\\plain c}d", "ad"],
    ["a\\b b\\bogus-5 c", "abc"],
    ["\\toString a\\constructor b", "ab"],
  ];
  for (const [inside, expected] of rows) assert.equal(text(`{\\rtf1\\ansi ${inside}}`), expected, inside);
});

test("code pages: the document's, a font's, characters of two bytes", () => {
  const rows: readonly [rtf: string, text: string][] = [
    ["{\\rtf1\\ansi\\ansicpg1251 \\'ef\\'f0\\'e8}", "при"],
    ["{\\rtf1\\ansi\\ansicpg932 \\'82\\'a0\\'83A}", "あア"],
    ["{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}}\\f1\\'ef\\f0\\'ef}", "пï"],
    ["{\\rtf1\\ansi\\ansicpg437 \\'e9}", "é"],
    ["{\\rtf1\\ansi\\ansicpg65001 \\'c3\\'bc}", "ü"],
    ["{\\rtf1\\ansi\\ansicpg99999999 a}", "a"],
  ];
  for (const [rtf, expected] of rows) assert.equal(text(rtf), expected, rtf);
});

test("what is no RTF, and what never ends", () => {
  assert.equal(text(""), undefined);
  assert.equal(text("hello"), undefined);
  assert.equal(text("{\\rt1 a}"), undefined);
  assert.equal(text(`{\\rtf1 ${"{".repeat(70)}`), undefined);
  assert.equal(text("{\\rtf1 a"), "a");
  assert.equal(text("{\\rtf1 a\\"), "a");
  assert.equal(text("{\\rtf1 a}b}{c"), "a");
  assert.equal(text("{\\rtf1 a\\bin999999999 b"), "a");
});

test("anything at all may stand in it, and costs time that grows with its length", () => {
  const pieces = fc.constantFrom(
    "{",
    "}",
    "\\",
    "\\*",
    "\\u",
    "-5",
    "\\'",
    "e4",
    "\\bin",
    "3 ",
    "\\f1",
    "\\fonttbl",
    "a",
    "\n",
    "\\v",
    "\\uc9",
  );
  fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }), (list) => text(`{\\rtf1${list.join("")}`) !== null));
  for (const piece of ["\\", "\\'82", "{}", "\\u1 ", "\\f1 \\'e4", "{\\v a}"]) text(`{\\rtf1 ${piece.repeat(50_000)}`);
});
