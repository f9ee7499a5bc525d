import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../base/address.ts";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import type { RlsService } from "./rls-services.ts";
import { parseXcapDocument } from "./xcap-document.ts";
import { entriesOfService, type ReferenceContext } from "./xcap-references.ts";

const alice = parseAddress("alice@ours.example");
assert.ok(alice.ok);
const limits = limitsWith({ sipListEntriesMax: 3 });
const context: ReferenceContext = {
  user: alice.value,
  naming: { uriOf: (contact) => `sip:${contact}`, contactOf: (uri) => /^sip:(.*@.*)/.exec(uri)?.[1] },
  limits,
};

const index = "resource-lists/users/sip:alice@ours.example/index/~~/resource-lists";
const named = (name: string) => `list%5b@name=%22${name}%22%5d`;

const lists = parseXcapDocument(
  utf8(
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
       <list name="friends">
         <entry uri="sip:bob@x.example"><display-name>Bob</display-name></entry>
         <external anchor="https://xcap.example/root/${index}/${named("work")}"/>
         <external anchor="https://xcap.example/root/${index}/${named("friends")}"/>
         <external anchor="https://xcap.example/root/${index.replace("alice", "eve")}/${named("work")}"/>
       </list>
       <list name="work">
         <entry-ref ref="${index}/${named("book")}/entry%5b1%5d"/>
         <entry-ref ref="${index}/${named("book")}"/>
         <list><entry uri="sip:carol@x.example"/></list>
       </list>
       <list name="book"><entry uri="sip:dave@x.example"><display-name>Dave</display-name></entry></list>
       <list name="many">
         <entry uri="sip:1@x"/><entry uri="sip:2@x"/><entry uri="sip:3@x"/><entry uri="sip:4@x"/>
       </list>
     </resource-lists>`,
  ),
  { bytesMax: 10_000, depthMax: 10, attributesMax: 10 },
);
assert.ok(lists.ok);
const root = lists.value;

const entries = (list: RlsService["list"]) => {
  const found = entriesOfService({ uri: "sip:alice+x@ours.example", list, packages: [] }, root, context, limits);
  return found.ok ? found.value.map(({ uri, name }) => `${uri} ${name}`.trim()) : found.fault.code;
};

test("RFC 4826 §3.3: lists and entries of one's own, in a circle too; nobody else's", () => {
  assert.deepEqual(entries(`https://ours.example/${index}/${named("friends")}`), [
    "sip:bob@x.example Bob",
    "sip:dave@x.example Dave",
    "sip:carol@x.example",
  ]);
});

test("RFC 4826 §4.3: a service with its own list", () => {
  const anchor = `https://x.example/${index}/${named("book")}`;
  const list = { name: undefined, displayName: undefined, members: [{ kind: "external", anchor }] } as const;
  assert.deepEqual(entries(list), ["sip:dave@x.example Dave"]);
});

test("what leads nowhere has nobody on it; too many are too many", () => {
  for (const url of [
    "https://x.example/elsewhere",
    `https://x.example/${index}/${named("none")}`,
    `https://x.example/${index}/list`,
    `https://x.example/${index}/${named("book")}/entry`,
    `https://x.example/${index}/${named("book")}/@name`,
    `https://x.example/${index.replace("alice", "eve")}/${named("work")}`,
    `https://x.example/${index.replace("index", "other")}/${named("work")}`,
    "https://x.example/resource-lists/users/alice/index",
  ]) {
    assert.deepEqual(entries(url), [], url);
  }
  assert.equal(entries(`https://x.example/${index}/${named("many")}`), "resource-list");
});
