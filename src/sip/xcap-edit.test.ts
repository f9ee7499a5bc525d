import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { parseXcapDocument, type XcapElement, xcapElementText } from "./xcap-document.ts";
import { deleteAttribute, deleteElement, type Edited, putAttribute, putElement } from "./xcap-edit.ts";
import { parseNodeSelector } from "./xcap-selector.ts";

const limits = { bytesMax: 10_000, depthMax: 10, attributesMax: 10 };
const document = '<r xmlns="urn:d" xmlns:o="urn:o"><l n="1"><e u="a"/><e u="b"/></l><l n="2"/><o:x/></r>';

type Act = (root: XcapElement, selector: NonNullable<ReturnType<typeof parseNodeSelector>>) => Edited;

/** The document after an act on a node, as "created ..." or "... ", or why not. */
function after(path: string, act: Act, text = document): string {
  const read = parseXcapDocument(utf8(text), limits);
  const selector = parseNodeSelector(path, new Map([["o", "urn:o"]]), "urn:d");
  assert.ok(read.ok && selector !== undefined, path);
  const edited = act(read.value, selector);
  switch (edited.kind) {
    case "done":
      return `${edited.created ? "created " : ""}${xcapElementText(edited.root).replace(/^<r[^>]*>|<\/r>$/g, "")}`;
    case "conflict":
      return edited.conflict.kind;
    case "no-parent":
      return `no-parent ${edited.steps}`;
    case "none":
      return "none";
  }
}

const ranked = (_: XcapElement, child: XcapElement) => (child.local === "name" ? 0 : child.ns === "urn:d" ? 1 : 2);
const put = (path: string, body: string, text?: string) =>
  after(path, (root, selector) => putElement(root, selector, utf8(body), ranked, limits), text);
const remove = (path: string) => after(path, deleteElement);
const value = (path: string, body: string) =>
  after(path, (root, selector) =>
    selector.end.kind === "attribute" ? putAttribute(root, selector, selector.end.name, body) : assert.fail(),
  );
const unset = (path: string) =>
  after(path, (root, selector) =>
    selector.end.kind === "attribute" ? deleteAttribute(root, selector, selector.end.name) : assert.fail(),
  );

const first = '<l n="1"><e u="a"/><e u="b"/></l>';
const rest = '<l n="2"/><o:x/>';

test("RFC 4825 §8.2.3: a new element stands where its URI says", () => {
  const rows: [path: string, body: string, after: string][] = [
    ['r/l[@n="1"]/e[@u="c"]', '<e u="c"/>', `created <l n="1"><e u="a"/><e u="b"/><e u="c"/></l>${rest}`],
    ['r/l[@n="1"]/e[3]', '<e u="c"/>', `created <l n="1"><e u="a"/><e u="b"/><e u="c"/></l>${rest}`],
    ['r/l[@n="1"]/e[1][@u="c"]', '<e u="c"/>', `created <l n="1"><e u="c"/><e u="a"/><e u="b"/></l>${rest}`],
    ['r/l[@n="1"]/*[2][@u="c"]', '<e u="c"/>', `created <l n="1"><e u="a"/><e u="c"/><e u="b"/></l>${rest}`],
    ['r/l[@n="2"]/e', "<e/>", `created ${first}<l n="2"><e/></l><o:x/>`],
    ['r/l[@n="3"]', '<l n="3"/>', `created ${first}<l n="2"/><l n="3"/><o:x/>`],
    // by its rank: before what the schema puts behind it
    ['r/l[@n="1"]/name', "<name>x</name>", `created <l n="1"><name>x</name><e u="a"/><e u="b"/></l>${rest}`],
    ["r/m", "<m/>", `created ${first}<l n="2"/><m/><o:x/>`],
    ["r/o:y", "<o:y/>", `created ${first}${rest}<o:y/>`],
    ['r/*[@q="1"]', '<l q="1"/>', `created ${first}${rest}<l q="1"/>`],
  ];
  for (const [path, body, expected] of rows) assert.equal(put(path, body), expected, path);
});

test("RFC 4825 §8.2.1: an element takes the place of the one selected", () => {
  assert.equal(put('r/l[@n="1"]', '<l n="1"/>'), `<l n="1"/>${rest}`);
  assert.equal(put('r/l[@n="1"]/e[2]', '<e u="c"><f/></e>'), `<l n="1"><e u="a"/><e u="c"><f/></e></l>${rest}`);
  assert.equal(put("r", '<r xmlns="urn:d"><l/></r>'), "<l/>");
  assert.equal(put("r/o:x", '<p:x xmlns:p="urn:o"/>'), `${first}<l n="2"/><p:x xmlns:p="urn:o"/>`);
});

test("§8.2.3: what the URI would not give back cannot be put", () => {
  const rows: [path: string, body: string][] = [
    ['r/l[@n="1"]/e[@u="c"]', '<e u="d"/>'],
    ['r/l[@n="1"]/e[@u="c"]', '<f u="c"/>'],
    ['r/l[@n="1"]/e[@u="a"]', '<e u="b"/>'],
    ['r/l[@n="1"]/e[5]', '<e u="c"/>'],
    ['r/l[@n="1"]/e[@u="c"]', '<e xmlns="urn:x" u="c"/>'],
    ["r/l", "<l/>"], // two of them
    ["r", '<q xmlns="urn:d"/>'],
    ["q", '<q xmlns="urn:d"/>'],
  ];
  for (const [path, body] of rows) assert.equal(put(path, body), "cannot-insert", `${path} ${body}`);
});

test("no parent, and how far the way to it goes", () => {
  assert.equal(put('r/l[@n="3"]/e', "<e/>"), "no-parent 1");
  assert.equal(put('r/l[@n="1"]/e[@u="a"]/f/g', "<g/>"), "no-parent 3");
  assert.equal(put("r/l/e", "<e/>"), "no-parent 1"); // more than one
  assert.equal(put("q/l/e", "<e/>"), "no-parent 0");
  assert.equal(value('r/l[@n="3"]/@m', "1"), "no-parent 1");
  assert.equal(value("r/l/@m", "1"), "no-parent 1");
});

test("a body that is no fragment", () => {
  for (const body of [
    "",
    "x",
    "<e/><e/>",
    "<e>",
    "<q:e/>",
    "<!DOCTYPE e><e/>",
    "<a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a></a></a>",
  ]) {
    assert.equal(put('r/l[@n="1"]/e[3]', body), "not-xml-frag", body);
  }
  const utf16 = (root: XcapElement, selector: NonNullable<ReturnType<typeof parseNodeSelector>>) =>
    putElement(root, selector, Uint8Array.of(0xff, 0xfe), ranked, limits);
  assert.equal(after("r/m", utf16), "not-utf-8");
});

test("attributes: set, new, removed", () => {
  assert.equal(value('r/l[@n="2"]/@m', "a &amp; &lt;"), `created ${first}<l n="2" m="a &amp; &lt;"/><o:x/>`);
  assert.equal(value("r/l[2]/@n", "3"), `${first}<l n="3"/><o:x/>`);
  assert.equal(value("r/o:x/@o:y", "1"), `created ${first}<l n="2"/><o:x o:y="1"/>`);
  assert.equal(unset('r/l[1]/e[@u="a"]/@u'), `<l n="1"><e/><e u="b"/></l>${rest}`);
  assert.equal(unset("r/l[2]/@none"), "none");
  assert.equal(unset("r/l[9]/@n"), "none");
});

test("attributes that cannot be what the URI says", () => {
  assert.equal(value('r/l[@n="2"]/@n', "3"), "cannot-insert");
  for (const text of ["<", "&", "&nothing;"]) assert.equal(value("r/l[2]/@n", text), "not-xml-att-value", text);
});

test("RFC 4825 §8.2.5: a removed element is not selected any more", () => {
  assert.equal(remove('r/l[@n="1"]/e[@u="a"]'), `<l n="1"><e u="b"/></l>${rest}`);
  assert.equal(remove('r/l[@n="1"]/e[2]'), `<l n="1"><e u="a"/></l>${rest}`);
  assert.equal(remove('r/l[@n="1"]/e[1]'), "cannot-delete"); // the second would be the first
  assert.equal(remove("r/l"), "none");
  assert.equal(remove('r/l[@n="9"]'), "none");
  assert.equal(remove("r"), "cannot-delete");
});
