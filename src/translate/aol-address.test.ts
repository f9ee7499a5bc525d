import assert from "node:assert/strict";
import { test } from "node:test";
import { aolAddress } from "./aol-address.ts";

const cases: readonly (readonly [typed: string, known: string])[] = [
  ["johndoe@aol.com", "johndoe@aol.com"],
  ["john\\20doe@aol.com", "johndoe@aol.com"],
  ["john\\20doe@aim.com", "johndoe@aol.com"],
  ["johndoe@aim.com", "johndoe@aol.com"],
  ["123-456-789@icq.com", "123456789@icq.com"],
  ["123\\20456@icq.com", "123456@icq.com"],
  ["no-number@icq.com", "no-number@icq.com"],
  ["\\20@aol.com", "\\20@aol.com"],
  // hosted domains are never rewritten
  ["john\\20doe@hosted.example", "john\\20doe@hosted.example"],
  ["a-b@hosted.example", "a-b@hosted.example"],
];

for (const [typed, known] of cases) {
  test(`RT-04, AOL addresses: ${typed} is ${known}`, () => {
    assert.equal(aolAddress(typed), known);
    assert.equal(aolAddress(known), known);
  });
}
