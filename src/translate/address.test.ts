import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSipUri } from "../sip/uri.ts";
import { type Jid, parseJid } from "../xmpp/jid.ts";
import { bareOf, jidOf, parseJidText, personUriOf, sipUriOf, withDevice } from "./address.ts";

function jidOfText(text: string): string {
  const uri = parseSipUri(text);
  assert.ok(uri.ok, text);
  const jid = jidOf(uri.value);
  return jid.ok ? jid.value.full : jid.fault.code;
}

function jid(text: string): Jid {
  const found = parseJid(text);
  assert.ok(found.ok, text);
  return found.value;
}

/** RFC 7247 §5: the examples, both ways (K-1). */
const vectors: readonly [sip: string, xmpp: string][] = [
  ["sip:f%C3%BC@sip.example", "fü@sip.example"],
  ["sip:o'malley@sip.example", "o\\27malley@sip.example"],
  ["sip:foo@sip.example;gr=bar", "foo@sip.example/bar"],
  ["sip:m&m@xmpp.example", "m\\26m@xmpp.example"],
  ["sip:tsch%C3%BCss@xmpp.example", "tschüss@xmpp.example"],
  ["sip:baz@xmpp.example;gr=qux", "baz@xmpp.example/qux"],
];

test("K-1: the examples of RFC 7247, there and back", () => {
  for (const [sip, xmpp] of vectors) {
    assert.equal(jidOfText(sip), xmpp);
    assert.equal(sipUriOf(jid(xmpp)), sip);
  }
});

test("K-1: a localpart of 1023 bytes, and one more", () => {
  const longest = "a".repeat(1023);
  assert.equal(jidOfText(`sip:${longest}@sip.example`), `${longest}@sip.example`);
  assert.equal(sipUriOf(jid(`${longest}@sip.example`)), `sip:${longest}@sip.example`);
  assert.equal(jidOfText(`sip:${longest}a@sip.example`), "jid-malformed");
  // Escapes make it longer: nothing is cut.
  assert.equal(jidOfText(`sip:${"'".repeat(341)}@sip.example`), `${"\\27".repeat(341)}@sip.example`);
  assert.equal(jidOfText(`sip:${"'".repeat(342)}@sip.example`), "jid-malformed");
});

test("SIP to XMPP: what is dropped, what is made canonical, what names nobody", () => {
  const rows: readonly [sip: string, xmpp: string][] = [
    ["sip:Alice@SIP.Example", "alice@sip.example"],
    ["sip:%61lice@sip.example", "alice@sip.example"],
    ["sip:alice@sip.example:5061;transport=tls?subject=x", "alice@sip.example"],
    ["sip:alice:secret@sip.example", "alice@sip.example"],
    ["sip:sip.example", "sip.example"],
    ["sip:sip.example;gr=a", "sip.example/a"],
    ["sip:alice@sip.example;gr", "alice@sip.example"],
    ["sip:alice@sip.example;gr=my%20phone", "alice@sip.example/my phone"],
    ["sip:alice@sip.example;gr=urn:uuid:f81d4fae-7dec", "alice@sip.example/urn:uuid:f81d4fae-7dec"],
    ["sip:alice@sip.example;gr=a/b%40c", "alice@sip.example/a/b@c"],
    ["sip:alice@xn--fsq.example", "alice@例.example"],
    ["sip:alice@[2001:DB8::1]", "alice@[2001:db8::1]"],
    ["sip:a/b@sip.example", "a\\2fb@sip.example"],
    ["sips:alice@sip.example", "sip-uri-scheme"],
    ["sip:a%40b@sip.example", "jid-malformed"],
    ["sip:a%2540b@sip.example", "a%40b@sip.example"],
    ["sip:a%20b@sip.example", "jid-malformed"],
    ["sip:a%3Ab@sip.example", "jid-malformed"],
    ["sip:a%22b@sip.example", "jid-malformed"],
    ["sip:a%00b@sip.example", "jid-malformed"],
    ["sip:a%FFb@sip.example", "sip-address-incomplete"],
    ["sip:alice@sip.example;gr=%FF", "jid-malformed"],
    ["sip:alice@sip.example;gr=%00", "jid-malformed"],
    ["sip:alice@sip_.example", "domain-malformed"],
  ];
  for (const [sip, xmpp] of rows) assert.equal(jidOfText(sip), xmpp, sip);
});

test("XMPP to SIP: the host in ASCII, the resource where it is wanted (Y-6: as it is)", () => {
  const rows: readonly [xmpp: string, sip: string][] = [
    ["alice@例.example", "sip:alice@xn--fsq.example"],
    ["ours.example", "sip:ours.example"],
    ["alice@ours.example/my phone", "sip:alice@ours.example;gr=my%20phone"],
    ["alice@ours.example/♚", "sip:alice@ours.example;gr=%E2%99%9A"],
    ["a;b@ours.example", "sip:a%3Bb@ours.example"],
    ["a#%[\\]^`{|}@ours.example", "sip:a%23%25%5B%5C%5D%5E%60%7B%7C%7D@ours.example"],
  ];
  for (const [xmpp, sip] of rows) {
    assert.equal(sipUriOf(jid(xmpp)), sip);
    assert.equal(jidOfText(sip), xmpp);
  }
  assert.equal(sipUriOf(jid("alice@ours.example/phone"), { gr: false }), "sip:alice@ours.example");
  for (const device of ["", "/phone", "/phone"]) {
    assert.equal(personUriOf(jid(`o\\27hara@ours.example${device}`)), "sip:o'hara@ours.example");
  }
});

test("any address comes back as it was", () => {
  const name = fc.string({
    unit: fc.constantFrom(..."abz019.-_~!#$%^*()=+[]{}|\\?;,`üßж例".split("")),
    minLength: 1,
    maxLength: 60,
  });
  const escapes = fc.array(fc.constantFrom("\\26", "\\27", "\\2f", "\\5c", "\\", "5c", "26", "a"), {
    minLength: 1,
    maxLength: 20,
  });
  const local = fc.oneof(
    name,
    escapes.map((list) => list.join("")),
  );
  const device = fc.string({ unit: fc.constantFrom(..."ab 0;=?@/&:%\"'<>ü♚例".split("")), maxLength: 40 });
  fc.assert(
    fc.property(local, device, (user, resource) => {
      const text = `${user}@ours.example${resource === "" ? "" : `/${resource}`}`;
      assert.equal(jidOfText(sipUriOf(jid(text))), jid(text).full);
    }),
  );
});

test("what the server needs of addresses", () => {
  const alice = jid("alice@ours.example/phone");
  assert.equal(bareOf(alice).full, "alice@ours.example");
  const other = withDevice(alice, "desk");
  assert.equal(other.ok && other.value.full, "alice@ours.example/desk");
  assert.equal(withDevice(alice, "").ok, false);
  assert.equal(parseJidText("alice@").ok, false);
});
