import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { MsrpFramer } from "./msrp-framer.ts";
import type { MsrpHead } from "./msrp-head.ts";
import { responseFrame, sendFrame } from "./msrp-write.ts";

type Frame = { head: MsrpHead; body: string; flag: string };

/** What a framer makes of a stream that comes in pieces of so many bytes. */
function framed(stream: string | Buffer, piece = 1e9, limits = limitsWith()) {
  const frames: Frame[] = [];
  const wrong: string[] = [];
  let head: MsrpHead | undefined;
  let body = Buffer.alloc(0);
  const framer = new MsrpFramer(
    {
      onHead: (came) => {
        head = came;
        body = Buffer.alloc(0);
      },
      onBody: (bytes) => {
        body = Buffer.concat([body, bytes]);
      },
      onEndLine: (flag) => {
        if (head !== undefined) frames.push({ head, body: body.toString(), flag });
      },
      onMalformed: (why, answerable) =>
        wrong.push(`${why.code} ${answerable === undefined ? "-" : answerable.transaction}`),
    },
    limits,
  );
  const bytes = Buffer.from(stream);
  let fault: string | undefined;
  for (let at = 0; at < bytes.length; at += piece) fault = framer.push(bytes.subarray(at, at + piece))?.code;
  return { frames, wrong, fault };
}

const lines = (...all: string[]) => `${all.join("\r\n")}\r\n`;
const paths = [
  "To-Path: msrp://biloxi.example.com:12763/kjhd37s2s20w2a;tcp",
  "From-Path: msrp://atlanta.example.com:7654/jshA7weztas;tcp",
];
const hey = lines(
  "MSRP a786hjs2 SEND",
  ...paths,
  "Message-ID: 87652491",
  "Byte-Range: 1-25/25",
  "Content-Type: text/plain",
  "",
  "Hey Bob, are you there?",
  "-------a786hjs2$",
);
const fine = lines(
  "MSRP a786hjs2 200 OK",
  "To-Path: msrp://atlanta.example.com:7654/jshA7weztas;tcp",
  "From-Path: msrp://biloxi.example.com:12763/kjhd37s2s20w2a;tcp",
  "-------a786hjs2$",
);

for (const piece of [1, 2, 3, 7, 50, 1e9]) {
  test(`RFC 4975 §4: its SEND and response, ${piece} bytes at a time`, () => {
    const { frames, wrong, fault } = framed(hey + fine, piece);
    assert.deepEqual([wrong, fault], [[], undefined]);
    const [send, response] = frames;
    assert.deepEqual(
      [send?.head.method, send?.head.messageId, send?.head.range, send?.head.contentType, send?.body, send?.flag],
      ["SEND", "87652491", { from: 1, to: 25, total: 25 }, "text/plain", "Hey Bob, are you there?", "$"],
    );
    assert.deepEqual([send?.head.failureReport, send?.head.successReport], ["yes", false]);
    assert.deepEqual([response?.head.status, response?.head.method, response?.flag], [200, "", "$"]);
    assert.equal(response?.head.toPath[0]?.session, "jshA7weztas");
  });
}

test("RFC 4975 §5.1: chunks, with the flags of both; what looks like an end line and is none", () => {
  const chunk = (id: string, range: string, body: string, flag: string) =>
    lines(
      `MSRP ${id} SEND`,
      ...paths,
      "Message-ID: 4564dpWd",
      `Byte-Range: ${range}`,
      "Content-Type: text/plain",
      "",
      body,
      `-------${id}${flag}`,
    );
  const tricky = "-------dkei38sd\r\n-------dkei38sd!\r\n\r\n-------dkei38s$\r\nabcd\r\n";
  for (const piece of [1, 5, 1e9]) {
    const { frames } = framed(
      chunk("dkei38sd", "1-*/8", tricky, "+") +
        chunk("dkei38ia", "5-8/8", "", "$") +
        chunk("dkei38ib", "9-9/9", "x", "#"),
      piece,
    );
    assert.deepEqual(
      frames.map(({ body, flag }) => [body, flag]),
      [
        [tricky, "+"],
        ["", "$"],
        ["x", "#"],
      ],
    );
    assert.deepEqual(frames[0]?.head.range, { from: 1, to: undefined, total: 8 });
  }
});

test("a body without the CRLF before its end line is empty, and a SEND may have none at all", () => {
  const bare = `MSRP a786hjs2 SEND\r\n${paths.join("\r\n")}\r\nMessage-ID: 87652491\r\nContent-Type: text/plain\r\n\r\n-------a786hjs2$\r\n`;
  const without = lines(
    "MSRP a786hjs3 SEND",
    ...paths,
    "Message-ID: 87652492",
    "Content-Type: text/plain",
    "-------a786hjs3$",
  );
  const { frames } = framed(bare + without);
  assert.deepEqual(
    frames.map(({ head, body }) => [head.contentType, body]),
    [
      ["text/plain", ""],
      [undefined, ""],
    ],
  );
});

test("RFC 4975 §7.1.2: a REPORT and what it says", () => {
  const report = lines(
    "MSRP hkwlre2u REPORT",
    ...paths,
    "Message-ID: 12339sdqwer",
    "Byte-Range: 1-106/106",
    "Status: 000 200 OK",
    "-------hkwlre2u$",
  );
  const other = report.replace("000 200", "001 200").replaceAll("hkwlre2u", "hkwlre2v");
  assert.deepEqual(
    framed(report + other).frames.map(({ head }) => [head.method, head.reported]),
    [
      ["REPORT", 200],
      ["REPORT", 0],
    ],
  );
});

test("a wrong head can be answered where its paths are whole, and the stream goes on behind its body", () => {
  const bad = hey.replace("1-25/25", "25-1/2").replaceAll("a786hjs2", "badbad01");
  const twice = hey
    .replace("Message-ID: 87652491", "Message-ID: 87652491\r\nMessage-ID: 1234")
    .replaceAll("a786hjs2", "badbad02");
  const nowhere = hey.replace("To-Path", "X-Path").replaceAll("a786hjs2", "badbad03");
  const { frames, wrong, fault } = framed(bad + twice + nowhere + hey);
  assert.deepEqual(wrong, ["sip-malformed badbad01", "sip-malformed badbad02", "sip-malformed -"]);
  assert.deepEqual([frames.length, fault], [1, undefined]);
});

test("what is no MSRP ends the stream at its first bytes; a head without end at its limit", () => {
  assert.equal(framed("GET / HTTP/1.1\r\n").fault, "sip-framing-lost");
  assert.equal(framed("\x16\x03\x01").fault, "sip-framing-lost");
  assert.equal(framed("MSRP x SEND\r\n").fault, "sip-framing-lost");
  assert.equal(framed(`MSRP a786hjs2 SEND\r\n${"X: y\r\n".repeat(5_000)}`).fault, "sip-too-large");
  assert.equal(framed(`MSRP ${"a".repeat(20_000)}`, 100).fault, "sip-too-large");
  const { fault } = framed(hey, 1e9, limitsWith({ msrpHeadBytesMax: 100 }));
  assert.equal(fault, "sip-too-large");
});

test("what is written is what is read", () => {
  const bytes = sendFrame({
    transaction: "d93kswow",
    toPath: "msrp://bob.example.com:8888/9di4eae923wzd;tcp",
    fromPath: "msrp://alice.example.com:7777/iau39soe2843z;tcp",
    messageId: "12339sdqwer",
    range: "1-16/16",
    successReport: true,
    contentType: "text/plain",
    body: Buffer.from("Hi, I'm Alice!\r\n"),
    flag: "$",
  });
  const [frame] = framed(bytes).frames;
  assert.ok(frame);
  assert.deepEqual([frame.body, frame.head.successReport], ["Hi, I'm Alice!\r\n", true]);
  assert.equal(
    responseFrame(frame.head, 200).toString(),
    lines(
      "MSRP d93kswow 200 OK",
      "To-Path: msrp://alice.example.com:7777/iau39soe2843z;tcp",
      "From-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp",
      "-------d93kswow$",
    ),
  );
});
