import assert from "node:assert/strict";
import { test } from "node:test";
import { plainText, textHeader } from "./content.ts";

test("text becomes UTF-8 and says so", () => {
  const content = plainText("grüß dich", "Subject: x\r\n");
  assert.equal(content.contentType, "text/plain;charset=UTF-8");
  assert.equal(Buffer.from(content.body).toString(), "grüß dich");
  assert.equal(content.headers, "Subject: x\r\n");
});

test("no text brings a header line of its own", () => {
  const rows: readonly [text: string, line: string][] = [
    ["lunch?", "Subject: lunch?\r\n"],
    ["  grüße ", "Subject: grüße\r\n"],
    ["a\r\nFrom: <sip:boss@ours.example>", "Subject: a From: <sip:boss@ours.example>\r\n"],
    ["a\nb\rc\0d\x1be\x85f\u2028g", "Subject: a b c d e f g\r\n"],
    ["\r\n\r\n", ""],
    ["", ""],
    ["half \ud800 pair", "Subject: half \ufffd pair\r\n"],
  ];
  for (const [text, line] of rows) assert.equal(textHeader("Subject", text), line, JSON.stringify(text));
});
