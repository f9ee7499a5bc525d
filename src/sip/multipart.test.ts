import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import { readContentType } from "./content.ts";
import { type Part, readMultipart, rootOf, writeMultipart } from "./multipart.ts";
import { parameter } from "./parameters.ts";

const limits = limitsWith();

function read(contentType: string, body: string, most = limits): readonly Part[] | string {
  const type = readContentType(contentType);
  assert.ok(type.ok);
  const parts = readMultipart(type.value, utf8(body), most);
  return parts.ok ? parts.value : parts.fault.code;
}

function texts(contentType: string, body: string): [contentType: string, text: string][] {
  const parts = read(contentType, body);
  assert.ok(typeof parts !== "string", parts.toString());
  return parts.map((part) => [part.contentType, part.body.toString()]);
}

test("RFC 2046 §5.1.1: the example", () => {
  const body = [
    "This is the preamble.  It is to be ignored, though it",
    "is a handy place for composition agents to include an",
    "explanatory note to non-MIME conformant readers.",
    "",
    "--simple boundary",
    "",
    "This is implicitly typed plain US-ASCII text.",
    "It does NOT end with a linebreak.",
    "--simple boundary",
    "Content-type: text/plain; charset=us-ascii",
    "",
    "This is explicitly typed plain US-ASCII text.",
    "It DOES end with a linebreak.",
    "",
    "--simple boundary--",
    "",
    "This is the epilogue.  It is also to be ignored.",
  ];
  const expected = [
    ["text/plain", "This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak."],
    [
      "text/plain; charset=us-ascii",
      "This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n",
    ],
  ];
  const type = 'multipart/mixed; boundary="simple boundary"';
  assert.deepEqual(texts(type, body.join("\r\n")), expected);
  const feeds = expected.map(([kind, text]) => [kind, text?.replaceAll("\r\n", "\n")]);
  assert.deepEqual(texts(type, body.join("\n")), feeds, "lines that end with LF alone");
});

test("what is a delimiter and what only looks like one", () => {
  const rows: readonly [what: string, body: string, parts: string[]][] = [
    ["padding behind it", "--b \t\r\n\r\na\r\n--b--", ["a"]],
    ["in the middle of a line", "--b\r\n\r\na --b\r\n--b--", ["a --b"]],
    ["the beginning of a longer one", "--b\r\n\r\n--bc\r\n--b--", ["--bc"]],
    ["an empty part", "--b\r\n\r\n\r\n--b\r\n--b--", ["", ""]],
    ["the last one missing", "--b\r\n\r\na\r\n--b\r\n\r\nc", ["a", "c"]],
    ["the last one without line end, nothing behind", "--b\r\n\r\na\r\n--b--", ["a"]],
    ["something behind the last", "--b\r\n\r\na\r\n--b--\r\n--b\r\n\r\nc\r\n--b--", ["a"]],
    ["an empty line as text", "--b\r\n\r\n\r\na\r\n\r\n--b--", ["\r\na\r\n"]],
  ];
  for (const [what, body, parts] of rows) {
    assert.deepEqual(
      texts("multipart/mixed;boundary=b", body).map(([, text]) => text),
      parts,
      what,
    );
  }
});

test("headers: folded, in any case; Content-ID without brackets", () => {
  const parts = read(
    "multipart/related;boundary=b",
    "--b\r\nCONTENT-TYPE: text/html;\r\n\tcharset=utf-8\r\nContent-ID: <one@x>\r\nX-Y : z\r\n\r\na\r\n--b--",
  );
  assert.ok(typeof parts !== "string");
  assert.equal(parts[0]?.contentType, "text/html; charset=utf-8");
  assert.equal(parts[0]?.contentId, "one@x");
  assert.deepEqual(parts[0]?.headers.at(-1), ["x-y", "z"]);
});

test("bodies that cannot be read", () => {
  const rows: readonly [type: string, body: string, code: string][] = [
    ["multipart/mixed", "--b\r\n\r\na\r\n--b--", "sip-malformed"],
    ['multipart/mixed;boundary=""', "--\r\n\r\na\r\n----", "sip-malformed"],
    ["multipart/mixed;boundary=b", "", "sip-malformed"],
    ["multipart/mixed;boundary=b", "--b--\r\n", "sip-malformed"],
    ["multipart/mixed;boundary=b", "no part", "sip-malformed"],
    ["multipart/mixed;boundary=b", "--b\r\nno header\r\n\r\na\r\n--b--", "sip-malformed"],
    ["multipart/mixed;boundary=b", "--b\r\n folded: a\r\n\r\na\r\n--b--", "sip-malformed"],
    [`multipart/mixed;boundary=${"b".repeat(201)}`, "", "sip-malformed"],
  ];
  for (const [type, body, code] of rows) assert.equal(read(type, body), code, body);
});

test("limits: parts, bytes and lines of a head", () => {
  const many = (count: number) => `${"--b\r\n\r\na\r\n".repeat(count)}--b--`;
  const few = limitsWith({ mimePartsMax: 3, mimeHeadersMax: 2, mimeHeadBytesMax: 30 });
  assert.equal(read("multipart/mixed;boundary=b", many(3), few).length, 3);
  assert.equal(read("multipart/mixed;boundary=b", many(4), few), "sip-too-large");
  assert.equal(read("multipart/mixed;boundary=b", "--b\r\na:b\r\na:b\r\na:b\r\n\r\n\r\n--b--", few), "sip-too-large");
  assert.equal(read("multipart/mixed;boundary=b", `--b\r\na:${"b".repeat(30)}\r\n\r\n\r\n--b--`, few), "sip-too-large");
});

test("a body of nothing but delimiters and near misses costs time that grows with its bytes", () => {
  const near = "--b-".repeat(16_384);
  assert.equal(read("multipart/mixed;boundary=b", near), "sip-malformed");
  assert.equal(read("multipart/mixed;boundary=b", "\n--b\n".repeat(10_000)), "sip-too-large");
});

test("RFC 2387: the root is what start names, or the first part", () => {
  const type = (text: string) => {
    const read = readContentType(text);
    assert.ok(read.ok);
    return read.value;
  };
  const parts = read(
    "multipart/related;boundary=b",
    "--b\r\nContent-ID: <1@x>\r\n\r\na\r\n--b\r\nContent-ID: <2@x>\r\n\r\nc\r\n--b--",
  ) as readonly Part[];
  assert.equal(rootOf(type('multipart/related;start="<2@x>"'), parts)?.body.toString(), "c");
  assert.equal(rootOf(type("multipart/related;start=2@x"), parts)?.body.toString(), "c");
  assert.equal(rootOf(type('multipart/related;start="<3@x>"'), parts)?.body.toString(), "a");
  assert.equal(rootOf(type("multipart/related"), parts)?.body.toString(), "a");
});

test("what is written is read again: RFC 4662's list and its instances", () => {
  const written = writeMultipart(
    "related",
    [
      { contentType: "application/rlmi+xml", contentId: "list@ours.example", body: "<list/>" },
      { contentType: "application/pidf+xml", contentId: "bob@ours.example", body: utf8("<presence/>\r\n") },
      { contentType: "application/pidf+xml", headers: "Content-Disposition: render\r\n", body: "" },
    ],
    [
      ["type", "application/rlmi+xml"],
      ["start", "<list@ours.example>"],
    ],
  );
  assert.match(
    written.contentType,
    /^multipart\/related;type="application\/rlmi\+xml";start="<list@ours\.example>";boundary=part-[0-9a-f]{24}$/,
  );
  assert.deepEqual(texts(written.contentType, written.body.toString()), [
    ["application/rlmi+xml", "<list/>"],
    ["application/pidf+xml", "<presence/>\r\n"],
    ["application/pidf+xml", ""],
  ]);
});

test("a boundary is the parts' own, and one that is given is used", () => {
  const part = (body: string) => ({ contentType: "text/plain", body });
  const boundary = (body: string) => writeMultipart("mixed", [part(body)]).contentType;
  assert.equal(boundary("a"), boundary("a"));
  assert.notEqual(boundary("a"), boundary("b"));
  const type = readContentType(writeMultipart("mixed", [part("a")], [], "given").contentType);
  assert.ok(type.ok);
  assert.equal(parameter(type.value.parameters, "boundary"), "given");
});
