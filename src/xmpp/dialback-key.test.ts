import assert from "node:assert/strict";
import { test } from "node:test";
import { dialbackKeyer } from "./dialback-key.ts";

/** XEP-0185 §2 and XEP-0220 §2: secret, receiving, originating, stream id, key. */
const vectors: readonly (readonly [string, string, string, string, string])[] = [
  [
    "s3cr3tf0rd14lb4ck",
    "xmpp.example.com",
    "example.org",
    "D60000229F",
    "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643",
  ],
  [
    "s3cr3tf0rd14lb4ck",
    "montague.example",
    "capulet.example",
    "D60000229F",
    "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3",
  ],
  [
    "d14lb4ck43v3r",
    "capulet.example",
    "montague.example",
    "417GAF25",
    "225cc5aa6a071133249d25fef42ae516fc7a86c523aa1c6980a7f73e784c972d",
  ],
];

for (const [secret, receiving, originating, id, key] of vectors) {
  test(`the key of ${originating} towards ${receiving} on ${id}`, () => {
    const keyer = dialbackKeyer(secret);
    assert.equal(keyer.keyFor({ receiving, originating, id }), key);
    assert.equal(keyer.confirms({ receiving, originating, id }, `\n  ${key}\n`), true);
  });
}

test("a key confirms nothing but its own claim", () => {
  const keyer = dialbackKeyer("s3cr3tf0rd14lb4ck");
  const claim = { receiving: "montague.example", originating: "capulet.example", id: "D60000229F" };
  const key = keyer.keyFor(claim);
  assert.equal(keyer.confirms({ ...claim, id: "D60000229E" }, key), false);
  assert.equal(keyer.confirms({ ...claim, receiving: claim.originating, originating: claim.receiving }, key), false);
  assert.equal(keyer.confirms(claim, ""), false);
  assert.equal(keyer.confirms(claim, key.slice(0, 63)), false);
  assert.equal(dialbackKeyer("another").confirms(claim, key), false);
});
