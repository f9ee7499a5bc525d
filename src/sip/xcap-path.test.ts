import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../base/address.ts";
import { limitsWith } from "../base/limits.ts";
import { isXuiOf, parseXcapPath } from "./xcap-path.ts";

const limits = limitsWith();
const parse = (path: string) => parseXcapPath(path, limits);

test("RFC 4825 §6: document and node selectors", () => {
  const rows: [string, string, string | undefined, string, string | undefined][] = [
    [
      "/resource-lists/users/sip:alice@ours.example/index",
      "resource-lists",
      "sip:alice@ours.example",
      "index",
      undefined,
    ],
    [
      "/resource-lists/users/sip%3Aalice%40ours.example/index",
      "resource-lists",
      "sip:alice@ours.example",
      "index",
      undefined,
    ],
    ["/xcap-caps/global/index", "xcap-caps", undefined, "index", undefined],
    ["/o.p/users/alice/oma_status-icon/index", "o.p", "alice", "oma_status-icon/index", undefined],
    ["/a/users/f%C3%BC/my%20list", "a", "f\u00fc", "my list", undefined],
    [
      "/a/users/alice/index/~~/resource-lists/list%5b@name=%22l1%22%5d/entry%5B1%5D",
      "a",
      "alice",
      "index",
      'resource-lists/list[@name="l1"]/entry[1]',
    ],
    ["/a/users/alice/index/~~/x%5b@y=%22a%2fb%22%5d", "a", "alice", "index", 'x[@y="a/b"]'],
    ["/a/users/alice/index/~~/x%5b@y=%22%25%22%5d/~~/z", "a", "alice", "index", 'x[@y="%"]/~~/z'],
    ["/a/users/alice/index/%7e%7e/x", "a", "alice", "index", "x"],
    ["/a/users/alice/index/~~", "a", "alice", "index", ""],
  ];
  for (const [path, auid, xui, document, node] of rows) {
    const read = parse(path);
    assert.ok(typeof read === "object", path);
    assert.deepEqual([read.auid, read.xui, read.document, read.node], [auid, xui, document, node], path);
  }
  const read = parse("/a/users/f%C3%BC/x%20y/~~/z");
  assert.equal(typeof read === "object" ? read.documentPath : "", "/a/users/f%C3%BC/x%20y");
});

test("what names no document, however it is spelled", () => {
  for (const path of [
    "",
    "resource-lists/users/alice/index",
    "/",
    "/a",
    "/a/users",
    "/a/users/alice",
    "/a/users/alice/",
    "/a/users//index",
    "/a/global",
    "/a/others/alice/index",
    "//users/alice/index",
    "/a/users/alice/../bob/index",
    "/a/users/alice/%2e%2e/bob/index",
    "/a/users/alice/%2E./bob/index",
    "/a/users/alice/%252e%252e/bob/index",
    "/a/users/alice/.%00./index",
    "/a/users/alice%2f..%2fbob/index",
    "/a/users/alice/..%5cbob",
    "/a/users/./index",
    "/a/users/alice/in%0dex",
    "/a/users/alice/in<ex",
    "/a/users/al\u0000ice/index",
    "/a/users/alice/~~/x",
  ]) {
    assert.equal(parse(path), 404, path);
  }
  for (const path of ["/a/users/%/index", "/a/users/%ff/index", "/a/users/alice/index/~~/%c3%28"]) {
    assert.equal(parse(path), 400, path);
  }
  assert.equal(parse(`/a/users/alice/${"x".repeat(1_024)}`), 414);
});

test("RFC 4825 §6.2: forms of one person's XUI, and those of others", () => {
  const alice = parseAddress("alice@ours.example");
  assert.ok(alice.ok);
  const contactOf = (uri: string) => {
    const address = parseAddress(uri.replace(/^[a-z]+:/i, ""));
    return address.ok ? address.value.text : undefined;
  };
  const mine = (xui: string) => isXuiOf(xui, alice.value, contactOf);
  for (const xui of [
    "alice",
    "Alice",
    "alice@ours.example",
    "sip:alice@ours.example",
    "SIPS:alice@OURS.example",
    "pres:alice@ours.example",
  ]) {
    assert.ok(mine(xui), xui);
  }
  for (const xui of [
    "bob",
    "alice@theirs.example",
    "sip:alice",
    "tel:alice@ours.example",
    "sip:bob@ours.example",
    "",
    "@",
    "sip:",
    "a b",
  ]) {
    assert.ok(!mine(xui), xui);
  }
});
