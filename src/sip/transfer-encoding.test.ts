import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { withoutTransferEncoding } from "./transfer-encoding.ts";

test("RFC 2045 §6: each encoding", () => {
  const rows: readonly [encoding: string, body: string, plain: string][] = [
    ["", "as it is =3D", "as it is =3D"],
    ["7bit", "a", "a"],
    ["8BIT", "ä", "ä"],
    [" binary ", "a\0b", "a\0b"],
    ["base64", "Z3LDvMOf\r\nIGRpY2g=", "grüß dich"],
    ["Base64", "Z3LDvMOf!", "grüß"],
    ["quoted-printable", "gr=C3=BC=c3=9f", "grüß"],
    ["quoted-printable", "long =\r\nline =  \nagain", "long line again"],
    ["quoted-printable", "1=2, =, =Z0, =C", "1=2, =, =Z0, =C"],
    ["quoted-printable", "end=", "end="],
  ];
  for (const [encoding, body, plain] of rows) {
    assert.equal(withoutTransferEncoding(encoding, utf8(body))?.toString(), plain, `${encoding} ${body}`);
  }
});

test("an encoding nobody knows", () => assert.equal(withoutTransferEncoding("x-uuencode", utf8("a")), undefined));
