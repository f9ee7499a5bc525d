import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../src/base/bytes.ts";
import type { Derive } from "../src/base/derive.ts";
import type { Time } from "./time.ts";

const salt = Buffer.from("salt");

/** RFC 6070 §2; the SHA-256 rows are RFC 7914 §11, cut to one block. */
const vectors = [
  ["password", "salt", 1, "SHA-1", "0c60c80f961f0e71f3a9b524af6012062fe037a6"],
  ["password", "salt", 2, "SHA-1", "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"],
  ["password", "salt", 4096, "SHA-1", "4b007901b765489abead49d926f721d065a429c1"],
  ["pass\0word", "sa\0lt", 4096, "SHA-1", null],
  ["passwd", "salt", 1, "SHA-256", "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"],
  ["Password", "NaCl", 80_000, "SHA-256", "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"],
] as const;

/** What every password derivation must do. */
export function deriveContract(kind: string, make: (atOnceMax: number) => { derive: Derive; time: Time }): void {
  test(`${kind}: the published examples come out`, async () => {
    const { derive, time } = make(8);
    for (const [password, from, iterations, hash, expected] of vectors) {
      const key = await time.until(derive.pbkdf2(password, Buffer.from(from), iterations, hash));
      // RFC 6070 gives only 16 bytes of the row with NULs.
      if (expected === null) assert.equal(hex(key).slice(0, 32), "56fa6aa75548099dcc37d7f03425e0c3");
      else assert.equal(hex(key), expected);
    }
  });

  test(`${kind}: it never answers inside the asking`, async () => {
    const { derive, time } = make(8);
    let answered = false;
    const asked = derive.pbkdf2("p", salt, 1, "SHA-1").then(() => {
      answered = true;
    });
    await Promise.resolve();
    assert.equal(answered, false);
    await time.until(asked);
    assert.equal(answered, true);
  });

  test(`${kind}: more questions than may run at once are all answered, each with its own`, async () => {
    const { derive, time } = make(2);
    const asked = Array.from({ length: 12 }, (_, n) => derive.pbkdf2(`p${n}`, salt, 10, "SHA-256"));
    const keys = (await time.until(Promise.all(asked))).map(hex);
    assert.equal(new Set(keys).size, 12);
    assert.equal(hex(await time.until(derive.pbkdf2("p7", salt, 10, "SHA-256"))), keys[7]);
  });

  test(`${kind}: an impossible question is refused and blocks nobody`, async () => {
    const { derive, time } = make(1);
    const impossible = [derive.pbkdf2("p", salt, 0, "SHA-1"), derive.pbkdf2("p", salt, -1, "SHA-1")];
    const outcomes = await time.until(Promise.allSettled([...impossible, derive.pbkdf2("p", salt, 1, "SHA-1")]));
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ["rejected", "rejected", "fulfilled"],
    );
  });
}
