import assert from "node:assert/strict";
import { test } from "node:test";
import { charsetOf, plainText, readContentType, textHeader } from "./content.ts";
import type { ContentType } from "./content-type.ts";
import { parameter } from "./parameters.ts";

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

function read(text: string): ContentType {
  const type = readContentType(text);
  assert.ok(type.ok, text);
  return type.value;
}

test("media types: in any case, with white space, with parameters", () => {
  const rows: readonly [text: string, expected: string, charset: string][] = [
    ["text/plain", "text/plain", "utf-8"],
    ["Text/PLAIN; Charset=ISO-8859-1", "text/plain", "ISO-8859-1"],
    ['text/plain;charset="utf-8"', "text/plain", "utf-8"],
    ["text / html ; charset = utf-16", "text/html", "utf-16"],
    ["text/plain;", "text/plain", "utf-8"],
    ["text/plain; charset=UTF-8; ", "text/plain", "UTF-8"],
    ["application/im-iscomposing+xml", "application/im-iscomposing+xml", "utf-8"],
  ];
  for (const [text, expected, charset] of rows) {
    const type = read(text);
    assert.deepEqual([type.type, charsetOf(type)], [expected, charset], text);
  }
});

test("I-11: Communicator's msgr without padding is let stand", () => {
  const type = read("text/plain; charset=UTF-8;msgr=WAAtAE0ATQBTAC0ASQBNAC0ARgBvAHIAbQBhAHQA");
  assert.equal(parameter(type.parameters, "msgr"), "WAAtAE0ATQBTAC0ASQBNAC0ARgBvAHIAbQBhAHQA");
  assert.equal(parameter(read("text/plain;msgr=WAA=").parameters, "msgr"), "WAA=");
});

test("what is no media type", () => {
  for (const text of [
    "",
    "text",
    "/plain",
    "text/",
    "text/plain/x",
    "te xt/plain",
    'text/plain;charset="',
    "text/plain;;a",
  ]) {
    const type = readContentType(text);
    assert.ok(!type.ok && type.fault.code === "sip-malformed", text);
  }
});
