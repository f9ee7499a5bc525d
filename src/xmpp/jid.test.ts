import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, bareJid, domainJid, type Jid, jidOf, parseJid, withResource } from "./jid.ts";

function jid(text: string): Jid {
  const found = parseJid(text);
  assert.ok(found.ok, text);
  return found.value;
}

/** RFC 7622 §3.5, Table 1: strings that are JIDs, and their parts. */
const table1: readonly [text: string, local: string, domain: string, resource: string][] = [
  ["juliet@example.com", "juliet", "example.com", ""],
  ["juliet@example.com/foo", "juliet", "example.com", "foo"],
  ["juliet@example.com/foo bar", "juliet", "example.com", "foo bar"],
  ["juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"],
  ["foo\\20bar@example.com", "foo\\20bar", "example.com", ""],
  ["fussball@example.com", "fussball", "example.com", ""],
  ["fu\u00dfball@example.com", "fußball", "example.com", ""],
  ["\u03c0@example.com", "π", "example.com", ""],
  ["\u03a3@example.com/foo", "σ", "example.com", "foo"],
  ["\u03c3@example.com/foo", "σ", "example.com", "foo"],
  ["\u03c2@example.com/foo", "ς", "example.com", "foo"],
  ["king@example.com/\u265a", "king", "example.com", "♚"],
  ["example.com", "", "example.com", ""],
  ["example.com/foobar", "", "example.com", "foobar"],
  ["a.example.com/b@example.net", "", "a.example.com", "b@example.net"],
];

test("RFC 7622 Table 1", () => {
  for (const [text, local, domain, resource] of table1) {
    const found = jid(text);
    assert.deepEqual([found.local, found.domain, found.resource], [local, domain, resource], text);
    assert.equal(found.bare, local === "" ? domain : `${local}@${domain}`);
    assert.equal(found.full, resource === "" ? found.bare : `${found.bare}/${resource}`);
    assert.deepEqual(jid(found.full), found, "parsing again changes nothing");
  }
});

/**
 * RFC 7622 §3.5, Table 2, but for "juliet@example.com/ foo": the table calls a leading space wrong, yet §3.4 lets
 * OpaqueString decide, and that allows it. Refusing would cut off a device that somebody named so.
 */
const table2 = [
  '"juliet"@example.com',
  "foo bar@example.com",
  "@example.com/",
  "henry\u2163@example.com",
  "\u265a@example.com",
  "juliet@",
  "/foobar",
];

test("RFC 7622 Table 2, and others that are no addresses", () => {
  const more = [
    "",
    "@",
    "/",
    "@/",
    "juliet@example.com/",
    "@example.com",
    "a@b@example.com",
    "juliet@@example.com",
    "juliet@example..com",
    "juliet@example.com/a\u0007b",
    "juliet@example.com/\ud800",
    `${"a".repeat(1024)}@example.com`,
    `juliet@example.com/${"a".repeat(1024)}`,
    `juliet@${"abcdefg.".repeat(130)}com`,
    `juliet@example.com/${"ü".repeat(512)}`,
    "juliet<@example.com",
    "ju:liet@example.com",
  ];
  for (const text of [...table2, ...more]) assert.equal(parseJid(text).ok, false, JSON.stringify(text));
});

test("each part may have 1023 bytes, the domain what the DNS allows", () => {
  const long = "a".repeat(1023);
  assert.equal(jid(`${long}@example.com/${long}`).full.length, 2059);
  assert.equal(jid(`juliet@example.com/${"ü".repeat(511)}`).resource.length, 511);
});

test("capitals, A-labels, a final dot and IP literals come to one form", () => {
  assert.equal(jid("Juliet@Example.COM/Balcony").full, "juliet@example.com/Balcony");
  assert.equal(jid("juliet@example.com./x").full, "juliet@example.com/x");
  assert.equal(jid("a@xn--bcher-kva.example").full, "a@bücher.example");
  assert.equal(jid("a@[2001:DB8::1]/x").full, "a@[2001:db8::1]/x");
  assert.equal(jid("ＪＵＬＩＥＴ@example.com").full, "juliet@example.com");
});

test("the resource can be set, taken off and judged", () => {
  const juliet = jid("juliet@example.com");
  const balcony = withResource(juliet, "balcony");
  assert.deepEqual(balcony, parseJid("juliet@example.com/balcony"));
  assert.deepEqual(bareJid(jid("juliet@example.com/balcony")), juliet);
  assert.equal(withResource(juliet, "").ok, false);
  assert.equal(withResource(juliet, "a\nb").ok, false);
});

test("a Jid and a person's address are one thing in two words", () => {
  const found = addressOf(jid("juliet@example.com/balcony"));
  assert.ok(found.ok);
  assert.deepEqual(jidOf(found.value), jid("juliet@example.com"));
  assert.equal(addressOf(jid("example.com")).ok, false);
  assert.deepEqual(domainJid(found.value.domain), jid("example.com"));
});
