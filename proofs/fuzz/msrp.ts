import assert from "node:assert/strict";
import { limitsWith } from "../../src/base/limits.ts";
import { MsrpFramer } from "../../src/sip/msrp-framer.ts";
import type { MsrpFlag, MsrpHead } from "../../src/sip/msrp-head.ts";
import { MsrpInbox } from "../../src/sip/msrp-inbox.ts";
import { MsrpOutbox } from "../../src/sip/msrp-outbox.ts";
import { readMsrpOffer, writeMsrpSdp } from "../../src/sip/msrp-sdp.ts";

export const name = "MSRP: frames, messages, session descriptions";

type Random = (limit: number) => number;

const limits = limitsWith({ msrpHeadBytesMax: 700, msrpMessageBytesMax: 8_000, msrpMessagesAtOnceMax: 4 });

/**
 * Messages of any bytes, near misses of their own end lines among them, arrive as they were sent, however the stream is cut and
 * the chunks take turns; damaged streams and no streams at all get an answer every time, within the limits.
 */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const sent = new Map<string, Buffer>();
    const stream = written(random, sent);
    assert.deepEqual(
      [...read(random, stream)].sort(),
      [...sent].map(([id, body]) => `${id} ${body.toString("hex")}`).sort(),
    );
    read(random, random(3) === 0 ? noise(random) : damaged(random, stream));
    descriptions(random);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

const pieces = [
  "\r\n",
  "-------",
  "-------tx01$",
  "-------tx01+\r\n",
  "\r\n-------tx01",
  "a",
  "\0",
  "MSRP tx01 SEND\r\n",
  "ü",
  "To-Path: ",
];

function bytes(random: Random): Buffer {
  if (random(4) === 0) return Buffer.alloc(random(6_000), one(random, ["x", "\r\n", "-"]));
  return Buffer.from(Array.from({ length: random(20) }, () => one(random, pieces)).join(""));
}

function written(random: Random, sent: Map<string, Buffer>): Buffer {
  let count = 0;
  const box = new MsrpOutbox(
    { to: "msrp://b.example:2/b;tcp", from: "msrp://a.example:1/a;tcp" },
    () =>
      // Small numbers first, so that bodies have had a chance to name them.
      `tx${(++count).toString().padStart(2, "0")}`,
  );
  for (let number = 0; number <= random(limits.msrpMessagesAtOnceMax); number++) {
    const body = bytes(random);
    sent.set(`msg${number}`, body);
    box.add({ messageId: `msg${number}`, contentType: "text/plain", body, successReport: random(2) === 0 });
  }
  const frames = [box.greeting("msg-none")];
  for (let frame = box.next(0); frame !== undefined; frame = box.next(0)) frames.push(frame);
  return Buffer.concat(frames);
}

function damaged(random: Random, whole: Buffer): Buffer {
  const copy = Buffer.from(whole);
  for (let count = random(6); count >= 0; count--) copy[random(copy.length)] = random(256);
  return random(3) === 0 ? Buffer.concat([copy.subarray(random(copy.length)), copy]) : copy;
}

function noise(random: Random): Buffer {
  const start = one(random, [
    "MSRP tx01 SEND\r\n",
    "MSRP tx01 200 OK\r\n",
    "MSRP ",
    "",
    "MSRP tx01 REPORT\r\nTo-Path: msrp://a:1/a;tcp\r\n",
  ]);
  return Buffer.concat([Buffer.from(start), bytes(random), bytes(random)]);
}

/** The messages a stream holds, read in pieces of any size. */
function read(random: Random, stream: Buffer): readonly string[] {
  const inbox = new MsrpInbox(() => limits);
  const messages: string[] = [];
  let head: MsrpHead | undefined;
  const framer = new MsrpFramer(
    {
      onHead: (came) => {
        assert.ok(came.toPath.length > 0 && came.toPath.length <= limits.msrpPathUrisMax);
        head = came.method === "SEND" ? came : undefined;
        if (head !== undefined) inbox.begin(head);
      },
      onBody: (body) => {
        assert.ok(body.length > 0);
        if (head !== undefined) inbox.body(body);
      },
      onEndLine: (flag: MsrpFlag) => {
        const taken = head === undefined ? undefined : inbox.end(flag);
        if (taken?.kind !== "message") return;
        assert.ok(taken.message.body.length <= limits.msrpMessageBytesMax);
        messages.push(`${taken.message.messageId} ${taken.message.body.toString("hex")}`);
      },
      onMalformed: (why) => assert.equal(why.code, "sip-malformed"),
    },
    limits,
  );
  for (let at = 0; at < stream.length; ) {
    const length = 1 + random(one(random, [3, 200, 5_000]));
    const failed = framer.push(stream.subarray(at, at + length));
    if (failed !== undefined) {
      assert.ok(["sip-framing-lost", "sip-too-large"].includes(failed.code));
      break;
    }
    at += length;
  }
  return messages;
}

const lines = [
  "v=0",
  "c=IN IP4 192.0.2.1",
  "m=message 2855 TCP/MSRP *",
  "m=message 9 TCP/TLS/MSRP *",
  "m=audio 7 RTP/AVP 0",
  "a=path:msrp://a.example:1/a;tcp",
  "a=path:msrps://a.example:1/a;tcp msrps://b.example/b;tcp",
  "a=accept-types:text/plain message/cpim",
  "a=setup:actpass",
  "a=max-size:99",
  "a=fingerprint:sha-256 AB",
  "a=inactive",
  "a=",
  "",
];

function descriptions(random: Random): void {
  const text = `v=0\r\n${Array.from({ length: random(12) }, () => one(random, lines)).join("\r\n")}\r\n`;
  const offer = readMsrpOffer(text, limits.msrpPathUrisMax);
  if (!offer.ok) {
    assert.ok(["sip-malformed", "sip-not-acceptable-here"].includes(offer.fault.code));
    return;
  }
  const answer = readMsrpOffer(
    writeMsrpSdp({
      address: "192.0.2.1",
      port: 2855,
      secure: true,
      uri: "msrps://a.example:2855/s;tcp",
      setup: "active",
      fingerprint: undefined,
      maxSize: 1,
      acceptTypes: "*",
      wrappedTypes: "*",
      answers: offer.value,
    }),
    limits.msrpPathUrisMax,
  );
  assert.ok(answer.ok && answer.value.at === offer.value.at && answer.value.media.length === offer.value.media.length);
}
