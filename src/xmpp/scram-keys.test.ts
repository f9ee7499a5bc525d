import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import type { Derive } from "../base/derive.ts";
import { isSalted, newKeys, passwordOf } from "./scram-keys.ts";

const derive: Derive = {
  async pbkdf2(password, salt, iterations, hash) {
    const size = hash === "SHA-1" ? 20 : 32;
    return pbkdf2Sync(password, salt, iterations, size, hash.replace("-", "").toLowerCase());
  },
};

test("a new password has keys of both hashes", async () => {
  const salts = [Buffer.from("salt of sha-1 ..."), Buffer.from("salt of sha-256 ")] as const;
  const found = await newKeys("A\u030a\u00a0b", salts, 4096, derive);
  assert.ok(found.ok);
  assert.deepEqual(
    found.value.map(({ hash, iterations, salt }) => [hash, iterations, salt]),
    [
      ["SHA-1", 4096, salts[0]],
      ["SHA-256", 4096, salts[1]],
    ],
  );
  for (const keys of found.value) {
    assert.ok(isSalted(keys, await derive.pbkdf2("Å b", keys.salt, 4096, keys.hash)));
    assert.equal(isSalted(keys, await derive.pbkdf2("Å c", keys.salt, 4096, keys.hash)), false);
  }
  assert.equal((await newKeys("", salts, 4096, derive)).ok, false);
});

test("a password is any text that can be typed again", () => {
  const rows: readonly [string, string | undefined][] = [
    ["correct horse", "correct horse"],
    ["Jack of ♦s", "Jack of ♦s"],
    ["a\u1680b", "a b"],
    ["", undefined],
    ["a\tb", undefined],
    ["x".repeat(1024), undefined],
  ];
  for (const [text, password] of rows) {
    const found = passwordOf(text);
    assert.equal(found.ok ? found.value : undefined, password, JSON.stringify(text));
    if (!found.ok) assert.equal(found.fault.code, "password-unacceptable");
  }
});
