import fc from "fast-check";
import { good } from "./xml-corpus.ts";

const names = ["a", "message", "iq", "b-1.c", "é", "x_", "ʼ", "𐀀", "to", "id", "xml", "xmlns", "__proto__"];
const prefixes = ["", "", "", "", "p:", "q:", "é:", "stream:", "xml:", "xmlns:", ":"];
const spaces = ["", " ", " ", " ", " ", "\n", "\t\r\n"];
const pieces = [
  ..."a|to|from|id|type|b@c.example/ä|€|😀|]]|]|>|&amp;|&lt;|&#65;|&#x1F600;|'|\"|\r\n|\r|\t|\ufeff|\u0085".split("|"),
  "\u0001",
  "&#0;",
  "&nope;",
  "&",
  "<",
];
const namespaces = [
  "u:p",
  "u:q",
  "&#117;:p",
  "jabber:client",
  "jabber:server",
  "",
  "http://www.w3.org/XML/1998/namespace",
];

const rare = (often: readonly string[], seldom: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 60, arbitrary: fc.constantFrom(...often) }, { weight: 1, arbitrary: fc.constantFrom(...seldom) });

const qname = fc
  .tuple(rare(prefixes.slice(0, 8), prefixes), rare(names.slice(0, 10), names))
  .map((parts) => parts.join(""));
const value = fc.array(rare(pieces.slice(0, 15), pieces), { maxLength: 4 }).map((parts) => parts.join(""));
const space = rare(spaces.slice(1), spaces);
const optionalSpace = fc.constantFrom("", "", "", " ", "\n");
const quoted = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(inner, fc.boolean())
    .map(([text, single]) => (single ? `'${text.replaceAll("'", "")}'` : `"${text.replaceAll('"', "")}"`));
const attribute = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(space, qname, optionalSpace, fc.constant("="), optionalSpace, quoted(value)) },
    {
      weight: 2,
      arbitrary: fc.tuple(
        space,
        fc.constantFrom("xmlns", "xmlns:p", "xmlns:q", "xmlns:é", "xmlns:stream", "xmlns:xml"),
        optionalSpace,
        fc.constant("="),
        optionalSpace,
        quoted(rare(namespaces.slice(0, 5), namespaces)),
      ),
    },
  )
  .map((parts) => parts.join(""));
const attributes = fc.array(attribute, { maxLength: 4 }).map((parts) => parts.join(""));

const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(qname, attributes, optionalSpace, fc.option(tie("content"), { nil: undefined }), optionalSpace)
    .map(([name, attrs, end, content, after]) =>
      content === undefined ? `<${name}${attrs}${end}/>` : `<${name}${attrs}${end}>${content}</${name}${after}>`,
    ),
  content: fc
    .array(
      fc.oneof(
        { maxDepth: 4 },
        value,
        value.map((text) => `<![CDATA[${text.replaceAll("]]>", "")}]]>`),
        tie("element"),
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.join("")),
}));

const declarations = ["", "", "", "<?xml version='1.0'?>", '<?xml version="1.0" encoding="UTF-8" standalone="no" ?>\n'];
const header = fc.constantFrom(
  "<stream:stream xmlns='jabber:client' xmlns:stream='u:s' xmlns:p='u:p'>|</stream:stream>",
  "<stream:stream xmlns='jabber:server' xmlns:stream='u:s' xmlns:é='u:q' é:x='1'>|</stream:stream>",
  "<stream xmlns='u:s'>|</stream>",
  "<a>|</a>",
);

/** Streams that are mostly well-formed: a header, stanzas of many shapes, an end. */
export const streams: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(...declarations), header, fc.array(fc.tuple(element, optionalSpace), { maxLength: 4 }))
  .map(([declaration, outer, stanzas]) => {
    const [open = "", close = ""] = outer.split("|");
    return Buffer.from(declaration + open + stanzas.flat().join("") + close);
  });

const interesting = [
  ..."<>&;'\"/=:!?[]-x#a \n\t\r0".split(""),
  "\u0000",
  "é",
  "]]>",
  "<!--",
  "<?",
  "<![CDATA[",
  "&#x",
  "xmlns:p='",
  "/>",
];
type Change = readonly [kind: "put" | "add" | "drop" | "copy" | "byte", at: number, what: string, size: number];
const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom("put", "add", "drop", "copy", "byte"),
  fc.nat(0xffff),
  fc.constantFrom(...interesting),
  fc.integer({ min: 1, max: 255 }),
);

/** The streams of the corpus and generated ones, damaged in one to three places. */
export const damaged: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.oneof(fc.constantFrom(...good.map((text) => Buffer.from(text))), streams),
    fc.array(change, { minLength: 1, maxLength: 3 }),
  )
  .map(([stream, changes]) => changes.reduce(applied, stream));

function applied(stream: Buffer, [kind, far, what, size]: Change): Buffer {
  const at = far % (stream.length + 1);
  const [before, after] = [stream.subarray(0, at), stream.subarray(at)];
  const short = size % 8;
  switch (kind) {
    case "put":
      return Buffer.concat([before, Buffer.from(what), after.subarray(1)]);
    case "add":
      return Buffer.concat([before, Buffer.from(what), after]);
    case "drop":
      return Buffer.concat([before, after.subarray(short)]);
    case "copy":
      return Buffer.concat([before, after.subarray(0, size), after]);
    case "byte":
      return Buffer.concat([before, Buffer.from([size]), after.subarray(1)]);
  }
}
