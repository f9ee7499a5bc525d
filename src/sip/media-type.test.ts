import assert from "node:assert/strict";
import { test } from "node:test";
import { charsetOf, type MediaType, parseDisposition, parseMediaType } from "./media-type.ts";
import { parameter } from "./parameters.ts";

function read(text: string): MediaType {
  const type = parseMediaType(text);
  assert.ok(type.ok, text);
  return type.value;
}

test("media types: in any case, with white space, with parameters", () => {
  const rows: readonly [text: string, essence: string, charset: string][] = [
    ["text/plain", "text/plain", "utf-8"],
    ["Text/PLAIN; Charset=ISO-8859-1", "text/plain", "ISO-8859-1"],
    ['text/plain;charset="utf-8"', "text/plain", "utf-8"],
    ["text / html ; charset = utf-16", "text/html", "utf-16"],
    ["text/plain;", "text/plain", "utf-8"],
    ["text/plain; charset=UTF-8; ", "text/plain", "UTF-8"],
    ["application/im-iscomposing+xml", "application/im-iscomposing+xml", "utf-8"],
  ];
  for (const [text, essence, charset] of rows) {
    const type = read(text);
    assert.deepEqual([type.essence, charsetOf(type)], [essence, charset], text);
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
    const type = parseMediaType(text);
    assert.ok(!type.ok && type.fault.code === "sip-malformed", text);
  }
});

test("RFC 3261 §20.11: a body has to be handled unless it says otherwise", () => {
  const rows: readonly [text: string, type: string, required: boolean][] = [
    ["render", "render", true],
    ["Notification", "notification", true],
    ["session;handling=optional", "session", false],
    ["session ; Handling=OPTIONAL", "session", false],
    ["session;handling=required", "session", true],
  ];
  for (const [text, type, required] of rows) {
    const disposition = parseDisposition(text);
    assert.ok(disposition.ok, text);
    assert.deepEqual([disposition.value.type, disposition.value.required], [type, required], text);
  }
  assert.equal(parseDisposition("").ok, false);
  assert.equal(parseDisposition("a b").ok, false);
});
