import assert from "node:assert/strict";
import { test } from "node:test";
import type { Random } from "../src/base/random.ts";

/** What every source of chance must do. */
export function randomContract(kind: string, make: () => Random): void {
  const check = (name: string, body: (random: Random) => void) => test(`${kind}: ${name}`, () => body(make()));

  check("bytes come in the number asked for, all values, no two alike", (random) => {
    assert.equal(random.bytes(0).byteLength, 0);
    assert.notDeepEqual(random.bytes(16), random.bytes(16));
    assert.equal(new Set(random.bytes(65_536)).size, 256);
  });

  check("numbers stay below their limit and reach all of them", (random) => {
    assert.equal(random.below(1), 0);
    const drawn = new Set(Array.from({ length: 1_000 }, () => random.below(10)));
    assert.deepEqual([...drawn].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.ok(random.below(2 ** 31) < 2 ** 31);
  });

  check("no number is likelier than another", (random) => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (let n = 0; n < 60_000; n++) {
      const drawn = random.below(6);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) assert.ok(count > 9_000 && count < 11_000, counts.join(" "));
  });

  check("ids are letters and digits, short, and never repeat", (random) => {
    const ids = Array.from({ length: 20_000 }, () => random.id());
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[A-Za-z0-9]{12,32}$/);
    assert.equal(new Set(ids.join("")).size, 62);
  });
}
