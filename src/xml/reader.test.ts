import assert from "node:assert/strict";
import { test } from "node:test";
import { child, el, elements, textOf } from "./element.ts";
import { read } from "./reader.ts";
import { write } from "./writer.ts";

const around = { contentNs: "jabber:client", prefixes: { db: "jabber:server:dialback" } };

test("elements, namespaces, attributes and text are read", () => {
  const tree = read(
    Buffer.from(
      "<message to='a&amp;b' xml:lang='de'><body>one<![CDATA[ <two>\r\n]]>&#x1F600;</body><db:x/><x xmlns='u:x' xmlns:y='u:y' y:z='1'><w xmlns=''/></x ></message>",
    ),
    around,
  );
  assert.deepEqual(
    tree,
    el(
      "message",
      "jabber:client",
      { to: "a&b", "xml:lang": "de" },
      el("body", "jabber:client", {}, "one <two>\n😀"),
      el("x", "jabber:server:dialback"),
      el("x", "u:x", { "{u:y}z": "1" }, el("w", "")),
    ),
  );
  assert.equal(textOf(child(tree, "body", "jabber:client")), "one <two>\n😀");
  assert.equal(elements(tree).length, 3);
});

test("white space in attributes becomes spaces, that of references stays", () => {
  const { attrs } = read(Buffer.from("<a b='1\t2\r\n3\n4' c='1&#9;2&#xA;3'/>"), around);
  assert.deepEqual(attrs, { b: "1 2 3 4", c: "1\t2\n3" });
});

test("names of the language's own objects are names like others", () => {
  const { attrs } = read(Buffer.from("<a __proto__='1' constructor='2' toString='3'/>"), around);
  assert.deepEqual(Object.entries(attrs), [
    ["__proto__", "1"],
    ["constructor", "2"],
    ["toString", "3"],
  ]);
});

test("what no framer lets through is our own bug", () => {
  assert.throws(() => read(Buffer.from("<a"), around), /the framer let through/);
  assert.throws(() => read(Buffer.from("<a>"), around), /the framer let through/);
});

test("what is written reads the same", () => {
  const tree = el(
    "a",
    "u:a",
    { b: "<'&\">", "{u:c}d": "é", "{jabber:server:dialback}e": "" },
    "x<",
    el("f", "", {}, "y"),
  );
  const text = write(tree, "jabber:client", { "jabber:server:dialback": "db" });
  assert.deepEqual(read(Buffer.from(text), around), tree);
});
