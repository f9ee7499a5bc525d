import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainName } from "../base/domain-name.ts";
import { countPairs, mayCarry, noPairs, refusal, withPair } from "./s2s-pairs.ts";

const name = (text: string): DomainName => text as DomainName;
const [capulet, rooms, montague, chat] = ["capulet", "rooms.capulet", "montague", "chat.montague"].map(name) as [
  DomainName,
  DomainName,
  DomainName,
  DomainName,
];

test("a pair is a pair: neither half of it proves anything else, nor does the way back", () => {
  const pairs = withPair(withPair(noPairs, capulet, montague), rooms, chat);
  assert.equal(mayCarry(pairs, capulet, montague), true);
  assert.equal(mayCarry(pairs, rooms, chat), true);
  assert.equal(mayCarry(pairs, capulet, chat), false);
  assert.equal(mayCarry(pairs, rooms, montague), false);
  assert.equal(mayCarry(pairs, montague, capulet), false);
  assert.equal(countPairs(withPair(withPair(pairs, capulet, chat), capulet, chat)), 3);
  assert.equal(countPairs(pairs), 2, "the older value is untouched");
});

test("why a stanza may not travel", () => {
  const pairs = withPair(noPairs, capulet, montague);
  assert.equal(refusal(noPairs, capulet, montague), "stream-not-authorized");
  assert.equal(refusal(pairs, undefined, montague), "improper-addressing");
  assert.equal(refusal(pairs, capulet, undefined), "improper-addressing");
  assert.equal(refusal(pairs, rooms, montague), "invalid-from");
  assert.equal(refusal(pairs, capulet, montague), undefined);
});
