import assert from "node:assert/strict";
import { readMessage, type SipMessage } from "../../src/sip/message.ts";
import { parametersText, readParameters } from "../../src/sip/parameters.ts";
import { requestBytes } from "../../src/sip/request.ts";
import { checkRequest, checkResponse, mayAnswer } from "../../src/sip/request-check.ts";
import { responseBytes } from "../../src/sip/response.ts";
import { isSipUri, parseUri, sameUri } from "../../src/sip/uri.ts";
import { cut, framesOf, limits, verdictOn } from "../sip-frames.ts";
import { invalid } from "../sip-torture-invalid.ts";
import { ipv6 } from "../sip-torture-ipv6.ts";
import { semantics } from "../sip-torture-semantics.ts";
import { valid } from "../sip-torture-valid.ts";

export const name = "sip-message";

/** A whole number from 0 up to, not including, the limit. */
type Random = (limit: number) => number;

const corpus: readonly Buffer[] = [...valid, ...invalid, ...semantics, ...ipv6].map(([, , , , bytes]) => bytes);
const pieces = [
  "\r\n",
  "\r",
  "\n",
  "\r\n ",
  "\r\n\r\n",
  ":",
  ";",
  ",",
  '"',
  "\\",
  "<",
  ">",
  "=",
  "@",
  "[",
  "]",
  "%00",
  "%",
  "\0",
  "ÿ",
  "ü",
  "\ufeff",
  " ",
  "\t",
  "SIP/2.0",
  "4294967296",
  "-1",
  "sip:",
  "Via: ",
  "l: 0\r\n",
  ";tag=x",
  ";rport",
];

/** Mutates the messages of the torture corpora; whatever comes of it must keep the promises of the SIP syntax files. */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const bytes = mutated(random);
    promises(bytes);
    const stream = Buffer.concat([bytes, gap(random), pick(random, corpus), gap(random), mutated(random)]);
    framedTheSame(stream, random);
  }
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)] as T;
}

function gap(random: Random): Buffer {
  return Buffer.from("\r\n".repeat(Math.max(0, random(6) - 2)));
}

function mutated(random: Random): Buffer {
  let bytes: Buffer = Buffer.from(pick(random, corpus));
  for (let times = random(4); times > 0; times--) bytes = change(bytes, random);
  return bytes;
}

/** One of: a byte otherwise, a part gone, a piece put in, the rest of another message, a line twice or gone. */
function change(bytes: Buffer, random: Random): Buffer {
  const at = random(bytes.length + 1);
  const then = at + random(Math.min(40, bytes.length - at) + 1);
  switch (random(6)) {
    case 0: {
      const changed = Buffer.from(bytes);
      if (at < changed.length) changed[at] = random(256);
      return changed;
    }
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(then)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(random, pieces)), bytes.subarray(at)]);
    case 3: {
      const other = pick(random, corpus);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length))]);
    }
    case 4:
      return Buffer.concat([bytes.subarray(0, then), bytes.subarray(at)]);
    default: {
      const [from, to] = lineAt(bytes, at);
      const line =
        random(3) === 0 ? Buffer.alloc(0) : Buffer.concat([bytes.subarray(from, to), bytes.subarray(from, to)]);
      return Buffer.concat([bytes.subarray(0, from), line, bytes.subarray(to)]);
    }
  }
}

function lineAt(bytes: Buffer, at: number): [number, number] {
  const from = bytes.lastIndexOf("\n", Math.max(0, at - 1)) + 1;
  const end = bytes.indexOf("\n", from);
  return [from, end < 0 ? bytes.length : end + 1];
}

function framedTheSame(stream: Buffer, random: Random): void {
  const whole = framesOf([stream]);
  const places = Array.from({ length: 1 + random(8) }, () => random(stream.length + 1)).sort((a, b) => a - b);
  assert.deepEqual(framesOf(cut(stream, ...places)), whole, `cut at ${places}`);
}

function promises(bytes: Buffer): void {
  const { message: m, code } = verdictOn(bytes);
  if (m === undefined) return;
  for (const one of ["via", "contact", "route", "x-other"]) m.values(one);
  void [m.reason, m.contentType, m.expires];
  if (mayAnswer(m)) answered(m, code === "taken");
  if (code === "taken" && m.isRequest) writtenAgain(m);
}

/** What we answer is a message; to a good request a good one, with what must be the same. */
function answered(m: SipMessage, isGood: boolean): void {
  const answer = responseBytes(m, isGood ? 200 : 400, { toTag: "ours" }, { address: "192.0.2.77", port: 7_777 });
  const { message: read, fault } = readMessage(answer, limits);
  assert.equal(fault, undefined, answer.toString("latin1"));
  assert.ok(read);
  if (!isGood) return;
  assert.equal(checkResponse(read), undefined, answer.toString("latin1"));
  assert.deepEqual([read.callId, read.cseq, read.fromTag], [m.callId, m.cseq, m.fromTag]);
  assert.equal(read.toTag, m.toTag === "" ? "ours" : m.toTag);
  assert.deepEqual(read.values("via").slice(1), m.values("via").slice(1));
  assert.deepEqual([read.via?.host, read.via?.port, read.via?.branch], [m.via?.host, m.via?.port, m.via?.branch]);
}

const own = ["via", "max-forwards", "from", "to", "call-id", "cseq", "content-type", "content-length"];

/** What was read and is written again reads the same. */
function writtenAgain(m: SipMessage): void {
  const via = m.values("via")[0] ?? "";
  const { cseq, from, to } = m;
  assert.ok(cseq && from && to);
  const bytes = requestBytes({
    method: m.method,
    uri: m.uri,
    via,
    from: from.text,
    to: to.text,
    callId: m.callId,
    cseq: cseq.number,
    headers: m.rawHeadersExcept(own),
    contentType: m.header("content-type") ?? "",
    body: m.body,
  });
  const { message: read, fault } = readMessage(bytes, limits);
  if (fault?.code === "sip-too-large") return; // long forms are longer
  assert.equal(fault, undefined, bytes.toString("latin1"));
  assert.ok(read);
  assert.equal(checkRequest(read), undefined, bytes.toString("latin1"));
  assert.deepEqual([read.method, read.uri, read.callId, read.cseq], [m.method, m.uri, m.callId, cseq]);
  assert.deepEqual([read.from, read.to, read.via], [from, to, m.via]);
  assert.deepEqual(read.rawHeadersExcept(own), m.rawHeadersExcept(own));
  assert.ok(read.body.equals(m.body));
  parametersAgain(m);
  const uri = parseUri(m.uri);
  assert.deepEqual(uri, m.requestUri);
  if (uri.ok && isSipUri(uri.value)) assert.ok(sameUri(uri.value, uri.value));
}

function parametersAgain({ from, to, via }: SipMessage): void {
  for (const list of [from?.parameters, to?.parameters, via?.parameters]) {
    // Control characters become spaces when they are written.
    if (list === undefined || list.some(([, value]) => /\p{Cc}/u.test(value ?? ""))) continue;
    assert.deepEqual(readParameters(parametersText(list), 0), { ok: true, value: list });
  }
}
