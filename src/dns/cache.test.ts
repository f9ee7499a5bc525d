import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerCache } from "./cache.ts";

const answer = (ttlSeconds: number) => ({ records: ["192.0.2.1"], ttlSeconds, authenticated: false });

test("the number of answers kept has a limit; the oldest goes", () => {
  const cache = new AnswerCache({ dnsCacheEntriesMax: 3, dnsCacheSecondsMax: 60 });
  for (const name of ["a", "b", "c"]) cache.put(name, "A", answer(60), 0);
  cache.put("a", "A", answer(60), 0); // renewed: b is the oldest now
  cache.put("d", "A", answer(60), 0);
  assert.equal(cache.size, 3);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => cache.get(name, "A", 1) !== undefined),
    [true, false, true, true],
  );
});

test("types are kept apart, names compare without case", () => {
  const cache = new AnswerCache({ dnsCacheEntriesMax: 3, dnsCacheSecondsMax: 60 });
  cache.put("Example.org", "A", answer(60), 0);
  assert.equal(cache.get("example.ORG", "A", 1)?.ok, true);
  assert.equal(cache.get("example.org", "AAAA", 1), undefined);
});

test("an expired answer leaves the cache when it is met", () => {
  const cache = new AnswerCache({ dnsCacheEntriesMax: 3, dnsCacheSecondsMax: 60 });
  cache.put("a", "A", answer(1), 0);
  assert.equal(cache.get("a", "A", 1000), undefined);
  assert.equal(cache.size, 0);
});
