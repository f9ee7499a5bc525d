import assert from "node:assert/strict";
import { limitsWith } from "../../src/base/limits.ts";
import {
  parseXcapDocument,
  plainElement,
  type XcapElement,
  xcapDocumentText,
  xcapElementText,
} from "../../src/sip/xcap-document.ts";
import { deleteAttribute, deleteElement, type Edited, putAttribute, putElement } from "../../src/sip/xcap-edit.ts";
import { parseXcapPath } from "../../src/sip/xcap-path.ts";
import {
  attributeOf,
  type NodeSelector,
  parseBindings,
  parseNodeSelector,
  selectElements,
} from "../../src/sip/xcap-selector.ts";

export const name = "XCAP paths, selectors and edits";

type Random = (limit: number) => number;

const limits = limitsWith();
const documentLimits = { bytesMax: 10_000, depthMax: 12, attributesMax: 8 };
const prefixes = new Map([["p", "urn:p"]]);

/**
 * Any path leads to a document or nowhere, never up; any selector is read or not. RFC 4825 §8.2: what was put at a node is what is
 * there, what was removed is not, and the document is still one that is read as it was written.
 */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    path(random);
    edit(random);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;
const some = (random: Random, list: readonly string[], most: number): string =>
  Array.from({ length: random(most) }, () => one(random, list)).join("");

const pathPieces =
  "/ . .. ~~ %2e %2F %252e % %00 %ff %c3%bc ~ \\ a users global alice sip: @ ours.example index ? # ;".split(" ");

function path(random: Random): void {
  const text = `/${one(random, ["resource-lists/users/alice/", "a/global/", ""])}${some(random, pathPieces, 12)}`;
  const read = parseXcapPath(text, limits);
  if (typeof read === "number") assert.ok([400, 404, 414].includes(read), text);
  else {
    for (const name of [read.auid, read.xui ?? "x", ...read.document.split("/")]) {
      assert.ok(name !== "" && name !== "." && name !== ".." && !/[%\\\0?#]/.test(name), text);
    }
    if (read.node !== undefined) parseNodeSelector(read.node, prefixes, "urn:d");
  }
  parseBindings(some(random, ["xmlns(", "a", "=", "urn:x", ")", "%28", "%", " "], 10));
}

const bodies = [
  "<a/>",
  "<b/>",
  "<p:a/>",
  "<a n='1'/>",
  "<a n='2'><b/></a>",
  "<b n='1'>t</b>",
  "<a xmlns='urn:p'/>",
  "<a/><a/>",
  "<q:a/>",
  "&lt;",
  "1",
  "",
  "<a",
];
const steps = [
  "a",
  "b",
  "p:a",
  "*",
  "a[1]",
  "a[2]",
  "b[1]",
  "*[1]",
  "*[3]",
  "a[@n='1']",
  "a[1][@n='2']",
  '*[@n="1"]',
  "[",
  "a[",
  "@n",
];

function edit(random: Random): void {
  const read = parseXcapDocument(Buffer.from(element(random, 3, "a")), documentLimits);
  assert.ok(read.ok);
  const end = one(random, ["", "", "", "/@n", "/@p:n", "/namespace::*"]);
  const text = `a${Array.from({ length: random(4) }, () => `/${one(random, steps)}`).join("")}${end}`;
  const selector = parseNodeSelector(text, prefixes, "urn:d");
  if (selector === undefined) return;
  const body = one(random, bodies);
  const puts = random(2) === 0;
  const before = xcapElementText(read.value);
  const done = act(read.value, selector, body, puts);
  const seen = `${puts ? "PUT" : "DELETE"} ${text} ${body} in ${before}`;
  if (done.kind !== "done") return;
  const found = selectElements(done.root, selector.steps);
  if (selector.end.kind === "attribute") {
    const value = found[0] && attributeOf(found[0], selector.end.name)?.value;
    if (puts) assert.ok(found.length === 1 && value !== undefined, seen);
    else assert.equal(value, undefined, seen);
  } else assert.equal(found.length, puts ? 1 : 0, seen);
  const again = parseXcapDocument(Buffer.from(xcapDocumentText(done.root)), documentLimits);
  assert.ok(again.ok, seen);
  assert.deepEqual(plainElement(again.value), plainElement(joined(done.root)), seen);
}

function act(root: XcapElement, selector: NodeSelector, body: string, puts: boolean): Edited {
  const bytes = Buffer.from(body);
  if (selector.end.kind === "attribute") {
    return puts
      ? putAttribute(root, selector, selector.end.name, body)
      : deleteAttribute(root, selector, selector.end.name);
  }
  return puts ? putElement(root, selector, bytes, () => undefined, documentLimits) : deleteElement(root, selector);
}

/** Where an element is gone, the texts around it are one for whoever reads the document again. */
function joined(element: XcapElement): XcapElement {
  const children: (XcapElement | string)[] = [];
  for (const each of element.children) {
    const last = children.length - 1;
    const before = children[last];
    if (typeof each === "string" && typeof before === "string") children[last] = before + each;
    else children.push(typeof each === "string" ? each : joined(each));
  }
  return { ...element, children };
}

function element(random: Random, depth: number, tag: string): string {
  const root = depth === 3 ? " xmlns='urn:d' xmlns:p='urn:p'" : "";
  const attributes = `${root}${random(2) === 0 ? ` n='${random(3)}'` : ""}${random(5) === 0 ? " p:n='1'" : ""}`;
  const inside = Array.from({ length: depth === 0 ? 0 : random(4) }, () =>
    random(4) === 0 ? "x" : element(random, depth - 1, one(random, ["a", "b", "p:a"])),
  );
  return `<${tag}${attributes}>${inside.join("")}</${tag}>`;
}
