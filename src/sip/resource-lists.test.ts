import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import { entriesOf, type ListMember, readRecipientList, readResourceLists } from "./resource-lists.ts";

const limits = limitsWith({ sipListEntriesMax: 5, xcapDepthMax: 8 });

const document = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${inside}</resource-lists>`;

/** RFC 4826 §3.4, with its kinds of members. */
const friends = document(
  `<list name="friends">
     <!-- best ones first -->
     <display-name>Friends</display-name>
     <entry uri="sip:bill@example.com"><display-name>Bill Doe</display-name></entry>
     <entry-ref ref="resource-lists/users/sip:bill@example.com/index/~~/resource-lists/list%5b@name=%22list1%22%5d/entry"/>
     <list name="close-friends">
       <display-name>Close Friends</display-name>
       <entry uri="sip:joe@example.com"><display-name>Joe Smith</display-name></entry>
       <entry uri="sip:nancy@example.com"/>
       <external anchor="http://xcap.example.org/resource-lists/users/sip:a@example.org/index/~~/resource-lists/list%5b@name=%22mkting%22%5d"/>
     </list>
     <x:more xmlns:x="urn:more"><entry uri="sip:not@one"/></x:more>
   </list>
   <list><entry uri=" sip:joe@example.com "/></list>`,
);

const entries = (text: string, resolve?: Parameters<typeof entriesOf>[2]) => {
  const lists = readResourceLists(utf8(text), limits);
  if (!lists.ok) return lists.fault.code;
  const found = entriesOf(lists.value, limits, resolve);
  return found.ok ? found.value.map(({ uri, name }) => `${uri} ${name}`.trim()) : `${found.fault.code}`;
};

test("RFC 4826 §3.4: lists, lists in lists, entries; each URI once, with the first name it has", () => {
  assert.deepEqual(entries(friends), [
    "sip:bill@example.com Bill Doe",
    "sip:joe@example.com Joe Smith",
    "sip:nancy@example.com",
  ]);
});

test("RFC 4826 §3.2: what a list says of itself", () => {
  const lists = readResourceLists(utf8(friends), limits);
  assert.ok(lists.ok);
  const [first, second] = lists.value;
  assert.deepEqual(
    [first?.name, first?.displayName, second?.name, second?.displayName],
    ["friends", "Friends", undefined, undefined],
  );
  assert.deepEqual(
    first?.members.map(({ kind }) => kind),
    ["entry", "entry-ref", "list"],
  );
});

test("RFC 4826 §3.3: references are followed where they lead somewhere, and a circle ends", () => {
  const asked: string[] = [];
  const found = entries(friends, (reference): ListMember => {
    asked.push(reference.kind);
    return reference.kind === "entry-ref"
      ? { kind: "entry", uri: "sip:ref@example.com", displayName: undefined }
      : { kind: "list", list: { name: undefined, displayName: undefined, members: [reference] } };
  });
  assert.deepEqual(asked, ["entry-ref", "external"]);
  const two: string[] = [];
  entries(
    document('<list><external anchor="https://a/"/><external anchor="https://b/"/><external/></list>'),
    (each) => {
      two.push(each.kind === "external" ? each.anchor : "");
      return undefined;
    },
  );
  assert.deepEqual(two, ["https://a/", "https://b/", ""]);
  assert.deepEqual(found.includes("sip:ref@example.com"), true);
});

test("what is no resource list", () => {
  const rows: [string, string][] = [
    ["<presence xmlns='urn:ietf:params:xml:ns:pidf'/>", "resource-list"],
    ["<resource-lists/>", "resource-list"],
    [document("<entry uri='sip:a@b'/>"), "resource-list"],
    [document("<list><entry/></list>"), "resource-list"],
    [document("<list><entry-ref/></list>"), "resource-list"],
    [document("<list><person/></list>"), "resource-list"],
    [document("<list>"), "xml-not-well-formed"],
    [document(`${"<list>".repeat(8)}${"</list>".repeat(8)}`), "xml-too-deep"],
    [`<!DOCTYPE x [<!ENTITY a "b">]>${document("")}`, "xml-restricted"],
    [document(`<list>${"<entry uri='sip:a@b'/>".repeat(20_000)}</list>`), "xml-document-too-big"],
    [document(`<list>${[1, 2, 3, 4, 5, 6].map((n) => `<entry uri='sip:${n}@b'/>`).join("")}</list>`), "resource-list"],
  ];
  for (const [text, code] of rows) assert.equal(entries(text), code, text.slice(0, 120));
  assert.deepEqual(entries(document("")), []);
});

test("RFC 5367 §4, 6.4: a list in the SUBSCRIBE, deflated as Linphone does", () => {
  const list = document('<list><entry uri="sip:bob@theirs.example"/></list>');
  const read = (contentType: string, contentEncoding: string | undefined, bytes: Uint8Array) => {
    const found = readRecipientList({ contentType, contentEncoding, bytes }, limits);
    return found.ok ? found.value.map(({ uri }) => uri).join() : found.fault.code;
  };
  const type = "application/resource-lists+xml";
  assert.equal(read(type, undefined, utf8(list)), "sip:bob@theirs.example");
  assert.equal(read(type, "deflate", deflateSync(list)), "sip:bob@theirs.example");
  assert.equal(read("application/xml", undefined, utf8(list)), "sip-media-type");
  assert.equal(read(type, "br", utf8(list)), "sip-media-type");
  assert.equal(read(type, "deflate", deflateSync(Buffer.alloc(1_000_000))), "sip-too-large");
});
