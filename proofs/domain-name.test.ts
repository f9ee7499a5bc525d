import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { asciiOf, parseDomainName } from "../src/base/domain-name.ts";

type Options = Readonly<Record<string, boolean>>;
const tr46: {
  toASCII(domain: string, options: Options): string | null;
  toUnicode(domain: string, options: Options): { domain: string; error: boolean };
} = createRequire(import.meta.url)("tr46");

const strict = {
  checkBidi: true,
  checkHyphens: true,
  checkJoiners: true,
  useSTD3ASCIIRules: true,
  verifyDNSLength: true,
  transitionalProcessing: false,
};

/**
 * Symbols, old Hangul, the exceptions of RFC 5892 §2.6 and its two blocks of musical signs: UTS 46 lets them through,
 * IDNA2008 does not, nor does RFC 7622.
 */
const notInIdna2008 = new RegExp(
  [
    "[\\p{S}\\p{P}\\p{No}\\p{Nl}\\p{Me}]",
    "[\\u1100-\\u11ff\\ua960-\\ua97c\\ud7b0-\\ud7fb]",
    "[\\u0640\\u07fa\\u302e\\u302f\\u3031-\\u3035\\u303b]",
    "[\\u20d0-\\u20ff\\u{1d100}-\\u{1d24f}]",
  ].join("|"),
  "u",
);

/** Every code point where scripts are many and different; every 61st of the large uniform blocks. */
function* samples(): Generator<string> {
  for (let point = 0x21; point < 0x323b0; point++) {
    const uniform = (point > 0x3400 && point < 0xa000) || (point > 0xac00 && point < 0xd7a0) || point > 0x20000;
    if (uniform && point % 61 !== 0) continue;
    if (point === 0x2e || (point >= 0xd800 && point <= 0xf8ff)) continue;
    yield String.fromCodePoint(point);
  }
  for (let point = 0xdfff0; point < 0xe0200; point++) yield String.fromCodePoint(point);
}

test("every code point in a domain is what UTS 46 says, or refused by IDNA2008", () => {
  const wrong: string[] = [];
  let accepted = 0;
  let stricter = 0;
  for (const character of samples()) {
    const text = `a${character}b.example`;
    const ours = parseDomainName(text);
    const theirs = tr46.toASCII(text, strict);
    if (ours.ok) {
      accepted++;
      if (asciiOf(ours.value) !== theirs) wrong.push(`${text}: ${asciiOf(ours.value)}, not ${theirs}`);
    } else if (theirs !== null) {
      stricter++;
      const { domain } = tr46.toUnicode(text, strict);
      if (!notInIdna2008.test(domain)) wrong.push(`${text} refused: ${ours.fault.detail}`);
    }
  }
  assert.deepEqual(wrong.slice(0, 20), []);
  assert.ok(accepted > 20_000, `${accepted} accepted`);
  assert.ok(stricter < 15_000, `${stricter} refused by IDNA2008 alone`);
});

test("labels in every script come out as UTS 46 has them", () => {
  const names = [
    "Bücher.example",
    "STRASSE.example",
    "straße.example",
    "ΦΟΊΝΙΞΣ.gr",
    "φοίνιξς.gr",
    "例え.テスト",
    "例え。テスト",
    "пример.испытание",
    "مثال.إختبار",
    "דוגמה.טעסט",
    "실례.테스트",
    "உதாரணம்.பரிட்சை",
    "ｆｕｌｌｗｉｄｔｈ．example",
    "ŉ.example",
    "ǆ.example",
    "ﬁn.example",
    "a\u00adb.example",
    "xn--fiqs8s",
    "xn--bcher-kva.example",
    "xn--BCHER-KVA.example",
    "xn--a.example",
    "xn--bcher-kvaa.example",
    "xn--zca.example",
    "ᏣᎳᎩ.example",
    "ꭰꭱ.example",
    "ıi.example",
    "İstanbul.example",
    "א1.example",
    "1א.example",
    "אa.example",
    "0a.אב",
    "נ.a-b",
    "क्‌ष.example",
    "क‌ष.example",
    "ب‌ب.example",
    "\u0301a.example",
    "a..example",
    "-a.example",
    "a-.example",
    "ab--c.example",
    `${"ü".repeat(70)}.example`,
    `${"a".repeat(64)}.example`,
    "a_b.example",
    "a b.example",
  ];
  for (const name of names) {
    const ours = parseDomainName(name);
    assert.equal(ours.ok ? asciiOf(ours.value) : null, tr46.toASCII(name, strict), name);
  }
});
