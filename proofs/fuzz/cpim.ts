import assert from "node:assert/strict";
import { limitsWith } from "../../src/base/limits.ts";
import { cpimHeader, imdnHeaderNs, type NewCpim, readCpim, readCpimAddress, writeCpim } from "../../src/sip/cpim.ts";
import { imdnHeaders, readImdn, readImdnRequest, writeImdn } from "../../src/sip/imdn.ts";
import { readIsComposing, writeIsComposing } from "../../src/sip/is-composing.ts";

export const name = "CPIM, IMDN and is-composing";

type Random = (limit: number) => number;

const limits = limitsWith({
  mimeHeadBytesMax: 600,
  mimeHeadersMax: 12,
  imDocumentBytesMax: 700,
  imDocumentDepthMax: 6,
});
const roomy = limitsWith();

/**
 * Messages of any text are read as they were written, and no text makes a header line of its own; damaged ones and no messages
 * at all get an answer every time, within the limits.
 */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const written = whole(random);
    const bytes = random(3) === 0 ? noise(random) : damaged(random, written);
    const read = readCpim(bytes, limits);
    if (read.ok) {
      assert.ok(read.value.headers.length <= limits.mimeHeadersMax && read.value.mime.length <= limits.mimeHeadersMax);
      assert.ok(read.value.body.length <= bytes.length);
      for (const { name: header, value } of read.value.headers) assert.ok(header !== "" && value.isWellFormed());
      readImdnRequest(read.value);
    } else assert.ok(["sip-malformed", "sip-too-large"].includes(read.fault.code), read.fault.code);
    documents(random);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

const pieces = [
  ..."ab:;.<>\"'\\ \t\r\n\0",
  "\r\n\r\n",
  "\\u000a",
  "\\u",
  "ü",
  "😀",
  "\ud800",
  "\u2028",
  "NS: x <urn:x>",
  "From:",
  "imdn.",
  "\r\nTo: <sip:x>\r\n",
];

function words(random: Random): string {
  return Array.from({ length: random(8) }, () => one(random, pieces)).join("");
}

function whole(random: Random): Buffer {
  const subject = words(random).trim();
  const id = `i${random(1000)}`;
  const request = { delivered: random(2) === 0, failed: random(2) === 0, displayed: random(2) === 0 };
  const message: NewCpim = {
    from: `sip:${words(random)}@x`,
    to: `sip:${words(random)}@x`,
    at: random(2 ** 40),
    subject,
    headers: imdnHeaders(id, request),
    contentType: "text/plain",
    body: Buffer.from(words(random)),
  };
  const written = writeCpim(message);
  const read = readCpim(written, roomy);
  assert.ok(read.ok, JSON.stringify(message));
  assert.equal(read.value.headers.length, 6 + (request.delivered || request.failed || request.displayed ? 1 : 0));
  assert.equal(cpimHeader(read.value, "Subject"), subject.toWellFormed());
  assert.equal(cpimHeader(read.value, "Message-ID", imdnHeaderNs), id);
  assert.deepEqual(readImdnRequest(read.value), { id, request });
  assert.match(readCpimAddress(cpimHeader(read.value, "From") ?? "").uri, /^sip:[^<>\s]*@x$/);
  assert.ok(read.value.body.equals(message.body));
  return written;
}

/** Small documents, whole and damaged. */
function documents(random: Random): void {
  const messageId = `${words(random)}x`.replace(/[\p{Cc}\ud800]/gu, "").trim();
  const imdn = writeImdn({
    messageId,
    dateTime: "",
    recipientUri: "sip:x",
    kind: "display-notification",
    status: "error",
  });
  const read = readImdn(Buffer.from(imdn), roomy);
  assert.ok(read.ok && read.value.messageId === messageId, imdn);
  const composing = writeIsComposing({
    state: one(random, ["active", "idle"] as const),
    refreshSeconds: 60 + random(600),
  });
  for (const text of [imdn, composing]) {
    const bytes = damaged(random, Buffer.from(text));
    const notification = readImdn(bytes, limits);
    if (notification.ok) assert.ok(notification.value.messageId !== "");
    const state = readIsComposing(bytes, limits);
    if (state.ok) assert.ok(state.value.refreshSeconds >= 60 && state.value.refreshSeconds <= 3_600);
  }
}

function noise(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random(60) }, () => one(random, [...pieces, ": ", "\r\n", "\r\n"])).join(""));
}

function damaged(random: Random, bytes: Buffer): Buffer {
  if (random(3) === 0) return bytes;
  const at = random(bytes.length + 1);
  const put = random(2) === 0 ? Buffer.from(one(random, pieces)) : Buffer.of(random(256));
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random(4))]);
}
