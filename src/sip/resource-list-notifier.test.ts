import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { parseContentType } from "./content-type.ts";
import { readMultipart, rootOf } from "./multipart.ts";
import { ListNotifier } from "./resource-list-notifier.ts";
import type { ResourceInstance } from "./rlmi.ts";

const limits = limitsWith({ sipListNotifyBytesMax: 20 });

const bob = "sip:bob@theirs.example";
const carol = "sip:carol@ours.example";

function shows(body: string): ResourceInstance {
  return { state: "active", reason: "", document: { contentType: "application/pidf+xml", body } };
}

function list(uris: readonly string[] = [bob, carol]) {
  const it = new ListNotifier(
    "sip:alice+presence@ours.example",
    uris.map((uri) => ({ uri, name: uri === bob ? "Bob & Co" : "" })),
    "n1.ours.example",
    limits,
  );
  return { it, read: (full: boolean, version = 0) => read(it, full, version) };
}

/** A notification's root, and its documents by content id. */
function read(it: ListNotifier, full: boolean, version: number) {
  const { contentType, body } = it.body(full, version);
  const type = parseContentType(contentType);
  assert.ok(type);
  const parts = readMultipart(type, body, limits);
  assert.ok(parts.ok);
  assert.equal(rootOf(type, parts.value), parts.value[0]); // 6.4: RLMI first
  const [root, ...documents] = parts.value;
  const rlmi = (root?.body.toString() ?? "").replace(/^.*?\r\n/, "").trim();
  return {
    contentType,
    rlmi,
    told: [...rlmi.matchAll(/<resource uri="sip:(\w+)@[^>]*>(.*?)<\/resource>/g)].map(
      ([, who, inside = ""]) => `${who} ${inside.replace(/<name>.*<\/name>/, "")}`,
    ),
    documents: documents.map((part) => [part.contentType, part.contentId, part.body.toString()]),
  };
}

test("RFC 4662 §4.5, §5: RLMI and the documents its instances name", () => {
  const { it, read } = list();
  it.set(bob, shows("<bob/>"));
  const { contentType, rlmi, documents } = read(true);
  assert.match(
    contentType,
    /^multipart\/related;type="application\/rlmi\+xml";start="<list@n1\.ours\.example>";boundary=/,
  );
  assert.equal(
    rlmi,
    '<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="sip:alice+presence@ours.example" version="0" fullState="true">' +
      `<resource uri="${bob}"><name>Bob &amp; Co</name><instance id="1" state="active" cid="1@n1.ours.example"/></resource>` +
      `<resource uri="${carol}"></resource></list>`,
  );
  assert.deepEqual(documents, [["application/pidf+xml", "1@n1.ours.example", "<bob/>"]]);
});

test("a partial one has what changed since, once, the newest", () => {
  const { it, read } = list();
  it.set(bob, shows("1"));
  read(true);
  assert.equal(it.waits, false);
  assert.ok(it.set(carol, shows("2")));
  assert.ok(it.set(carol, shows("3")));
  assert.ok(!it.set(carol, shows("3")));
  assert.equal(it.waits, true);
  const { told, rlmi, documents } = read(false, 1);
  assert.match(rlmi, /version="1" fullState="false"/);
  assert.deepEqual(told, ['carol <instance id="1" state="active" cid="1@n1.ours.example"/>']);
  assert.deepEqual(documents[0]?.[2], "3");
  assert.deepEqual(read(false, 2).told, []);
});

test("§5.5: states and reasons", () => {
  const { it, read } = list();
  it.set(bob, { state: "terminated", reason: "noresource", document: undefined });
  it.set(carol, { state: "pending", reason: "", document: undefined });
  assert.deepEqual(read(false).told, [
    'bob <instance id="1" state="terminated" reason="noresource"/>',
    'carol <instance id="1" state="pending"/>',
  ]);
});

test("what does not fit follows: a full one names all, and each goes out in the end", () => {
  const names = ["a", "b", "c", "d"].map((name) => `sip:${name}@x.example`);
  const { it, read } = list(names);
  for (const name of names) it.set(name, shows("0123456789"));
  const first = read(true);
  assert.equal(first.told.length, 4);
  assert.equal(first.documents.length, 2);
  assert.equal(it.waits, true);
  assert.equal(read(false, 1).documents.length, 2);
  assert.equal(it.waits, false);
});

test("a document larger than all the room goes alone", () => {
  const { it, read } = list();
  it.set(bob, shows("x".repeat(100)));
  it.set(carol, shows("x".repeat(100)));
  assert.equal(read(false).documents.length, 1);
  assert.equal(read(false).documents.length, 1);
  assert.equal(it.waits, false);
});

test("RFC 5367 §4: another list in its place; who stays is known", () => {
  const { it, read } = list();
  it.set(bob, shows("1"));
  it.set(carol, shows("2"));
  it.replace([
    { uri: bob, name: "" },
    { uri: "sip:dave@x.example", name: "Dave" },
    { uri: bob, name: "again" },
  ]);
  assert.deepEqual(
    read(true).told.map((each) => each.split(" ")[0]),
    ["bob", "dave"],
  );
  assert.equal(it.set(carol, shows("3")), false);
  assert.deepEqual([...it.uris], [bob, "sip:dave@x.example"]);
  assert.equal(it.waits, false);
});
