import assert from "node:assert/strict";
import { test } from "node:test";
import { xcapClient } from "../../proofs/xcap-client.ts";

const mine = "/resource-lists/users/sip:alice@ours.example";
const index = `${mine}/index`;
const listsType = { contentType: "application/resource-lists+xml" };
const elementType = { contentType: "application/xcap-el+xml" };
const attributeType = { contentType: "application/xcap-att+xml" };

const lists = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${inside}</resource-lists>`;
const entry = (who: string, name = "") =>
  `<entry uri="sip:${who}@x.example">${name === "" ? "" : `<display-name>${name}</display-name>`}</entry>`;

/** What of a 409 is the matter. */
const reason = (text: string) => /<xcap-error[^>]*><([-a-z0-9]+)/.exec(text)?.[1];

test("RFC 4825 §8.2.1, §8.2.4, §8.2.5: a document is put, read, replaced and removed", async () => {
  const alice = xcapClient();
  const other = `${mine}/other`;
  assert.equal((await alice.ask("GET", other)).status, 404);
  assert.equal((await alice.ask("DELETE", other)).status, 404);
  const created = await alice.ask("PUT", other, lists(""), listsType);
  assert.equal(created.status, 201);
  const read = await alice.ask("GET", other);
  assert.deepEqual([read.status, read.text, read.etag], [200, lists(""), created.etag]);
  assert.equal(read.headers["Content-Type"], "application/resource-lists+xml");
  const head = await alice.ask("HEAD", other);
  assert.deepEqual([head.status, head.text, head.etag], [200, "", created.etag]);
  const replaced = await alice.ask("PUT", other, lists("<list/>"), listsType);
  assert.equal(replaced.status, 200);
  assert.notEqual(replaced.etag, created.etag);
  assert.equal((await alice.ask("DELETE", other)).status, 200);
  assert.equal((await alice.ask("GET", other)).status, 404);
});

test("§7.11, RFC 9110 §13: conditions", async () => {
  const alice = xcapClient();
  const other = `${mine}/other`;
  const put = async (ifMatch: string | undefined, ifNoneMatch: string | undefined, inside = "") =>
    (await alice.ask("PUT", other, lists(inside), { ...listsType, ifMatch, ifNoneMatch })).status;
  assert.equal(await put("*", undefined), 412);
  assert.equal(await put('"x"', undefined), 412);
  assert.equal(await put(undefined, "*"), 201);
  assert.equal(await put(undefined, "*"), 412);
  const { etag = "" } = await alice.ask("GET", other);
  assert.match(etag, /^"[0-9a-f]{32}"$/);
  const notModified = await alice.ask("GET", other, "", { ifNoneMatch: `"x", ${etag}` });
  assert.deepEqual([notModified.status, notModified.text, notModified.etag], [304, "", etag]);
  assert.equal(await put(`W/${etag}`, undefined, "<list/>"), 412);
  assert.equal(await put(etag, undefined, "<list/>"), 200);
  assert.equal(await put(etag, undefined), 412);
  assert.equal((await alice.ask("GET", other, "", { ifNoneMatch: etag })).status, 200);
  assert.equal((await alice.ask("DELETE", other, "", { ifMatch: etag })).status, 412);
  // a node has its document's tag, and "*" asks for itself
  const node = `${other}/~~/resource-lists/list%5b@name=%22a%22%5d`;
  const now = (await alice.ask("GET", other)).etag;
  const putNode = async (more: object) =>
    (await alice.ask("PUT", node, '<list name="a"/>', { ...elementType, ...more })).status;
  assert.equal(await putNode({ ifMatch: "*" }), 412);
  assert.equal(await putNode({ ifMatch: etag }), 412);
  assert.equal(await putNode({ ifMatch: now, ifNoneMatch: "*" }), 201);
  assert.equal(await putNode({ ifNoneMatch: "*" }), 412);
});

test("§7.5, §7.8, §7.10: elements, attributes, namespaces", async () => {
  const alice = xcapClient();
  alice.add("bob@x.example", 'B "&" B', "Work");
  const ask = async (node: string, query = "") => {
    const { status, text, headers } = await alice.ask("GET", `${index}/~~/${node}${query}`);
    return status === 200 ? `${headers["Content-Type"]} ${text}` : String(status);
  };
  assert.equal(
    await ask("resource-lists/list/entry"),
    `application/xcap-el+xml <entry uri="sip:bob@x.example"><display-name>B "&amp;" B</display-name></entry>`,
  );
  assert.equal(await ask("resource-lists/list/@name"), "application/xcap-att+xml Work");
  assert.equal(
    await ask("resource-lists/list/namespace::*"),
    'application/xcap-ns+xml <list xmlns="urn:ietf:params:xml:ns:resource-lists"/>',
  );
  assert.equal(
    await ask("r:resource-lists/*/r:entry/@uri", "?xmlns(r=urn:ietf:params:xml:ns:resource-lists)"),
    "application/xcap-att+xml sip:bob@x.example",
  );
  assert.equal(await ask("resource-lists/list/entry%5b2%5d"), "404");
  assert.equal(await ask("resource-lists/list/@none"), "404");
  assert.equal(await ask("r:resource-lists"), "400"); // §6.4: a prefix nobody declared
  assert.equal(await ask("resource-lists", "?x"), "400");
  assert.equal(await ask("resource-lists/"), "400");
  assert.equal(await ask(""), "400");
});

test("§8.2: attributes are put and removed; namespaces are read only", async () => {
  const alice = xcapClient();
  alice.add("bob@x.example", "", "Work");
  const name = `${index}/~~/resource-lists/list%5b1%5d/@name`;
  assert.equal((await alice.ask("PUT", name, "work", attributeType)).status, 200);
  const display = `${index}/~~/resource-lists/list%5b1%5d/display-name`;
  assert.equal((await alice.ask("PUT", display, "<display-name>At work</display-name>", elementType)).status, 200);
  assert.deepEqual(alice.contacts, ["bob@x.example  [At work]"]);
  assert.equal((await alice.ask("DELETE", display)).status, 200);
  assert.deepEqual(alice.contacts, ["bob@x.example  [work]"]);
  const namespaces = await alice.ask("PUT", `${index}/~~/resource-lists/namespace::*`, "", elementType);
  assert.deepEqual([namespaces.status, namespaces.headers.Allow], [405, "GET, HEAD"]);
  assert.equal((await alice.ask("DELETE", `${index}/~~/resource-lists/list/entry/@uri`)).status, 409); // the schema
  assert.equal((await alice.ask("DELETE", `${index}/~~/resource-lists/list/@none`)).status, 404);
});

test("§11: conflicts, and why", async () => {
  const alice = xcapClient({ rosterItemsMax: 2, xcapDepthMax: 6 });
  alice.add("bob@x.example", "", "Work");
  const list = `${index}/~~/resource-lists/list%5b1%5d`;
  const rows: [method: string, path: string, body: string | Uint8Array, type: object, reason: string][] = [
    ["PUT", index, "<resource-lists", listsType, "not-well-formed"],
    ["PUT", index, "", listsType, "not-well-formed"],
    ["PUT", index, Uint8Array.of(0xff, 0xfe, 0x3c, 0x00), listsType, "not-utf-8"],
    ["PUT", index, "<other/>", listsType, "schema-validation-error"],
    ["PUT", index, lists("<list><entry/></list>"), listsType, "schema-validation-error"],
    ["PUT", index, `<!DOCTYPE x>${lists("").slice(39)}`, listsType, "constraint-failure"],
    [
      "PUT",
      index,
      lists("<list><list><list><list><list><list/></list></list></list></list></list>"),
      listsType,
      "constraint-failure",
    ],
    ["PUT", index, lists('<list name="a"/><list name="a"/>'), listsType, "uniqueness-failure"],
    ["PUT", index, lists(`<list>${entry("a")}${entry("a")}</list>`), listsType, "uniqueness-failure"],
    ["PUT", index, lists('<list><external anchor="index"/></list>'), listsType, "constraint-failure"],
    ["PUT", index, lists('<list><entry-ref ref="http://x/"/></list>'), listsType, "constraint-failure"],
    ["PUT", index, lists(`<list>${entry("a")}${entry("b")}${entry("c")}</list>`), listsType, "constraint-failure"],
    ["PUT", `${list}/entry%5b9%5d`, entry("c"), elementType, "cannot-insert"],
    ["PUT", `${list}/entry%5b@uri=%22sip:c%22%5d`, "text", elementType, "not-xml-frag"],
    ["PUT", `${list}/@name`, "<", attributeType, "not-xml-att-value"],
    ["PUT", `${list}/@name`, Uint8Array.of(0xff), attributeType, "not-utf-8"],
    ["PUT", `${mine}/none/~~/resource-lists/list`, "<list/>", elementType, "no-parent"],
    ["DELETE", `${index}/~~/resource-lists`, "", {}, "cannot-delete"],
  ];
  for (const [method, path, body, type, why] of rows) {
    const answer = await alice.ask(method, path, body, type);
    assert.equal(answer.status, 409, `${method} ${path} ${body}`);
    assert.equal(answer.headers["Content-Type"], "application/xcap-error+xml");
    assert.equal(reason(answer.text), why, `${method} ${path} ${body}`);
  }
  assert.deepEqual(alice.contacts, ["bob@x.example  [Work]"]);
});

test("RFC 4826 §3.2: what is put by name stands where the schema wants it", async () => {
  const alice = xcapClient();
  const other = `${mine}/other`;
  await alice.ask(
    "PUT",
    other,
    lists('<list><b xmlns="urn:b"/><entry uri="sip:a@x"/><c xmlns="urn:b"/></list>'),
    listsType,
  );
  const put = (node: string, body: string) =>
    alice.ask("PUT", `${other}/~~/resource-lists/list/${node}`, body, elementType);
  assert.equal((await put("display-name", "<display-name>x</display-name>")).status, 201);
  assert.equal((await put("list", "<list/>")).status, 201);
  assert.equal((await put("external", "<external/>")).status, 201);
  const { text } = await alice.ask("GET", other);
  assert.match(text, /<list><display-name>x<\/display-name><list\/><external\/><b xmlns="urn:b"\/><entry /);
});

test("§11.2: the closest ancestor there is", async () => {
  const alice = xcapClient();
  alice.add("bob@x.example", "", "Work");
  const ancestor = async (node: string) => {
    const answer = await alice.ask("PUT", `${index}/~~/${node}`, "<x/>", elementType);
    return /<ancestor>(.*)<\/ancestor>/.exec(answer.text)?.[1];
  };
  const document = `https://ours.example/xcap-root${index}`;
  assert.equal(await ancestor("other/list/entry"), document);
  assert.equal(
    await ancestor("resource-lists/list%5b@name=%22Work%22%5d/list/entry"),
    `${document}/~~/resource-lists/list%5B%40name%3D%22Work%22%5D`,
  );
});

test("types, methods, sizes", async () => {
  const alice = xcapClient({ xcapDocumentBytesMax: 1_000, xcapDocumentsMax: 1 });
  assert.equal((await alice.ask("PUT", index, lists(""))).status, 415);
  assert.equal((await alice.ask("PUT", index, lists(""), { contentType: "text/xml" })).status, 415);
  assert.equal((await alice.ask("PUT", `${index}/~~/resource-lists`, "", listsType)).status, 415);
  assert.equal((await alice.ask("PUT", index, `${lists("")}${" ".repeat(1_000)}`, listsType)).status, 413);
  const post = await alice.ask("POST", index);
  assert.deepEqual([post.status, post.headers.Allow], [405, "GET, HEAD, PUT, DELETE"]);
  assert.equal((await alice.ask("GET", `${index}/~~/${"x".repeat(1_024)}`)).status, 414);
  assert.equal((await alice.ask("GET", `${index}?${"xmlns(a=b)".repeat(110)}`)).status, 414);
  assert.equal((await alice.ask("PUT", `${mine}/one`, lists(""), listsType)).status, 201);
  assert.equal((await alice.ask("PUT", `${mine}/one`, lists(""), listsType)).status, 200);
  assert.equal((await alice.ask("PUT", `${mine}/two`, lists(""), listsType)).status, 409);
});

test("nobody else's tree, however it is spelled", async () => {
  const alice = xcapClient();
  const status = async (path: string) => {
    const statuses = new Set<number>();
    for (const method of ["GET", "PUT", "DELETE"])
      statuses.add((await alice.ask(method, path, lists(""), listsType)).status);
    return [...statuses].join();
  };
  for (const xui of [
    "bob",
    "sip:bob@ours.example",
    "sip:alice@theirs.example",
    "sip%3abob%40ours.example",
    "alice@ours.example.evil",
  ]) {
    assert.equal(await status(`/resource-lists/users/${xui}/index`), "403", xui);
  }
  for (const path of [
    "/resource-lists/users/alice/../bob/index",
    "/resource-lists/users/alice/%2e%2e/bob/index",
    "/resource-lists/users/alice/%252e%252e/bob/index",
    "/resource-lists/users/alice%2f..%2fbob/index",
    "/resource-lists/global/index",
    "/nothing/users/alice/index",
    "/constructor/users/alice/index",
    "/resource-lists/users/alice",
    "/resource-lists/users/alice/",
  ]) {
    assert.equal(await status(path), "404", path);
  }
  for (const xui of ["alice", "alice@ours.example", "sip:Alice@OURS.example", "sip%3Aalice%40ours.example"]) {
    assert.equal((await alice.ask("GET", `/resource-lists/users/${xui}/index`)).status, 200, xui);
  }
});

test("§12: xcap-caps is read by everybody and written by nobody", async () => {
  const alice = xcapClient();
  const caps = await alice.ask("GET", "/xcap-caps/global/index");
  assert.equal(caps.headers["Content-Type"], "application/xcap-caps+xml");
  // 6.7: without these three Blink does not use it
  for (const auid of ["resource-lists", "rls-services", "org.openmobilealliance.pres-rules"]) {
    assert.match(caps.text, new RegExp(`<auid>${auid}</auid>`));
  }
  assert.equal((await alice.ask("GET", "/xcap-caps/global/index", "", { ifNoneMatch: caps.etag })).status, 304);
  assert.equal((await alice.ask("PUT", "/xcap-caps/global/index")).status, 405);
  assert.equal((await alice.ask("GET", "/xcap-caps/users/alice/index")).status, 404);
});
