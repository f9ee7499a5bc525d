import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { parseXcapDocument, xcapElementText } from "./xcap-document.ts";
import { attributeValue, parseBindings, parseNodeSelector, selectElements } from "./xcap-selector.ts";

/** RFC 4825 §6.3's own document, with one element of another namespace more. */
const document = `<test xmlns="urn:d" xmlns:o="urn:o">
  <watcher id="8ajksjda7s"><watcher-uri>sip:userA@example.com</watcher-uri></watcher>
  <watcher id="hh8juja87s997-ass7"><watcher-uri>sip:userB@example.org</watcher-uri></watcher>
  <o:watcher id="x" o:id="y"/>
  <last id="8ajksjda7s"/>
</test>`;

const read = parseXcapDocument(utf8(document), { bytesMax: 10_000, depthMax: 10, attributesMax: 10 });
assert.ok(read.ok);
const root = read.value;

const prefixes = new Map([
  ["a", "urn:d"],
  ["o", "urn:o"],
]);

/** What a selector selects: the elements as text without white space, or "400". */
const select = (text: string) => {
  const selector = parseNodeSelector(text, prefixes, "urn:d");
  if (selector === undefined) return "400";
  return selectElements(root, selector.steps).map((each) => xcapElementText(each).replace(/\s*\n\s*/g, ""));
};

const one = '<watcher id="8ajksjda7s"><watcher-uri>sip:userA@example.com</watcher-uri></watcher>';
const two = '<watcher id="hh8juja87s997-ass7"><watcher-uri>sip:userB@example.org</watcher-uri></watcher>';
const other = '<o:watcher id="x" o:id="y"/>';
const last = '<last id="8ajksjda7s"/>';

test("RFC 4825 §6.3: elements by name, position, attribute, and both", () => {
  const rows: [string, readonly string[]][] = [
    ["test/watcher[1]", [one]],
    ["test/watcher[2]", [two]],
    ["test/watcher[3]", []],
    ["test/watcher", [one, two]],
    ['test/watcher[@id="8ajksjda7s"]', [one]],
    ["test/watcher[@id='8ajksjda7s']", [one]],
    ['test/watcher[1][@id="8ajksjda7s"]', [one]],
    ['test/watcher[2][@id="8ajksjda7s"]', []],
    ["test/a:watcher[2]", [two]],
    ["a:test/o:watcher", [other]],
    ["test/o:watcher[1]", [other]],
    ['test/*[@id="8ajksjda7s"]', [one, last]],
    ["test/*[3]", [other]],
    ["test/*[4]", [last]],
    ['test/*[4][@id="8ajksjda7s"]', [last]],
    ["*/last", [last]],
    ['test/o:watcher[@o:id="y"]', [other]],
    ['test/o:watcher[@id="y"]', []],
    [
      "test/*/watcher-uri",
      ["<watcher-uri>sip:userA@example.com</watcher-uri>", "<watcher-uri>sip:userB@example.org</watcher-uri>"],
    ],
    ["watcher", []],
    ["test[2]", []],
    ["test[1]/last", [last]],
    ["test/nothing/at/all", []],
  ];
  for (const [text, found] of rows) assert.deepEqual(select(text), found, text);
});

test("a quote, a slash and a bracket may stand in an attribute's value", () => {
  const value = (text: string) => parseNodeSelector(text, prefixes, "urn:d")?.steps.at(-1)?.attribute?.value;
  assert.equal(value(`a/b[@c="x/y]'z"]`), "x/y]'z");
  assert.equal(value(`a/b[@c='"']`), '"');
  assert.equal(value(`a/b[@c="&quot;&#x41;&amp;"]`), '"A&');
  assert.equal(value('a/b[@c=""]'), "");
});

test("what is no selector, or uses a prefix nobody declared", () => {
  for (const text of [
    "",
    "/",
    "/test",
    "test/",
    "test//watcher",
    "test/watcher[",
    "test/watcher[]",
    "test/watcher[0]",
    "test/watcher[-1]",
    "test/watcher[1",
    "test/watcher[1]x",
    "test/watcher[9999999]",
    "test/watcher[1][2]",
    "test/watcher[@id]",
    "test/watcher[@id=8]",
    'test/watcher[@id="8]',
    'test/watcher[@id="8"',
    'test/watcher[@id="8"][1]',
    'test/watcher[@id="<"]',
    'test/watcher[@id="&x;"]',
    'test/watcher[@id="&"]',
    'test/watcher[@id="&#0;"]',
    'test/watcher[@id="\u0001"]',
    "x:test",
    "test/:watcher",
    "test/a:",
    "test/1watcher",
    "test/@",
    "test/@id/x",
    "@id",
    "namespace::*",
    "test/namespace::*/x",
    "test/namespace::x",
    "test/..",
    "test/.",
    "test/text()",
    "id('x')",
    `${"a/".repeat(65)}a`,
  ]) {
    assert.equal(select(text), "400", text);
  }
});

test("RFC 4825 §6.3: attributes and namespaces at the end", () => {
  const end = (text: string) => parseNodeSelector(text, prefixes, "urn:d")?.end;
  assert.deepEqual(end("test"), { kind: "element" });
  assert.deepEqual(end("test/watcher[1]/@id"), { kind: "attribute", name: { ns: "", local: "id" } });
  assert.deepEqual(end("test/o:watcher/@o:id"), { kind: "attribute", name: { ns: "urn:o", local: "id" } });
  assert.deepEqual(end("test/watcher[1]/namespace::*"), { kind: "namespaces" });
});

test("RFC 4825 §6.4: prefixes of the query", () => {
  const bindings = (query: string) => {
    const found = parseBindings(query);
    return found === undefined ? "400" : [...found].map((each) => each.join("=")).join(" ");
  };
  assert.equal(bindings(""), "");
  assert.equal(bindings("xmlns(a=urn:test)xmlns(b=http://x.example/y?z=1)"), "a=urn:test b=http://x.example/y?z=1");
  assert.equal(bindings("xmlns%28a=urn:test%29%20xmlns( b = urn:b )"), "a=urn:test b=urn:b");
  for (const query of [
    "x",
    "xmlns",
    "xmlns(a)",
    "xmlns(=urn:x)",
    "xmlns(a=)",
    "xmlns(a=urn:x",
    "%",
    "%ff",
    "xmlns(a=b)x",
  ]) {
    assert.equal(bindings(query), "400", query);
  }
});

test("what may stand between an attribute's quotes", () => {
  assert.equal(attributeValue("a &lt; b\n'\""), "a < b '\"");
  for (const text of ["<", "&", "&x;", "&#xD800;", "&#1114112;", "\u0000", "\ud800"])
    assert.equal(attributeValue(text), undefined, text);
});
