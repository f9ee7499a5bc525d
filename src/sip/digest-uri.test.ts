import assert from "node:assert/strict";
import { test } from "node:test";
import { isAbout } from "./digest-uri.ts";

const rows: readonly (readonly [boolean, string, string])[] = [
  [true, "sip:bob@ours.example", "sip:bob@ours.example"],
  [true, "tel:+4930123", "tel:+4930123"],
  [true, "sip:bob@ours.example", "sip:bob@ours.example;transport=tcp"],
  [true, "sips:bob@ours.example", "sip:bob@OURS.example:5061"],
  [true, "sip:b%6fb@ours.example", "sip:bob@ours.example"],
  [true, "sip:bob;phone-context=1@ours.example", "sip:bob@ours.example"],
  // A proxy put its server's place into the line.
  [true, "sip:bob@ours.example", "sip:bob@192.0.2.7:5062;lr"],
  [true, "sip:ours.example", "sip:node1.internal"],
  // Clients that always write their registrar's address, or register with their own.
  [true, "sip:ours.example", "sip:bob@ours.example"],
  [true, "sip:alice@ours.example", "sip:ours.example"],
  [false, "sip:bob@ours.example", "sip:carol@ours.example"],
  [false, "sip:bob@theirs.example", "sip:bob@ours.example"],
  [false, "sip:theirs.example", "sip:ours.example"],
  [false, "tel:+4930123", "tel:+4930124"],
  [false, "bob", "sip:bob@ours.example"],
  [false, "sip:bob@ours.example", "im:bob@ours.example"],
];
for (const [good, uri, requestUri] of rows) {
  test(`credentials over ${uri} ${good ? "are" : "are not"} for ${requestUri}`, () => {
    assert.equal(isAbout({ uri, realm: "ours.example" }, requestUri), good);
  });
}
