import assert from "node:assert/strict";
import { test } from "node:test";
import { parseContentType } from "../src/sip/content-type.ts";
import { parseCSeq } from "../src/sip/cseq.ts";
import { splitList } from "../src/sip/list-values.ts";
import { parseNameAddr } from "../src/sip/name-addr.ts";
import { readParameters } from "../src/sip/parameters.ts";
import { responseBytes } from "../src/sip/response.ts";
import { parseUri } from "../src/sip/uri.ts";
import { parseVia } from "../src/sip/via.ts";
import { framesOf, verdictOn } from "./sip-frames.ts";

const good = Buffer.from(
  [
    "SUBSCRIBE sip:bob@ours.example SIP/2.0",
    'Via: SIP/2.0/TLS 203.0.113.9:5061;branch=z9hG4bKAB12.0;ms-internal-info="x;y";rport',
    'f: "Alice \\" Ä" <sip:alice@contoso.example>;tag=38209ebf3e;epid=d6277c8671',
    "To: <sip:bob@ours.example>",
    "Contact: <sip:alice@contoso.example;opaque=user:epid:hQ0;gruu>,",
    " <sip:[2001:db8::1]:5060>;q=0.5",
    "Call-ID: 23ffb7f278764277871f",
    "CSeq: 1 SUBSCRIBE",
    "Max-Forwards: 67",
    "Content-Type: text/plain",
    "Content-Length: 2",
    "",
    "hi",
  ].join("\r\n"),
);

/** Reads all there is to read: none of it may throw. */
function readAll(bytes: Buffer): string {
  const { message: m, code } = verdictOn(bytes);
  if (m !== undefined) {
    void [m.method, m.uri, m.reason, m.requestUri, m.via, m.from, m.to, m.callId, m.cseq, m.fromTag, m.toTag, m.body];
    void [
      m.contentLength,
      m.contentType,
      m.maxForwards,
      m.expires,
      m.header("x-a"),
      m.rawHeadersExcept(["via", "x-b"]),
    ];
    for (const name of ["via", "contact", "route", "x-c"]) m.values(name);
    responseBytes(m, 400, { toTag: "x" }, { address: "192.0.2.1", port: 5060 });
  }
  framesOf([bytes]);
  return code;
}

test("a message that ends too early, at any byte, is a fault", () => {
  assert.equal(readAll(good), "taken");
  for (let end = 0; end < good.length; end++) assert.equal(readAll(good.subarray(0, end)), "sip-malformed", `${end}`);
});

test("any byte changed to any other of those that mean something is read or refused", () => {
  for (const byte of Buffer.from('\0\t\n\r "\\,;:<>@=?%[]ÿA1')) {
    for (let at = 0; at < good.length; at++) {
      const bytes = Buffer.from(good);
      bytes[at] = byte;
      readAll(bytes);
    }
  }
});

const start = "OPTIONS sip:a SIP/2.0\r\n";
const kept = "Via: SIP/2.0/UDP h\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n";
const huge = "9".repeat(10_000);

/** What is sent, and the fault, or "taken". */
const hostile: readonly (readonly [what: string, bytes: string, code: string])[] = [
  ["nothing", "", "sip-malformed"],
  ["line ends only", "\r\n".repeat(10_000), "sip-malformed"],
  ["an empty line only", "\r\n\r\n", "sip-malformed"],
  ["NULs", "\0".repeat(1_000), "sip-malformed"],
  ["a header flood", `${start}${kept}${"X: y\r\n".repeat(2_000)}\r\n`, "sip-too-large"],
  ["Vias on 3,000 lines", `${start}${"Via: SIP/2.0/UDP h\r\n".repeat(3_000)}${kept}\r\n`, "sip-too-large"],
  [
    "4,000 Vias on one line",
    `${start}Via: ${"SIP/2.0/UDP h,".repeat(4_000)}SIP/2.0/UDP h\r\n${kept}\r\n`,
    "sip-too-large",
  ],
  ["as many as allowed", `${start}Via: ${"SIP/2.0/UDP h,".repeat(68)}SIP/2.0/UDP h\r\n${kept}\r\n`, "taken"],
  ["commas only in a Via", `${start}Via: ${",".repeat(10_000)}\r\n${kept}\r\n`, "sip-too-large"],
  ["a huge CSeq", `${start}${kept.replace("CSeq: 1", `CSeq: ${huge}`)}\r\n`, "sip-malformed"],
  ["a huge Content-Length", `${start}${kept}Content-Length: ${huge}\r\n\r\n`, "sip-malformed"],
  ["a huge Max-Forwards", `${start}${kept}Max-Forwards: ${huge}\r\n\r\n`, "sip-malformed"],
  ["a huge Expires", `${start}${kept}Expires: ${huge}\r\n\r\n`, "taken"],
  ["a huge port", `${start.replace("sip:a", `sip:a:${"9".repeat(1_000)}`)}${kept}\r\n`, "sip-malformed"],
  ["a line without colon", `${start}${kept}nonsense\r\n\r\n`, "sip-malformed"],
  ["only colons", `${start}${kept}${":\r\n".repeat(100)}\r\n`, "sip-malformed"],
  ["a name of 15,000 bytes", `${start}${kept}${"x".repeat(15_000)}: y\r\n\r\n`, "taken"],
  ["a name of 60,000 bytes", `${start}${kept}${"x".repeat(60_000)}: y\r\n\r\n`, "sip-too-large"],
  ["a value of 60,000 bytes", `${start}${kept}X: ${"y".repeat(60_000)}\r\n\r\n`, "sip-too-large"],
  ["spaces before a colon", `${start}${kept}X${" ".repeat(15_000)}: y\r\n\r\n`, "taken"],
  ["spaces and nothing", `${start}${kept}X: ${" ".repeat(15_000)}\r\n\r\n`, "taken"],
  ["folds without end", `${start}${kept}X: ${"\r\n ".repeat(5_000)}\r\n\r\n`, "taken"],
  ["a folded start line", `OPTIONS sip:a\r\n SIP/2.0\r\n${kept}\r\n`, "sip-malformed"],
  ["a CR alone", `${start}${kept}X: a\rVia: b\r\n\r\n`, "sip-malformed"],
  ["an LF alone", `${start}${kept}X: a\nVia: b\r\n\r\n`, "sip-malformed"],
  ["LFs only", `${start}${kept}\r\n`.replaceAll("\r", ""), "sip-malformed"],
  ["a NUL in a header", `${start}${kept}X: a\0b\r\n\r\n`, "sip-malformed"],
  ["a NUL in a method", `OPT\0IONS sip:a SIP/2.0\r\n${kept}\r\n`, "sip-malformed"],
  ["quotes that do not end", `${start}${kept.replace("<sip:b>", '"'.repeat(9_999))}\r\n`, "sip-malformed"],
  ["backslashes", `${start}${kept.replace("<sip:b>", `"${"\\".repeat(9_999)}`)}\r\n`, "sip-malformed"],
  ["brackets", `${start}${kept.replace("<sip:b>", "<".repeat(9_999))}\r\n`, "sip-malformed"],
  ["parameters", `${start}${kept.replace("<sip:b>", `<sip:b>${";a=b".repeat(3_000)}`)}\r\n`, "taken"],
  ["semicolons", `${start}${kept.replace("<sip:b>", `<sip:b>${";".repeat(9_999)}`)}\r\n`, "sip-malformed"],
  ["a long URI", `OPTIONS sip:${"a".repeat(3_000)} SIP/2.0\r\n${kept}\r\n`, "sip-uri-too-long"],
  ["a URI of colons", `OPTIONS sip:[${":".repeat(2_000)}] SIP/2.0\r\n${kept}\r\n`, "sip-malformed"],
  ["a URI of escapes", `OPTIONS sip:${"%41".repeat(600)}@b SIP/2.0\r\n${kept}\r\n`, "taken"],
  ["a long start line", `${"A ".repeat(8_000)}SIP/2.0\r\n${kept}\r\n`, "sip-malformed"],
  ["HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "sip-malformed"],
  ["a prototype's name", `${start}${kept}__proto__: x\r\nconstructor: y\r\n\r\n`, "taken"],
];

test("hostile messages are refused, or taken as what they are", () => {
  for (const [what, bytes, code] of hostile) assert.equal(readAll(Buffer.from(bytes)), code, what);
});

test("bytes that are no UTF-8, in every place", () => {
  for (const bad of ["\x80", "\xc0\x80", "\xff\xfe", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"]) {
    for (const place of ["OPTIONS", "sip:a", "Via", "SIP/2.0/UDP", "<sip:b>", "CSeq", "1 OPTIONS"]) {
      const text = `${start}${kept}\r\n`.replace(place, `${place}${bad}`);
      assert.equal(readAll(Buffer.from(text, "latin1")), "sip-malformed", place);
    }
    assert.equal(readAll(Buffer.from(`${start}${kept}Subject: ${bad}\r\n\r\n`, "latin1")), "taken");
  }
});

/** Texts in which a careless reader looks at the same place again and again. */
const repeated: readonly string[] = [
  '"',
  "\\",
  '"\\',
  "<",
  ">",
  "<>",
  ",",
  ";",
  ";a",
  ";a=",
  ";a=b",
  ' "',
  ":",
  "::",
  "[",
  "%",
  "%4",
  " ",
  "\t",
  "a ",
  "/",
  "@",
  "?",
  "\r\n ",
  "\u0100",
  "ÿ",
];

test("the work grows with the size of the text and no faster", () => {
  const readers: readonly ((text: string) => unknown)[] = [
    (text) => parseUri(text, Number.MAX_SAFE_INTEGER),
    (text) => parseUri(`sip:${text}`, Number.MAX_SAFE_INTEGER),
    parseNameAddr,
    (text) => parseNameAddr(`<sip:a>${text}`),
    parseVia,
    (text) => parseVia(`SIP/2.0/UDP a${text}`),
    (text) => readParameters(text, 0),
    splitList,
    parseContentType,
    parseCSeq,
  ];
  // A million characters: a reader of quadratic cost would not come back.
  for (const piece of repeated) for (const read of readers) read(piece.repeat(1_000_000 / piece.length));
});

test("bytes that trickle in are each looked at a few times only", () => {
  // A head of 60,000 bytes, one by one: looked at from the start each time, that would be 1.8 thousand million looks.
  const stream = Buffer.from(`${start}X: ${"y".repeat(60_000)}\r\n\r\n`);
  assert.deepEqual(framesOf(Array.from(stream, (byte) => Uint8Array.of(byte))).fault, undefined);
  const body = Buffer.from(`${start}c: a/b\r\nl: 60000\r\n\r\n${"z".repeat(60_000)}`);
  assert.equal(framesOf(Array.from(body, (byte) => Uint8Array.of(byte))).found.length, 1);
});
