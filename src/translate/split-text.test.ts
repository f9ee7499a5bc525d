import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cutText, splitText } from "./split-text.ts";

test("texts that fit stay whole", () => {
  assert.deepEqual(splitText("", 8, "bytes"), [""]);
  assert.deepEqual(splitText("grüß", 6, "bytes"), ["grüß"]);
  assert.deepEqual(splitText("grüß", 4, "characters"), ["grüß"]);
});

test("I-9: 8001 characters become two messages, none of it twice (Y-2)", () => {
  const text = "0123456789".repeat(800).concat("x");
  assert.deepEqual(
    splitText(text, 8000, "characters").map((piece) => piece.length),
    [8000, 1],
  );
  assert.equal(splitText(text, 1000, "characters").join(""), text);
});

test("what people take for one character stays together", () => {
  const rows: readonly [text: string, most: number, unit: "bytes" | "characters", pieces: string[]][] = [
    ["ab\r\ncd", 3, "characters", ["ab", "\r\nc", "d"]],
    ["aüb", 2, "bytes", ["a", "ü", "b"]],
    ["e\u0301e\u0301", 3, "bytes", ["e\u0301", "e\u0301"]],
    ["👩‍👩‍👧👩‍👩‍👧", 10, "characters", ["👩‍👩‍👧", "👩‍👩‍👧"]],
    ["🇩🇪🇫🇷", 5, "characters", ["🇩🇪", "🇫🇷"]],
    ["a😀", 4, "bytes", ["a", "😀"]],
  ];
  for (const [text, most, unit, pieces] of rows) assert.deepEqual(splitText(text, most, unit), pieces, text);
});

test("a heap of marks is cut between code points", () => {
  const heap = `a${"\u0301".repeat(10)}b`;
  assert.deepEqual(splitText(heap, 5, "characters"), [`a${"\u0301".repeat(4)}`, "\u0301".repeat(5), "\u0301", "b"]);
  assert.deepEqual(splitText(`x${heap}`, 5, "characters")[0], "x");
});

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom("a", "\u0301", "\u200d", "😀", "🇩", "\r", "\n", "ü", "\ud800", "가"),
    maxLength: 200,
  }),
);

test("joined, the pieces are the text; none is empty or too long", () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 4, max: 40 }), fc.constantFrom("bytes", "characters"), (text, most, unit) => {
      const pieces = splitText(text, most, unit);
      assert.equal(pieces.join(""), text);
      for (const piece of pieces) {
        assert.ok((unit === "bytes" ? Buffer.byteLength(piece) : piece.length) <= most);
        assert.ok(piece !== "" || text === "");
      }
      assert.equal(cutText(text, most, unit), pieces[0]?.slice(0, cutText(text, most, unit).length));
    }),
  );
});

test("the beginning of a text", () => {
  assert.equal(cutText("grüße", 4), "grü");
  assert.equal(cutText("grüße", 7), "grüße");
  assert.equal(cutText("ab👩‍👩‍👧", 19), "ab");
  assert.equal(cutText("a".repeat(100_000), 10), "a".repeat(10));
});
