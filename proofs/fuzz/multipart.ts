import assert from "node:assert/strict";
import { limitsWith } from "../../src/base/limits.ts";
import { readContentType } from "../../src/sip/content.ts";
import { type NewPart, readMultipart, rootOf, writeMultipart } from "../../src/sip/multipart.ts";
import { withoutTransferEncoding } from "../../src/sip/transfer-encoding.ts";

export const name = "multipart bodies";

type Random = (limit: number) => number;

const limits = limitsWith({ mimePartsMax: 5, mimeHeadBytesMax: 200, mimeHeadersMax: 5 });
const roomy = limitsWith();

/**
 * Parts of any bytes, near misses of their boundary among them, are read as they were written; damaged bodies and no bodies at
 * all get an answer every time, of no more bytes than there were.
 */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const { contentType, body } = whole(random);
    const type = readContentType(random(4) === 0 ? `${contentType}; x` : contentType);
    if (!type.ok) continue;
    const bytes = random(3) === 0 ? noise(random) : damaged(random, body);
    const parts = readMultipart(type.value, bytes, limits);
    if (!parts.ok) {
      assert.ok(["sip-malformed", "sip-too-large"].includes(parts.fault.code), parts.fault.code);
      continue;
    }
    let length = 0;
    for (const part of parts.value) {
      length += part.body.length;
      const plain = withoutTransferEncoding(one(random, ["base64", "quoted-printable", "", "x"]), part.body);
      assert.ok(plain === undefined || plain.length <= part.body.length);
    }
    assert.ok(parts.value.length <= limits.mimePartsMax && length <= bytes.length);
    assert.ok(rootOf(type.value, parts.value) !== undefined);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

const pieces = [
  "--b",
  "--b--",
  "--b \r\n",
  "\r\n",
  "\n",
  "\r",
  "--",
  "-",
  "a",
  ": ",
  "Content-Type: text/html",
  " folded",
  "\0",
  "=3D",
  "=",
];

function some(random: Random): string {
  return Array.from({ length: random(10) }, () => one(random, pieces)).join("");
}

function whole(random: Random): { readonly contentType: string; readonly body: Buffer } {
  const boundary = random(2) === 0 ? undefined : "b";
  const parts: NewPart[] = Array.from({ length: 1 + random(4) }, (_, index) => ({
    contentType: one(random, ["text/plain", "text/html; charset=utf-8"]),
    ...(random(2) === 0 ? {} : { contentId: `${index}@x` }),
    body: some(random),
  }));
  const written = writeMultipart("related", parts, [["start", `<${parts.length - 1}@x>`]], boundary);
  if (boundary !== undefined) return written; // its parts may hold it
  const type = readContentType(written.contentType);
  assert.ok(type.ok);
  const read = readMultipart(type.value, written.body, roomy);
  assert.ok(read.ok, JSON.stringify(parts));
  assert.deepEqual(
    read.value.map((part) => [part.contentType, part.contentId, part.body.toString()]),
    parts.map((part) => [part.contentType, part.contentId ?? "", part.body]),
  );
  return written;
}

function noise(random: Random): Buffer {
  return Buffer.from(`${some(random)}${some(random)}${some(random)}`);
}

function damaged(random: Random, bytes: Buffer): Buffer {
  if (random(3) === 0) return bytes;
  const at = random(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(one(random, pieces)), bytes.subarray(at + random(4))]);
}
