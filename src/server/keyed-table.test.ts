import assert from "node:assert/strict";
import { test } from "node:test";
import { type Keyed, KeyedTable } from "./keyed-table.ts";

class Thing implements Keyed<Thing> {
  readonly key: string;
  readonly kind: string;
  hash = 0;
  chained: Thing | undefined = undefined;

  constructor(key: string, kind = "") {
    this.key = key;
    this.kind = kind;
  }
}

/** A number from 0 to below `most`, from a seed. */
function chance(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

test("it finds what a Map would find, whatever comes and goes", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const pick = chance(seed);
    const table = new KeyedTable<Thing>(seed * 0x9e3779b9);
    const known = new Map<string, Thing>();
    for (let turn = 0; turn < 2_000; turn++) {
      const key = `branch ${pick(300)}`;
      const there = known.get(key);
      assert.equal(table.get(key), there);
      if (there === undefined) {
        const thing = new Thing(key);
        table.add(thing);
        known.set(key, thing);
      } else if (pick(3) > 0) {
        table.remove(there);
        known.delete(key);
      }
      assert.equal(table.size, known.size);
    }
    assert.deepEqual(new Set(table.values()), new Set(known.values()));
  }
});

test("of two with one key the newest is found, before and after it has grown", () => {
  const table = new KeyedTable<Thing>(7);
  const [first, second] = [new Thing("same"), new Thing("same")];
  table.add(first);
  table.add(second);
  assert.equal(table.get("same"), second);
  for (let count = 0; count < 1_000; count++) table.add(new Thing(`other ${count}`));
  assert.equal(table.get("same"), second);
  table.remove(second);
  assert.equal(table.get("same"), first);
});

test("those with one key are told apart by their kind", () => {
  const table = new KeyedTable<Thing>(7);
  const [invite, bye] = [new Thing("same", "INVITE"), new Thing("same", "BYE")];
  table.add(invite);
  table.add(bye);
  assert.equal(table.get("same", "INVITE"), invite);
  assert.equal(table.get("same", "BYE"), bye);
  assert.equal(table.get("same"), undefined);
  table.remove(invite);
  assert.equal(table.get("same", "INVITE"), undefined);
});

test("it finds by a key that stands among other bytes, and by no part of one", () => {
  const table = new KeyedTable<Thing>(7);
  const thing = new Thing("z9hG4bKabc");
  table.add(thing);
  const bytes = Buffer.from("branch=z9hG4bKabc;alias");
  assert.equal(table.at(bytes, 7, 17), thing);
  assert.equal(table.at(bytes, 7, 16), undefined);
  assert.equal(table.at(bytes, 7, 18), undefined);
  assert.equal(table.at(bytes, 17, 40), undefined);
  table.add(new Thing("z9hG4bKabc", "INVITE"));
  assert.equal(table.at(bytes, 7, 17), thing);
});

test("to take out what is not there is harmless", () => {
  const table = new KeyedTable<Thing>(7);
  const thing = new Thing("a");
  table.remove(thing);
  table.add(thing);
  table.remove(thing);
  table.remove(thing);
  assert.equal(table.size, 0);
  table.add(thing);
  assert.equal(table.get("a"), thing);
});
