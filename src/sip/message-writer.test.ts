import assert from "node:assert/strict";
import { test } from "node:test";
import { endingBytes, writer } from "./message-writer.ts";

const texts = [
  "",
  "a",
  "\u00fc",
  "short",
  "a text that is longer than few",
  "\u20ac and more than a few characters",
  "x\u{1f600}",
];

test("texts become UTF-8, whatever their length", () => {
  for (const text of texts) assert.equal(writer.begin().text(text).end().toString(), text);
  const all = writer.begin();
  for (const text of texts) all.text(text);
  assert.equal(all.end().toString(), texts.join(""));
});

test("bytes are taken as they are, all of them or a part", () => {
  const source = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  assert.deepEqual(writer.begin().bytes(source).end(), source);
  for (const [from, to] of [
    [0, 0],
    [3, 3],
    [7, 11],
    [5, 200],
    [9, 8],
  ] as const) {
    assert.deepEqual(writer.begin().bytes(source, from, to).end(), source.subarray(from, Math.max(from, to)));
  }
  assert.deepEqual(writer.begin().latin1(source.toString("latin1")).end(), source);
});

test("numbers stand in decimal", () => {
  for (const number of [0, 1, 9, 10, 99, 100, 65_535, 99_999_999, 999_999_999, 1e9, 2 ** 31, 2 ** 53]) {
    assert.equal(writer.begin().number(number).end().toString(), `${number}`);
  }
});

test("a message may be larger than the memory at hand, and what was written before stays what it was", () => {
  const before = Array.from({ length: 3_000 }, (_, number) => {
    return writer
      .begin()
      .text("message ")
      .number(number)
      .text("x".repeat(number % 90))
      .end();
  });
  const large = "\u20ac".repeat(100_000);
  assert.equal(writer.begin().text("a").text(large).text("z").end().toString(), `a${large}z`);
  const body = Buffer.alloc(200_000, 0x62);
  assert.deepEqual(writer.begin().text("a").bytes(body).end(), Buffer.concat([Buffer.from("a"), body]));
  for (const [number, bytes] of before.entries()) {
    assert.equal(bytes.toString(), `message ${number}${"x".repeat(number % 90)}`);
  }
});

test("a small message does not hold the memory of a large one before it", () => {
  const large = writer.begin().bytes(Buffer.alloc(500_000, 0x61)).end();
  const small = writer.begin().text("small").end();
  assert.notEqual(small.buffer, large.buffer);
  assert.ok(small.buffer.byteLength < 100_000);
  assert.equal(small.toString(), "small");
});

test("what was begun and never ended leaves nothing behind", () => {
  writer.begin().text("half a mess");
  assert.equal(writer.begin().text("whole").end().toString(), "whole");
});

test("a message ends with its own headers, the type, the length in bytes, and the body", () => {
  const ends: readonly (readonly [Parameters<typeof endingBytes>[0], string])[] = [
    [{}, "Content-Length: 0\r\n\r\n"],
    [{ headers: "A: b\r\n" }, "A: b\r\nContent-Length: 0\r\n\r\n"],
    [{ contentType: "text/plain", body: "" }, "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n"],
    [{ contentType: "text/plain", body: "\u20ac" }, "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\n\u20ac"],
    [{ headers: "A: \u00fc\r\n", body: Buffer.from("\u20ac") }, "A: \u00fc\r\nContent-Length: 3\r\n\r\n\u20ac"],
  ];
  for (const [tail, text] of ends) assert.equal(endingBytes(tail).toString(), text);
});
