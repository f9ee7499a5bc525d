import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamHeader } from "../xml/framer.ts";
import { ns } from "./ns.ts";
import { headerText, readHeader, type Side } from "./stream-header.ts";

const good: StreamHeader = {
  name: "stream",
  ns: ns.stream,
  contentNs: ns.client,
  prefixes: { stream: ns.stream },
  attrs: { to: "im.example.com", version: "1.0", "xml:lang": "de" },
};

test("a header that keeps the rules is read", () => {
  const found = readHeader({ ...good, attrs: { ...good.attrs, from: "Juliet@im.example.com", id: "a" } }, "client");
  assert.ok(found.ok);
  const { to, from, id, versioned, lang, dialback } = found.value;
  assert.deepEqual([to, from?.full, id, versioned, lang], ["im.example.com", "juliet@im.example.com", "a", true, "de"]);
  assert.equal(dialback, false);
  const server = readHeader({ ...good, contentNs: ns.server, prefixes: { db: ns.dialback } }, "server");
  assert.equal(server.ok && server.value.dialback, true);
});

test("a version says whether there are features (RFC 6120 §4.7.5)", () => {
  const versions: readonly [string | undefined, boolean | string][] = [
    ["1.0", true],
    ["1.1", true],
    ["2.0", true],
    ["01.00", true],
    ["0.9", false],
    [undefined, false],
    ["1", "stream-unsupported-version"],
    ["one", "stream-unsupported-version"],
    ["", "stream-unsupported-version"],
  ];
  for (const [version, expected] of versions) {
    const attrs: Record<string, string> = version === undefined ? {} : { version };
    const found = readHeader({ ...good, attrs }, "client");
    assert.equal(found.ok ? found.value.versioned : found.fault.code, expected, version);
  }
});

test("a header that breaks a rule is refused with the condition for it", () => {
  const broken: readonly [Partial<StreamHeader>, Side, string][] = [
    [{ ns: "http://example.org/" }, "client", "invalid-namespace"],
    [{ name: "flow" }, "client", "stream-bad-format"],
    [{}, "server", "invalid-namespace"],
    [{ contentNs: ns.server }, "client", "invalid-namespace"],
    [{ contentNs: "" }, "client", "invalid-namespace"],
    [{ attrs: { to: "a..b", version: "1.0" } }, "client", "host-unknown"],
    [{ attrs: { to: "", version: "1.0" } }, "client", "host-unknown"],
    [{ attrs: { from: "@", version: "1.0" } }, "client", "invalid-from"],
  ];
  for (const [change, side, code] of broken) {
    const found = readHeader({ ...good, ...change }, side);
    assert.equal(found.ok ? "read" : found.fault.code, code);
  }
});

test("our header has its attributes in one order", () => {
  assert.equal(
    headerText("client", { from: "im.example.com", to: "o'hara@im.example.com", id: "x1" }),
    "<?xml version='1.0'?><stream:stream xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams' " +
      "xmlns='jabber:client' from='im.example.com' to='o&apos;hara@im.example.com' id='x1' version='1.0'>",
  );
  assert.equal(
    headerText("server", { from: "a.example", to: "b.example", versioned: false }),
    "<?xml version='1.0'?><stream:stream xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams' " +
      "xmlns='jabber:server' xmlns:db='jabber:server:dialback' from='a.example' to='b.example'>",
  );
});
