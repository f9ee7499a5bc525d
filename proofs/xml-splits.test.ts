import assert from "node:assert/strict";
import { test } from "node:test";
import { bad, good } from "./xml-corpus.ts";
import { cut, framesOf } from "./xml-frames.ts";

const pairsUpTo = 220;

test("good streams come out whole", () => {
  for (const text of good) {
    const frames = framesOf([Buffer.from(text)]);
    assert.equal(frames.fault, undefined, `${text}: ${frames.fault?.detail}`);
    assert.ok(frames.closed, text);
    assert.equal(frames.pending, 0);
  }
});

test("bad streams end with the right fault", () => {
  for (const [stream, code] of bad) {
    const { fault } = framesOf([Buffer.from(stream)]);
    assert.equal(fault?.code, code, `${stream}: ${fault?.detail}`);
  }
});

test("where the bytes are cut changes nothing: at each byte, at each pair of bytes, at every byte", () => {
  for (const stream of [...good, ...bad.map(([bytes]) => bytes)]) {
    const whole = Buffer.from(stream);
    const expected = framesOf([whole]);
    const same = (...places: number[]): void => {
      const { pending, ...frames } = framesOf(cut(whole, ...places));
      const { pending: expectedPending, ...rest } = expected;
      assert.deepEqual(frames, rest, `${stream} cut at ${places}`);
      if (expected.fault === undefined) assert.equal(pending, expectedPending);
    };
    for (let i = 0; i <= whole.length; i++) {
      same(i);
      if (whole.length > pairsUpTo) continue;
      for (let j = i + 1; j < whole.length; j++) same(i, j);
    }
    same(...Array.from(whole, (_, i) => i));
  }
});
