import assert from "node:assert/strict";
import { test } from "node:test";
import { readContact } from "./contact.ts";

const urn = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";

// text; URI, parameters, expires, instance, reg-id
const read: readonly (readonly [string, string, string, number | undefined, string, number])[] = [
  ["<sip:bob@192.0.2.4>", "sip:bob@192.0.2.4", "", undefined, "", 0],
  ["sip:bob@192.0.2.4;expires=60", "sip:bob@192.0.2.4", "", 60, "", 0],
  [
    '"Bob; <B>" <sip:bob@192.0.2.4;transport=tcp> ; q=0.7',
    "sip:bob@192.0.2.4;transport=tcp",
    "; q=0.7",
    undefined,
    "",
    0,
  ],
  ["<sip:b@h>;expires=never", "sip:b@h", "", 3600, "", 0],
  ["<sip:b@h>;expires=99999999999", "sip:b@h", "", 4_294_967_295, "", 0],
  [
    '<sip:b@h>;methods="MESSAGE, SUBSCRIBE;x";Expires=5;video;+u.x="a\\"b;expires=1"',
    "sip:b@h",
    ';methods="MESSAGE, SUBSCRIBE;x";video;+u.x="a\\"b;expires=1"',
    5,
    "",
    0,
  ],
  [
    `<sip:b@h;ob>;+sip.instance="<${urn}>";reg-id=1;expires=600`,
    "sip:b@h;ob",
    `;+sip.instance="<${urn}>";reg-id=1`,
    600,
    `<${urn}>`,
    1,
  ],
  // RFC 5626 §6: without an instance it means nothing.
  ["<sip:b@h>;reg-id=1", "sip:b@h", ";reg-id=1", undefined, "", 0],
  // RFC 5627 §4.2: a client may send its GRUUs back; they are not its to say.
  ['<sip:b@h>;pub-gruu="sip:b@ours.example;gr=1";temp-gruu="sip:x@ours.example;gr"', "sip:b@h", "", undefined, "", 0],
];
for (const [text, uri, parameters, expires, instance, regId] of read) {
  test(`reads ${text}`, () => {
    const contact = readContact(text, 2_048);
    assert.ok(contact.ok, contact.ok ? "" : contact.fault.detail);
    assert.deepEqual({ ...contact.value, uri: contact.value.uri.text }, { uri, parameters, expires, instance, regId });
  });
}

const refused: readonly (readonly [string, string])[] = [
  ["", "sip-malformed"],
  ["*", "sip-malformed"],
  ["<sip:b@h", "sip-malformed"],
  ["mailto:b@h", "sip-uri-scheme"],
  ["<sip:b@h>;reg-id=0", "sip-malformed"],
  ["<sip:b@h>;reg-id=2147483648", "sip-malformed"],
  ["<sip:b@h>;reg-id", "sip-malformed"],
  [`<sip:b@h>;x=${"y".repeat(2_048)}`, "sip-too-large"],
  [`<sip:${"b".repeat(2_048)}@h>`, "sip-uri-too-long"],
];
for (const [text, code] of refused) {
  test(`does not take ${text.slice(0, 40)}`, () => {
    const contact = readContact(text, 2_048);
    assert.equal(contact.ok ? "" : contact.fault.code, code);
  });
}
