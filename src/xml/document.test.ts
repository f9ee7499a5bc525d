import assert from "node:assert/strict";
import { test } from "node:test";
import { readDocument } from "./document.ts";
import type { Element } from "./element.ts";

const limits = { bytesMax: 1_000, depthMax: 4, attributesMax: 5 };

function read(text: string | Uint8Array, most = limits): Element | string {
  const result = readDocument(typeof text === "string" ? Buffer.from(text) : text, most);
  return result.ok ? result.value : result.fault.code;
}

test("a document becomes a tree with its namespaces resolved", () => {
  const document = `<?xml version="1.0" encoding="UTF-8"?>
<!-- white space, comments and instructions around the root are nothing -->
<?style sheet?>
<a xmlns="urn:a" xmlns:b="urn:b" n="1" b:m='2' xml:lang="en"><b:c>x &lt;&amp;&#x41;</b:c><d xmlns=""/></a>
<!-- the end -->
`;
  assert.deepEqual(read(document), {
    name: "a",
    ns: "urn:a",
    attrs: { n: "1", "{urn:b}m": "2", "xml:lang": "en" },
    children: [
      { name: "c", ns: "urn:b", attrs: {}, children: ["x <&A"] },
      { name: "d", ns: "", attrs: {}, children: [] },
    ],
  });
});

test("text around a comment or in a CDATA section is one text", () => {
  assert.deepEqual(read("<a>b<!-- c -->d<![CDATA[<e>]]>f</a>"), {
    name: "a",
    ns: "",
    attrs: {},
    children: ["bd<e>f"],
  });
});

test("an attribute may have any name", () => {
  const { attrs } = read(`<a __proto__="b"/>`) as Element;
  assert.deepEqual(Object.entries(attrs), [["__proto__", "b"]]);
});

test("P-7: the bytes count, not what the declaration says of them", () => {
  const document = `<?xml version="1.0" encoding="utf-16"?><a>é</a>`;
  assert.deepEqual((read(document) as Element).children, ["é"]);
  assert.deepEqual((read(`\uFEFF${document}`) as Element).children, ["é"]);
  assert.equal(read(Buffer.from(`\uFEFF<a/>`, "utf16le")), "xml-bad-utf8");
});

test("with a comment before it or without, a document is the same", () => {
  const documents = [
    "<a/>",
    " <a b='1' xml:lang='en'>x</a>\r\n",
    `<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns="urn:a">\r\n<b xmlns=""/></a>`,
    `<?xml version='1.0' standalone='yes' ?><p:a xmlns:p="urn:a" p:b="&#x41;&lt;\t\n">é\u{1F600}<![CDATA[<&]]>&amp;]</p:a>`,
    "<a><b xmlns='urn:b'><c/></b><b xmlns:x='urn:x'><x:c x:d='1'/></b></a>",
    "<a __proto__='1'><__proto__/></a>",
    "<a>]] > ]]&gt;</a>",
    "<a b=']]>' c='\r\n\té\r' d = \"'&quot;]\" >\r\n\r<b\t/>\u007fé &amp;\r\nf</a\r\n>\r\n",
  ];
  for (const document of documents) {
    const [, declared = "", rest = ""] = /^(<\?.*?\?>)?(.*)$/s.exec(document) ?? [];
    const [plain, commented] = [read(document), read(`${declared}<!-- -->${rest}`)];
    assert.equal(typeof plain, "object", document);
    assert.deepEqual(plain, commented, document);
  }
});

test("cut off anywhere, with a comment before it or without, a document is refused for the same", () => {
  const whole = `<?xml version="1.0"?>\r\n<p:a xmlns:p='urn:a' b="é" p:c='&amp;'>d<e/><f g='h'>]]</f >é&lt;</p:a>\n`;
  for (let size = 0; size < whole.length - 1; size++) {
    const cut = whole.slice(0, size);
    const [, declared = "", rest = ""] = /^(<\?.*?\?>)?(.*)$/s.exec(cut) ?? [];
    assert.equal(read(cut), "xml-not-well-formed", cut);
    assert.equal(read(`${declared}<!-- -->${rest}`), "xml-not-well-formed", cut);
  }
});

test("a declaration is judged in either reader", () => {
  for (const declared of [
    "<?xml?>",
    "<?xml version='2.0'?>",
    "<?xml encoding='UTF-8'?>",
    " <?xml version='1.0'?>",
    "<?xml version='1.0'",
  ]) {
    assert.equal(read(`${declared}<a/>`), "xml-not-well-formed", declared);
  }
  assert.equal((read("<?xml version='1.1'?><a/>") as Element).name, "a");
});

const deep = (levels: number): string => "<a>".repeat(levels) + "</a>".repeat(levels);

test("what is no document, or more than one may be, is refused by name", () => {
  const cases: readonly (readonly [string | Uint8Array, string])[] = [
    ["", "xml-not-well-formed"],
    [" ", "xml-not-well-formed"],
    ["text", "xml-not-well-formed"],
    ["<a>", "xml-not-well-formed"],
    ["<a></b>", "xml-not-well-formed"],
    ["<a/><b/>", "xml-not-well-formed"],
    ["<a/>text", "xml-not-well-formed"],
    ["<a/></d>", "xml-not-well-formed"],
    ["</d>", "xml-not-well-formed"],
    ["<a/><![CDATA[]]>", "xml-not-well-formed"],
    ["<a b='1' b='2'/>", "xml-not-well-formed"],
    ["<a>\u0001</a>", "xml-not-well-formed"],
    ["<a>&nbsp;</a>", "xml-not-well-formed"],
    ["<a>&constructor;</a>", "xml-not-well-formed"],
    ["<a b='<'/>", "xml-not-well-formed"],
    ["<!DOCTYPE a><a/>", "xml-restricted"],
    ["<!DOCTYPE a [<!ENTITY b 'cc'><!ENTITY c '&b;&b;'>]><a>&c;</a>", "xml-restricted"],
    ["<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "xml-restricted"],
    ["<b:a/>", "xml-bad-prefix"],
    ["<a b:c='1'/>", "xml-bad-prefix"],
    [Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]), "xml-bad-utf8"],
    [deep(5), "xml-too-deep"],
    ["<a b='1' c='2' d='3' e='4' f='5' xmlns='6'/>", "xml-too-many-attributes"],
    [`<a>${" ".repeat(1_000)}</a>`, "xml-document-too-big"],
  ];
  for (const [document, code] of cases) assert.equal(read(document), code, String(document));
  assert.equal((read(deep(4)) as Element).name, "a");
  assert.equal((read("<a b='1' c='2' d='3' e='4' f='5'><b b='1' c='2'/></a>") as Element).name, "a");
});

test("a fault says where and what, and nothing of the content", () => {
  const result = readDocument(Buffer.from("<a>\n<secret:b/></a>"), limits);
  assert.equal(result.ok ? "" : result.fault.detail, "unbound namespace prefix, line 2 column 11");
});

test("depth and attributes end the reading at once, however much follows", () => {
  const megabyte = { bytesMax: 4_000_000, depthMax: 16, attributesMax: 64 };
  assert.equal(read("<x:a>".repeat(500_000), megabyte), "xml-bad-prefix");
  assert.equal(read("<a>".repeat(1_000_000), megabyte), "xml-too-deep");
  const attributes = Array.from({ length: 200_000 }, (_, n) => `a${n}='1'`).join(" ");
  assert.equal(read(`<a ${attributes}/>`, megabyte), "xml-too-many-attributes");
});
