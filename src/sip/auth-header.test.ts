import assert from "node:assert/strict";
import { test } from "node:test";
import { readDigest } from "./auth-header.ts";

const read: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  [
    "RFC 3261 §20.7",
    'Digest username="bob", realm="atlanta.example.com", nonce="84a4cc6f3082121f32b42a2187831a9e", response="7587245234b3434cc3412213e5f113a5432"',
    {
      username: "bob",
      realm: "atlanta.example.com",
      nonce: "84a4cc6f3082121f32b42a2187831a9e",
      response: "7587245234b3434cc3412213e5f113a5432",
    },
  ],
  ["any case", 'DIGEST Realm="A",QOP=auth', { realm: "A", qop: "auth" }],
  [
    "quotes where none belong",
    'Digest algorithm="MD5", qop="auth", nc="00000001"',
    { algorithm: "MD5", qop: "auth", nc: "00000001" },
  ],
  [
    "no quotes where they belong",
    "Digest username=bob,uri=sip:ours.example;lr",
    { username: "bob", uri: "sip:ours.example;lr" },
  ],
  [
    "space everywhere",
    ' \t Digest\t realm = "a b" ,\t nc = 1 , ,, opaque="" ,'.trim(),
    { realm: "a b", nc: "1", opaque: "" },
  ],
  ["commas and quotes within quotes", 'Digest nonce="a,b=\\"c\\"", nc=1', { nonce: 'a,b=\\"c\\"', nc: "1" }],
  [
    "a name is understood, a nonce is not",
    'Digest username="a\\\\b", cnonce="a\\\\b"',
    { username: "a\\b", cnonce: "a\\\\b" },
  ],
  ["nothing", "Digest ", {}],
  [
    "a name like the prototype's",
    "Digest __proto__=x, constructor=y",
    Object.fromEntries([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]),
  ],
];
for (const [what, text, expected] of read) {
  test(`reads ${what}`, () => {
    assert.deepEqual([...(readDigest(text) ?? [["nothing", ""]])], Object.entries(expected));
  });
}

const refused: readonly (readonly [string, string])[] = [
  ["another scheme", 'NTLM gssapi-data="x"'],
  ["a scheme that only begins so", 'Digester realm="x"'],
  ["no parameters at all", "Digest"],
  ["a name twice", 'Digest nc=1, realm="a", NC=2'],
  ["a quote that does not close", 'Digest realm="a, nc=1'],
  ["a quote that is escaped away", 'Digest realm="a\\"'],
  ["text behind a quote", 'Digest realm="a"b'],
  ["a quote within a bare value", 'Digest realm=a"b"'],
  ["two values without comma", "Digest nc=1 qop=auth"],
  ["a name without value", "Digest nc=, qop=auth"],
  ["a name without =", "Digest nc, qop=auth"],
  ["a value without name", 'Digest ="a"'],
  ["parameters without end", `Digest ${Array.from({ length: 33 }, (_, n) => `a${n}=1`).join(",")}`],
];
for (const [what, text] of refused) {
  test(`does not read ${what}`, () => assert.equal(readDigest(text), undefined));
}
