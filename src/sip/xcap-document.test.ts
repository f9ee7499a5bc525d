import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { readDocument } from "../xml/document.ts";
import {
  bindingsAt,
  namespacesText,
  parseXcapDocument,
  parseXcapFragment,
  plainElement,
  xcapDocumentText,
  xcapElements,
  xcapElementText,
} from "./xcap-document.ts";

const limits = { bytesMax: 10_000, depthMax: 5, attributesMax: 8 };

const parse = (text: string) => parseXcapDocument(utf8(text), limits);

/** What a document is written as after it was read, or why it was not. */
const again = (text: string) => {
  const read = parse(text);
  return read.ok ? xcapElementText(read.value) : read.fault.code;
};

test("prefixes, declarations and order of attributes stay as they were written", () => {
  const text =
    '<cr:ruleset xmlns="urn:p" xmlns:cr="urn:c"><cr:rule id="a" xml:lang="de" x:y="1" xmlns:x="urn:x"><q xmlns=""/></cr:rule></cr:ruleset>';
  assert.equal(
    again(text),
    '<cr:ruleset xmlns="urn:p" xmlns:cr="urn:c"><cr:rule xmlns:x="urn:x" id="a" xml:lang="de" x:y="1"><q xmlns=""/></cr:rule></cr:ruleset>',
  );
});

test("text: what reading would change is written as a reference; comments are not kept", () => {
  assert.equal(
    again("<a>1 &lt; 2 &amp; 3 > 2<!-- x --> &#13;<![CDATA[<b>]]></a>"),
    "<a>1 &lt; 2 &amp; 3 &gt; 2 &#13;&lt;b&gt;</a>",
  );
  assert.equal(again("<a b='&quot;&#10;&#9;&lt;'/>"), '<a b="&quot;&#10;&#9;&lt;"/>');
  assert.equal(again("<?xml version='1.0' encoding='utf-16'?><a/>"), "<a/>"); // P-7: the bytes count
});

test("a document is written so that it is read the same", () => {
  const text = "<a xmlns:p='urn:p'>\n <b p:x=' 1&#10;2 '>\u00e9</b>\n</a>";
  const read = parse(text);
  assert.ok(read.ok);
  assert.equal(
    xcapDocumentText(read.value),
    `<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns:p="urn:p">\n <b p:x=" 1&#10;2 ">\u00e9</b>\n</a>\n`,
  );
  const twice = parse(xcapDocumentText(read.value));
  assert.ok(twice.ok);
  assert.deepEqual(plainElement(twice.value), plainElement(read.value));
});

test("what is refused", () => {
  const rows: [string, string][] = [
    ["", "xml-not-well-formed"],
    ["<a>", "xml-not-well-formed"],
    ["<a/><b/>", "xml-not-well-formed"],
    ["<a/>x", "xml-not-well-formed"],
    ["<p:a/>", "xml-not-well-formed"],
    ["<a>&x;</a>", "xml-not-well-formed"],
    ["<!DOCTYPE a><a/>", "xml-restricted"],
    ["<a><a><a><a><a><a/></a></a></a></a></a>", "xml-too-deep"],
    [`<a ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `a${n}=''`).join(" ")}/>`, "xml-too-many-attributes"],
    [`<a>${"x".repeat(10_000)}</a>`, "xml-document-too-big"],
  ];
  for (const [text, code] of rows) assert.equal(again(text), code, text.slice(0, 40));
  const read = parseXcapDocument(Uint8Array.of(0x3c, 0xff), limits);
  assert.equal(read.ok ? "" : read.fault.code, "xml-bad-utf8");
});

test("RFC 4825 §8.2.1: a fragment is one element and may use the prefixes around it", () => {
  const within = new Map([
    ["", "urn:d"],
    ["p", "urn:p"],
  ]);
  const fragment = (text: string) => {
    const read = parseXcapFragment(utf8(text), within, limits);
    return read.ok ? `{${read.value.ns}}${read.value.local}` : read.fault.code;
  };
  assert.equal(fragment(" <a/>\n"), "{urn:d}a");
  assert.equal(fragment("<p:a/>"), "{urn:p}a");
  assert.equal(fragment("<a xmlns='urn:own'/>"), "{urn:own}a");
  for (const text of ["", "  ", "text", "<a/><b/>", "<a/>text", "<q:a/>", "<a", "<a></b>"]) {
    assert.equal(fragment(text), "xml-not-well-formed", text);
  }
});

test("RFC 4825 §7.10: the namespaces in force", () => {
  const read = parse('<a xmlns="urn:1" xmlns:p="urn:2"><p:b xmlns:q="urn:3"><c xmlns="" xmlns:p="urn:4"/></p:b></a>');
  assert.ok(read.ok);
  const [b] = xcapElements(read.value);
  assert.ok(b);
  const [c] = xcapElements(b);
  assert.ok(c);
  assert.equal(namespacesText(b), '<p:b xmlns:q="urn:3" xmlns="urn:1" xmlns:p="urn:2"/>');
  assert.deepEqual(
    [...bindingsAt(c)],
    [
      ["p", "urn:4"],
      ["q", "urn:3"],
    ],
  );
});

test("others read the same tree", () => {
  const text =
    '<a xmlns="urn:1" xmlns:p="urn:2" x="1" p:x="2" xml:lang="de"><p:b __proto__="3">t<![CDATA[u]]></p:b></a>';
  const read = parse(text);
  const plain = readDocument(utf8(text), limits);
  assert.ok(read.ok && plain.ok);
  assert.equal(JSON.stringify(plainElement(read.value)), JSON.stringify(plain.value));
});
