import assert from "node:assert/strict";
import { readDocument } from "../../src/xml/document.ts";

export const name = "XML documents: two readers of one mind";

type Random = (limit: number) => number;

const limits = { bytesMax: 400, depthMax: 5, attributesMax: 4 };

/**
 * A comment before a document makes no difference to it, though another reader reads it then: what one takes the other
 * takes, as the same tree. And no bytes at all make them throw.
 */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const bytes = damaged(random, Buffer.from(element(random, random(7))));
    const plain = readDocument(bytes, limits);
    const commented = readDocument(Buffer.concat([comment, bytes]), roomier);
    // saxes trims namespaces, and Namespaces in XML 1.0 §2.3 compares them as they are: such documents are left out.
    if (/xmlns(?::\w+)?=(?:['"]\s|['"][^'"]*\s['"])/.test(bytes.toString("latin1"))) continue;
    const seen = JSON.stringify(bytes.toString("latin1"));
    assert.equal(plain.ok, commented.ok, seen);
    if (plain.ok && commented.ok) assert.deepEqual(plain.value, commented.value, seen);
    else if (!plain.ok && !commented.ok) assert.equal(plain.fault.code, commented.fault.code, seen);
  }
}

const comment = Buffer.from("<!---->");
const roomier = { ...limits, bytesMax: limits.bytesMax + comment.length };

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

const names = ["a", "b", "p:a", "p:b", "é", "__proto__", "a-b"];
const attributes = [
  "c='1'",
  `p:c="2"`,
  "xmlns='urn:x'",
  "xmlns=''",
  "xmlns:p='urn:p'",
  "xml:lang='en'",
  "d='&lt;\n\t&#65;é'",
];
const texts = ["", " ", "x", "\r\n", "]]&gt;", "&amp;", "&#x1F600;", "<![CDATA[<&]]>", "\u{1F600}", "a>b"];

function element(random: Random, depth: number): string {
  const name = one(random, names);
  const given = Array.from({ length: random(4) }, () => ` ${one(random, attributes)}`);
  const declared = name.startsWith("p:") && random(4) > 0 ? " xmlns:p='urn:q'" : "";
  const tag = `${name}${declared}${[...new Set(given)].join("")}`;
  if (random(4) === 0) return `<${tag}/>`;
  const inside = Array.from({ length: random(4) }, () =>
    depth > 0 && random(2) === 0 ? element(random, depth - 1) : one(random, texts),
  );
  return `<${tag}>${inside.join("")}</${name}${one(random, ["", "", " "])}>`;
}

/** One time in three something is changed, taken out or put in: bytes that mean something in XML more often than others. */
function damaged(random: Random, bytes: Buffer): Buffer {
  if (random(3) > 0) return bytes;
  const at = random(bytes.length + 1);
  const put = Buffer.from(
    one(random, ["", "<", ">", "&", "'", "/", "]]>", "<!", "<?x?>", "\u0001", "</d>", "<d>", " ", "="]),
  );
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random(3))]);
}
