import assert from "node:assert/strict";
import { test } from "node:test";
import { localpart, opaqueString, resourcepart, usernameCaseMapped, usernameCasePreserved } from "./precis.ts";
import type { Result } from "./result.ts";

/** One row: what goes in, what comes out; undefined when it is refused. */
type Row = readonly [text: string, canonical: string | undefined];

function check(profile: (text: string) => Result<string>, rows: readonly Row[]): void {
  for (const [text, canonical] of rows) {
    const found = profile(text);
    assert.equal(found.ok ? found.value : undefined, canonical, JSON.stringify(text));
    if (found.ok) assert.deepEqual(profile(found.value), found, "idempotent");
  }
}

test("UsernameCaseMapped, with the examples of RFC 8265 §3.5", () => {
  check(usernameCaseMapped, [
    ["juliet@example.com", "juliet@example.com"],
    ["fussball", "fussball"],
    ["fu\u00dfball", "fußball"],
    ["\u03c0", "π"],
    ["\u03a3", "σ"],
    ["\u03c3", "σ"],
    ["\u03c2", "ς"],
    ["foo bar", undefined],
    ["", undefined],
    ["henry\u2163", undefined],
    ["\u265a", undefined],
    ["Juliet", "juliet"],
    ["ＪＵＬＩＥＴ", "juliet"],
    ["ﾊﾝｶｸ", "ハンカク"],
    ["A\u030angstro\u0308m", "ångström"],
    ["\u212bngström", "ångström"],
    ["ﬁn", undefined],
    ["a\u00adb", undefined],
    ["\u1100", undefined],
    ["\u0378", undefined],
    ["a\u3000b", undefined],
  ]);
});

test("UsernameCasePreserved keeps capitals", () => {
  check(usernameCasePreserved, [
    ["Juliet", "Juliet"],
    ["Ｊuliet", "Juliet"],
    ["\u03a3", "Σ"],
    ["foo bar", undefined],
  ]);
});

test("OpaqueString, with the examples of RFC 8265 §4.3", () => {
  check(opaqueString, [
    ["correct horse battery staple", "correct horse battery staple"],
    ["Correct Horse Battery Staple", "Correct Horse Battery Staple"],
    ["\u03c0\u00df\u00e5", "πßå"],
    ["Jack of \u2666s", "Jack of ♦s"],
    ["foo\u1680bar", "foo bar"],
    ["", undefined],
    ["my cat is a \u0009by", undefined],
    ["a\u030a", "å"],
    ["ﬁ", "ﬁ"],
    ["\u0000", undefined],
    ["\u200b", undefined],
    ["\ud800", undefined],
    ["👍🏽", "👍🏽"],
    ["1אבגa", "1אבגa"], // no Bidi rule for free text
  ]);
});

test("the context rules of RFC 5892 Appendix A", () => {
  check(usernameCaseMapped, [
    ["l·l", "l·l"],
    ["a·l", undefined],
    ["l·", undefined],
    ["\u0375α", "\u0375α"],
    ["α\u0375", undefined],
    ["א׳", "א׳"],
    ["׳א", undefined],
    ["ア・", "ア・"],
    ["漢・字", "漢・字"],
    ["a・b", undefined],
    ["\u0661\u0662a", undefined], // the Bidi rule: must not begin with AN
    ["ا\u0661", "ا\u0661"],
    ["ا\u06f1", "ا\u06f1"],
    ["ا\u0661\u06f1", undefined],
    ["क्\u200dष", "क्\u200dष"],
    ["क\u200dष", undefined],
    ["क्\u200cष", "क्\u200cष"],
    ["ب\u200cب", "ب\u200cب"],
    ["ب\u064e\u200c\u064eب", "ب\u064e\u200c\u064eب"],
    ["ا\u200cب", undefined], // ALEF joins on one side only
    ["a\u200cb", undefined],
    ["\u200c", undefined],
  ]);
});

test("the Bidi rule of RFC 5893 §2", () => {
  check(usernameCaseMapped, [
    ["אבג", "אבג"],
    ["אבג1", "אבג1"],
    ["אבג\u05b0", "אבג\u05b0"],
    ["1אבג", undefined],
    ["אבגa", undefined],
    ["aאבג", undefined],
    ["אבג.", undefined],
    ["א.ב", "א.ב"],
    ["ا1\u0661", undefined],
  ]);
});

test("a localpart excludes eight characters more and is at most 1023 bytes", () => {
  check(localpart, [
    ...[..."\"&'/:<>@"].map((character): Row => [`a${character}b`, undefined]),
    ["foo\\20bar", "foo\\20bar"],
    ["a".repeat(1023), "a".repeat(1023)],
    ["a".repeat(1024), undefined],
    ["ü".repeat(511), "ü".repeat(511)],
    ["ü".repeat(512), undefined],
    ["a\uff20b", undefined], // FULLWIDTH @ becomes @
  ]);
  check(resourcepart, [
    ["Balcony", "Balcony"],
    ["a/b@c", "a/b@c"],
    ["♚", "♚"],
    ["x".repeat(1024), undefined],
  ]);
});
