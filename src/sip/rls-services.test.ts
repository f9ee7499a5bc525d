import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../base/address.ts";
import { utf8 } from "../base/bytes.ts";
import type { RosterItem } from "../base/store.ts";
import { readDocument } from "../xml/document.ts";
import type { Naming } from "./contact-lists.ts";
import { contactsUri, listMeant, readRlsServices, servicesOfOwner, writeRlsServices } from "./rls-services.ts";

const naming: Naming = {
  uriOf: (contact) => (contact.includes("@") ? `sip:${contact}` : undefined),
  contactOf: (uri) => /^sip:(.*@.*)/.exec(uri)?.[1],
};

const read = (text: string) => {
  const document = readDocument(utf8(text), { bytesMax: 10_000, depthMax: 10, attributesMax: 10 });
  assert.ok(document.ok);
  return readRlsServices(document.value);
};

const services = (inside: string) =>
  read(
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">${inside}</rls-services>`,
  );

test("6.7: the URI of all contacts is Blink's, and leads back to its owner", () => {
  assert.equal(contactsUri("sip:alice@ours.example"), "sip:alice+presence@ours.example");
  assert.deepEqual(listMeant("alice+presence"), { owner: "alice", name: "presence" });
  assert.deepEqual(listMeant("a+b+c"), { owner: "a+b", name: "c" });
  for (const local of ["alice", "+presence", "alice+", "", "+"]) assert.equal(listMeant(local), undefined, local);
});

test("RFC 4826 §4.3: services by URL and by list", () => {
  const found = services(
    `<service uri="sip:alice+friends@ours.example">
       <resource-list>https://xcap.example/resource-lists/users/sip:alice@ours.example/index/~~/resource-lists/list%5b1%5d</resource-list>
       <packages><package>presence</package><package> dialog </package></packages>
     </service>
     <service uri="sip:alice+work@ours.example"><list name="w"><rl:entry uri="sip:bob@x.example"/></list></service>`,
  );
  assert.ok(!("kind" in found));
  assert.equal(typeof found[0]?.list, "string");
  assert.deepEqual(found[0]?.packages, ["presence", "dialog"]);
  assert.deepEqual(found[1], {
    uri: "sip:alice+work@ours.example",
    list: {
      name: "w",
      displayName: undefined,
      members: [{ kind: "entry", uri: "sip:bob@x.example", displayName: undefined }],
    },
    packages: [],
  });
});

test("RFC 4826 §4.4: what no document may be", () => {
  const list = "<list/>";
  const rows: [string, string][] = [
    ["<other/>", "schema-validation-error"],
    [`<service>${list}</service>`, "schema-validation-error"],
    ['<service uri="sip:a+b@c"/>', "schema-validation-error"],
    ['<service uri="sip:a+b@c"><list><rl:entry/></list></service>', "schema-validation-error"],
    ['<service uri="sip:a+b@c"><resource-list>index</resource-list></service>', "constraint-failure"],
    [`<service uri="sip:a+b@c">${list}</service><service uri="sip:a+b@c">${list}</service>`, "uniqueness-failure"],
  ];
  for (const [inside, kind] of rows) {
    const found = services(inside);
    assert.equal("kind" in found ? found.kind : "", kind, inside);
  }
  const twice = services(`<service uri="sip:x+y@c">${list}</service>${rows.at(-1)?.[0]}`);
  assert.equal("field" in twice ? twice.field : "", "/rls-services/service[3]/@uri");
  const wrongNamespace = read('<rls-services xmlns="urn:x"/>');
  assert.equal("kind" in wrongNamespace ? wrongNamespace.kind : "", "schema-validation-error");
  const other = read("<a/>");
  assert.equal("kind" in other ? other.kind : "", "schema-validation-error");
});

test("nobody makes a service of an address that is not theirs", () => {
  const alice = parseAddress("alice@ours.example");
  assert.ok(alice.ok);
  const may = (uri: string) => servicesOfOwner([{ uri, list: "x", packages: [] }], alice.value, naming) === undefined;
  assert.ok(may("sip:alice+friends@ours.example"));
  for (const uri of [
    "sip:alice@ours.example",
    "sip:bob@ours.example",
    "sip:bob+friends@ours.example",
    "sip:alice+friends@theirs.example",
    "sip:alice+a+b@ours.example",
    "tel:+1",
  ]) {
    assert.ok(!may(uri), uri);
  }
});

test("the document nobody wrote: all contacts", () => {
  const item = (contact: string, name: string) => ({ contact, name }) as RosterItem;
  const text = writeRlsServices(
    "sip:alice@ours.example",
    [item("bob@x.example", "B & B"), item("gate.example", "")],
    naming,
  );
  const found = read(text);
  assert.ok(!("kind" in found));
  assert.deepEqual(found, [
    {
      uri: "sip:alice+presence@ours.example",
      list: {
        name: undefined,
        displayName: undefined,
        members: [{ kind: "entry", uri: "sip:bob@x.example", displayName: "B & B" }],
      },
      packages: ["presence"],
    },
  ]);
});
