import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { deltaSeconds, parseMessage, readMessage, type SipLimits, type SipMessage } from "./message.ts";

const limits: SipLimits = limitsWith();

/** Lines of a message, and its body. */
function bytesOf(lines: readonly string[], body = ""): Buffer {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

function message(lines: readonly string[], body = ""): SipMessage {
  const read = parseMessage(bytesOf(lines, body), limits);
  assert.ok(read.ok, lines.join("\n"));
  return read.value;
}

function wrong(bytes: Buffer, most: SipLimits = limits): string {
  const read = parseMessage(bytes, most);
  return read.ok ? "taken" : `${read.fault.code}: ${read.fault.detail}`;
}

/** RFC 3428 §10 */
const romeo = [
  "MESSAGE sip:user2@domain.com SIP/2.0",
  "Via: SIP/2.0/TCP user1pc.domain.com;branch=z9hG4bK776sgdkse",
  "Max-Forwards: 70",
  "From: sip:user1@domain.com;tag=49583",
  "To: sip:user2@domain.com",
  "Call-ID: asd88asd77a@1.2.3.4",
  "CSeq: 1 MESSAGE",
  "Content-Type: text/plain",
  "Content-Length: 18",
];

test("RFC 3428 §10: a request", () => {
  const m = message(romeo, "Watson, come here.");
  assert.ok(m.isRequest);
  assert.deepEqual([m.method, m.uri, m.status, m.reason], ["MESSAGE", "sip:user2@domain.com", 0, ""]);
  assert.ok(m.requestUri.ok && m.requestUri.value.text === m.uri);
  assert.deepEqual([m.via?.host, m.via?.branch], ["user1pc.domain.com", "z9hG4bK776sgdkse"]);
  assert.deepEqual(
    [m.from?.uri, m.fromTag, m.to?.uri, m.toTag],
    ["sip:user1@domain.com", "49583", "sip:user2@domain.com", ""],
  );
  assert.deepEqual([m.callId, m.cseq, m.maxForwards], ["asd88asd77a@1.2.3.4", { number: 1, method: "MESSAGE" }, 70]);
  assert.deepEqual([m.contentType, m.contentLength, m.expires], ["text/plain", 18, undefined]);
  assert.equal(m.body.toString(), "Watson, come here.");
  assert.equal(m.bytes.toString(), bytesOf(romeo, "Watson, come here.").toString());
});

test("a response", () => {
  const m = message(["sip/2.0 404 Nicht gefunden: ß", "CSeq: 7 SUBSCRIBE", "Expires: 60"]);
  assert.ok(!m.isRequest);
  assert.deepEqual([m.status, m.reason, m.method, m.uri], [404, "Nicht gefunden: ß", "SUBSCRIBE", ""]);
  assert.equal(m.requestUri.ok, false);
  assert.equal(m.expires, 60);
  assert.equal(message(["SIP/2.0 200", "CSeq: x"]).method, "");
});

test("R2: names in any case and form, in any order, folded, over several lines", () => {
  const m = message([
    "OPTIONS sip:a SIP/2.0",
    "t:<sip:a>",
    "ROUTE: <sip:p1;lr>,",
    "\t<sip:p2;lr>",
    "rOuTe \t: <sip:p3;lr>",
    'MS-Diagnostics: 1008;reason="x, y"',
    "X-Empty:",
    'f: "A,"',
    "  <sip:b>",
    " ;tag=1 \t ",
    "V: SIP/2.0/UDP h , SIP/2.0/UDP g",
  ]);
  assert.deepEqual(m.values("route"), ["<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>"]);
  assert.deepEqual(m.headers("route"), ["<sip:p1;lr>, <sip:p2;lr>", "<sip:p3;lr>"]);
  assert.equal(m.header("ms-diagnostics"), '1008;reason="x, y"');
  assert.deepEqual(m.values("ms-diagnostics"), ['1008;reason="x, y"']);
  assert.equal(m.header("x-empty"), "");
  assert.deepEqual([m.header("x-none"), m.headers("x-none"), m.values("accept")], [undefined, [], []]);
  assert.deepEqual([m.from?.display, m.fromTag, m.via?.host], ["A,", "1", "h"]);
});

test("texts are UTF-8; bytes that are none come out as U+FFFD", () => {
  const m = message([
    "OPTIONS sip:a SIP/2.0",
    "Subject: über \u{1F600} \u00a0",
    "From: Jürgen <sip:j@x>",
    "To: ascii <sip:x>",
  ]);
  assert.deepEqual([m.header("subject"), m.from?.display, m.to?.display], ["über \u{1F600} \u00a0", "Jürgen", "ascii"]);
  const latin1 = parseMessage(Buffer.from("OPTIONS sip:a SIP/2.0\r\nSubject: f\xfcr\r\n\r\n", "latin1"), limits);
  assert.equal(latin1.ok && latin1.value.header("subject"), "f\ufffdr");
});

test("R3: unknown headers stay byte for byte", () => {
  const lines = ['X-Odd :  a,,;;"  ', "Record-Route: <sip:a;ms-route-sig=aa_-+/;lr>", "x-fold: a", "\t b", "S: ü"];
  const m = message([
    "OPTIONS sip:a SIP/2.0",
    ...lines.slice(0, 2),
    "Via: SIP/2.0/UDP h",
    "CSEQ : 1 X",
    ...lines.slice(2),
  ]);
  assert.equal(m.rawHeadersExcept(["via", "cseq"]), `${lines.join("\r\n")}\r\n`);
  assert.equal(m.rawHeadersExcept(["via", "cseq", "x-odd", "subject", "x-fold"]), `${lines[1]}\r\n`);
});

test("RFC 3261 §18.3: the body is what Content-Length says, or all there is", () => {
  const start = ["OPTIONS sip:a SIP/2.0"];
  assert.equal(message(start, "body").body.toString(), "body");
  assert.equal(message([...start, "l: 2"], "body").body.toString(), "bo");
  assert.equal(message([...start, "l: 2"], "body").bytes.length, bytesOf([...start, "l: 2"], "bo").length);
  assert.equal(message([...start, "l: 0"], "body").body.length, 0);
  assert.equal(wrong(bytesOf([...start, "l: 5"], "body")), "sip-malformed: a body shorter than Content-Length");
  assert.equal(message([...start, "l: 04", "Content-Length: 4"], "body").contentLength, 4);
});

test("RFC 3261 §7.5: line ends before a message are passed over", () => {
  const read = parseMessage(Buffer.from("\r\n\r\nOPTIONS sip:a SIP/2.0\r\nSubject: x\r\n\r\nbody"), limits);
  assert.ok(read.ok);
  assert.deepEqual([read.value.header("subject"), read.value.body.toString()], ["x", "body"]);
  assert.ok(read.value.bytes.toString().startsWith("OPTIONS"));
});

const lengths = ["-1", "five", "", "1 2", "1,1", "0x10", "1e3", "99999999999", "١", "+1", "1.0"];

test("a Content-Length that says nothing clear", () => {
  for (const length of lengths) {
    const bytes = bytesOf(["OPTIONS sip:a SIP/2.0", `Content-Length: ${length}`], "body");
    assert.match(wrong(bytes), /^sip-malformed: a Content-Length/, length);
    const { message: partial } = readMessage(bytes, limits);
    assert.deepEqual([partial?.contentLength, partial?.body.length], [undefined, 0]);
  }
  const two = bytesOf(["OPTIONS sip:a SIP/2.0", "Content-Length: 4", "l: 3"], "body");
  assert.match(wrong(two), /two that differ/);
});

/** RFC 3261 §7.1, §7.2 */
const startLines: readonly (readonly [line: string, verdict: string])[] = [
  ["OPTIONS sip:a SIP/2.0", "taken"],
  ["options * sip/2.0", "taken"],
  ["OPTIONS sip:a SIP/3.0", "sip-version: "],
  ["OPTIONS sip:a SIP/2", "sip-version: "],
  ["OPTIONS sip:a SIP/20", "sip-version: "],
  ["SIP/1.0 200 OK", "sip-version: "],
  ["SIP/2.0 200 OK", "taken"],
  ["SIP/2.0 200 ", "taken"],
  ["SIP/2.0 699 x  y", "taken"],
  ["SIP/2.0 99 x", "sip-malformed: a status line without a status"],
  ["SIP/2.0 700 x", "sip-malformed: a status line without a status"],
  ["SIP/2.0 2000 x", "sip-malformed: a status line without a status"],
  ["SIP/2.0  200 x", "sip-malformed: a status line without a status"],
  ["SIP/2.0\t200 x", "sip-malformed: a status line without a status"],
  ["SIP/2.0", "sip-malformed: a status line without a status"],
  ["SIP/ 200 OK", "sip-malformed: no SIP version"],
  ["OPTIONS sip:a SIP/2.0 ", "sip-malformed: no SIP version"],
  ["OPTIONS  sip:a SIP/2.0", "sip-malformed: white space in the request line"],
  ["OPTIONS sip:a b SIP/2.0", "sip-malformed: white space in the request line"],
  ["OPTIONS\tsip:a SIP/2.0", "sip-malformed: white space in the request line"],
  ["OPTIONS SIP/2.0", "sip-malformed: white space in the request line"],
  ["OPTIONS sip:a SIP/2.0x", "sip-malformed: no SIP version"],
  ["OPTIONS sip:a SIP/", "sip-malformed: no SIP version"],
  ["OPTIONS sip:a", "sip-malformed: not a SIP request line"],
  ["GET / HTTP/1.1", "sip-malformed: not a SIP request line"],
  ["OPT(IONS sip:a SIP/2.0", "sip-malformed: white space in the request line"],
  [" sip:a SIP/2.0", "sip-malformed: not a SIP request line"],
  ["(", "sip-malformed: not a SIP request line"],
  ["", "sip-malformed: not a SIP request line"],
  ["OPTIONS sip:a\r\n SIP/2.0", "sip-malformed: a start line over several lines"],
];

test("start lines", () => {
  for (const [line, verdict] of startLines) {
    assert.equal(wrong(Buffer.from(`${line}\r\nSubject: x\r\n\r\n`)), verdict, JSON.stringify(line));
  }
});

/** RFC 3261 §7.3, §25.1 */
const headLines: readonly (readonly [line: string, verdict: string])[] = [
  ["Subject: a\tb", "taken"],
  ['Subject: "\\\u0001\\\u007f"', "taken"],
  ["Subject:", "taken"],
  ["Subject \t :x", "taken"],
  ["Subject: a\rb", "sip-malformed: a CR or LF alone"],
  ["Subject: a\nb", "sip-malformed: a CR or LF alone"],
  ["Subject: a\\\nVia: x", "sip-malformed: a CR or LF alone"],
  ["Subject: a\r\r", "sip-malformed: a CR or LF alone"],
  ["Subject: a\0b", "sip-malformed: a control character"],
  ["Subject: \u007f", "sip-malformed: a control character"],
  ["Subject", "sip-malformed: a header line without a name and a colon"],
  [":", "sip-malformed: a header line without a name and a colon"],
  [": x", "sip-malformed: a header line without a name and a colon"],
  ["Sub ject: x", "sip-malformed: a header line without a name and a colon"],
  ["Sub(ject: x", "sip-malformed: a header line without a name and a colon"],
  ["Sübject: x", "sip-malformed: a header line without a name and a colon"],
];

test("header lines", () => {
  for (const [line, verdict] of headLines) {
    const bytes = bytesOf(["OPTIONS sip:a SIP/2.0", line, "To: <sip:b>"]);
    assert.equal(wrong(bytes), verdict, JSON.stringify(line));
    assert.equal(readMessage(bytes, limits).message?.to?.uri, "sip:b", "the rest can be read");
  }
});

test("limits", () => {
  const most: SipLimits = {
    ...limits,
    sipHeadersMax: 3,
    sipViasMax: 2,
    sipUriBytesMax: 9,
    sipHeadBytesMax: 300,
    sipMessageBytesMax: 400,
  };
  const start = "OPTIONS sip:a SIP/2.0";
  const via = `Via: SIP/2.0/UDP ${"a".repeat(40)}`;
  const cases: readonly (readonly [readonly string[], string, string])[] = [
    [[start, "A: 1", "B: 2", "C: 3"], "", "taken"],
    [[start, "A: 1", "B: 2", "C: 3", "D: 4"], "", "sip-too-large: sipHeadersMax"],
    [[start, via, via], "", "taken"],
    [[start, via, via, via], "", "sip-too-large: sipViasMax"],
    [[start, `${via}, SIP/2.0/UDP b`, via], "", "sip-too-large: sipViasMax"],
    [["OPTIONS sip:abcdef SIP/2.0"], "", "sip-uri-too-long: Request-URI"],
    [[start, `A: ${"a".repeat(300)}`], "", "sip-too-large: sipHeadBytesMax"],
    [[start], "a".repeat(400), "sip-too-large: sipMessageBytesMax"],
  ];
  for (const [lines, body, verdict] of cases)
    assert.equal(wrong(bytesOf(lines, body), most), verdict, lines.join("\n"));
  const beyond = bytesOf([start, "A: 1", "B: 2", "C: 3", "l: 2"], "body");
  assert.equal(readMessage(beyond, most).message?.body.toString(), "bo", "the frame is known of what is refused");
});

test("numbers out of range", () => {
  const m = (line: string) => message(["OPTIONS sip:a SIP/2.0", line]);
  assert.equal(m("Max-Forwards: 255").maxForwards, 255);
  for (const hops of ["256", "-1", "x", "", "9".repeat(30)])
    assert.equal(m(`Max-Forwards: ${hops}`).maxForwards, undefined, hops);
  assert.equal(m("Expires: 99999999999999").expires, 4_294_967_295);
  assert.equal(m("Expires: Thu, 01 Dec 1994 16:00:00 GMT").expires, undefined);
  assert.deepEqual(["0", "007", "4294967296", "-1", "", "1s"].map(deltaSeconds), [
    0,
    7,
    4_294_967_295,
    undefined,
    undefined,
    undefined,
  ]);
});

test("the content type", () => {
  const type = (value: string) => message(["OPTIONS sip:a SIP/2.0", `c: ${value}`]).contentType;
  assert.equal(type("Application/PIDF+xml; charset=utf-8"), "application/pidf+xml");
  assert.equal(type("nonsense"), "");
  assert.equal(message(["OPTIONS sip:a SIP/2.0"]).contentType, "");
});
