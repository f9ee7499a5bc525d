import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import { type Cpim, cpimHeader, cpimNs, imdnHeaderNs, readCpim, readCpimAddress, writeCpim } from "./cpim.ts";
import { parameter } from "./parameters.ts";

const limits = limitsWith();

function read(text: string): Cpim {
  const message = readCpim(utf8(text), limits);
  assert.ok(message.ok, JSON.stringify(message));
  return message.value;
}

const example = [
  "From: MR SANDERS <im:piglet@100akerwood.com>",
  "To: Depressed Donkey <im:eeyore@100akerwood.com>",
  "DateTime: 2000-12-13T13:40:00-08:00",
  "Subject: the weather will be fine today",
  "Subject:;lang=fr beau temps prevu pour aujourd'hui",
  "NS: MyFeatures <mid:MessageFeatures@id.foo.com>",
  "Require: MyFeatures.VitalMessageOption",
  "MyFeatures.VitalMessageOption: Confirmation-requested",
  "MyFeatures.WackyMessageOption: Use-silly-font",
  "",
  "Content-type: text/xml; charset=utf-8",
  "Content-ID: <1234567890@foo.com>",
  "",
  "<body>",
  "Here is the text of my message.",
  "</body>",
];

test("RFC 3862 §5.1: the example, with either line end", () => {
  for (const lineEnd of ["\r\n", "\n"]) {
    const message = read(example.join(lineEnd));
    assert.deepEqual(readCpimAddress(cpimHeader(message, "From") ?? ""), {
      name: "MR SANDERS",
      uri: "im:piglet@100akerwood.com",
    });
    assert.equal(cpimHeader(message, "DateTime"), "2000-12-13T13:40:00-08:00");
    const [plain, french] = message.headers.filter(({ name }) => name === "Subject");
    assert.equal(plain?.value, "the weather will be fine today");
    assert.equal(french?.value, "beau temps prevu pour aujourd'hui");
    assert.equal(parameter(french?.parameters ?? [], "lang"), "fr");
    const ns = "mid:MessageFeatures@id.foo.com";
    assert.equal(cpimHeader(message, "VitalMessageOption", ns), "Confirmation-requested");
    assert.equal(cpimHeader(message, "WackyMessageOption", ns), "Use-silly-font");
    assert.deepEqual(message.requires, [{ ns, name: "VitalMessageOption" }]);
    assert.equal(message.contentType, "text/xml; charset=utf-8");
    assert.deepEqual(message.mime.at(-1), ["content-id", "<1234567890@foo.com>"]);
    assert.equal(message.body.toString(), ["<body>", "Here is the text of my message.", "</body>"].join(lineEnd));
  }
});

test("RFC 3862 §4.6: prefixes, a default namespace, and one that nobody declared", () => {
  const message = read("x.A: 1\r\nNS: x <urn:x>\r\nx.A: 2\r\nNS: <urn:y>\r\nFrom: 3\r\nx.B.c: 4\r\n\r\n\r\nhello");
  const found = message.headers.map(({ ns, name, value }) => [ns, name, value]);
  assert.deepEqual(found, [
    ["", "x.A", "1"],
    [cpimNs, "NS", "x <urn:x>"],
    ["urn:x", "A", "2"],
    [cpimNs, "NS", "<urn:y>"],
    ["urn:y", "From", "3"],
    ["urn:x", "B.c", "4"],
  ]);
  assert.equal(message.contentType, "text/plain");
  assert.equal(message.body.toString(), "hello");
  assert.equal(cpimHeader(read("imdn.Message-ID: a\r\n\r\n\r\n"), "Message-ID", imdnHeaderNs), "a");
});

test("RFC 3862 §2.3.1: escapes", () => {
  const rows: readonly [written: string, value: string][] = [
    ["a\\r\\nb", "a\r\nb"],
    ["\\t\\b\\\\\\\"\\'", "\t\b\\\"'"],
    ["\\u00fc\\u20AC", "ü€"],
    ["\\ud83d\\ude00", "😀"],
    ["half \\ud83d", "half \ufffd"],
    ["\\x \\u12 \\", "\\x \\u12 \\"],
    ["grüß", "grüß"],
  ];
  for (const [written, value] of rows) {
    assert.equal(cpimHeader(read(`Subject: ${written}\r\n\r\n\r\n`), "Subject"), value, written);
  }
});

test("addresses, as clients write them", () => {
  const rows: readonly [value: string, name: string, uri: string][] = [
    ["<sip:a@b.example>", "", "sip:a@b.example"],
    ["A B <sip:a@b.example>", "A B", "sip:a@b.example"],
    ['"A <B>" <sip:a@b.example>', "A <B>", "sip:a@b.example"],
    ["sip:a@b.example", "", "sip:a@b.example"],
    ["", "", ""],
  ];
  for (const [value, name, uri] of rows) assert.deepEqual(readCpimAddress(value), { name, uri }, value);
});

test("parameters, quoted ones among them", () => {
  const [header] = read('Subject:;lang=en;x="a; b \\" c" text\r\n\r\n\r\n').headers;
  assert.deepEqual(header?.parameters, [
    ["lang", "en"],
    ["x", 'a; b " c'],
  ]);
  assert.equal(header?.value, "text");
});

test("empty lines in front, no space behind the colon, no content type", () => {
  const message = read("\r\n\r\nSubject:hi\r\n\r\n\r\n\r\nbody");
  assert.equal(cpimHeader(message, "Subject"), "hi");
  assert.equal(message.body.toString(), "\r\nbody");
});

test("what cannot be read", () => {
  const rows: readonly [text: string, code: string][] = [
    ["", "sip-malformed"],
    ["From: <sip:a@b.example>\r\n", "sip-malformed"],
    ["From <sip:a@b.example>\r\n\r\n\r\n", "sip-malformed"],
    [": a\r\n\r\n\r\n", "sip-malformed"],
    ["A B: a\r\n\r\n\r\n", "sip-malformed"],
    ["imdn.: a\r\n\r\n\r\n", "sip-malformed"],
    ["A:;lang a\r\n\r\n\r\n", "sip-malformed"],
    ["A: b\r\n\r\nno header\r\n\r\n", "sip-malformed"],
    [`A: ${"b".repeat(9000)}\r\n\r\n\r\n`, "sip-too-large"],
    [`${"A: b\r\n".repeat(100)}\r\n\r\n`, "sip-too-large"],
  ];
  for (const [text, code] of rows) {
    const message = readCpim(utf8(text), limits);
    assert.equal(message.ok ? "" : message.fault.code, code, text.slice(0, 40));
  }
});

test("what is written is read again, and nobody's text ends a line of it", () => {
  const subject = 'a\r\nTo: <sip:boss@ours.example>\\ "ü"\u2028';
  const written = writeCpim({
    from: "sip:alice@ours.example",
    to: "sip:o'malley@ours.example;gr=a<b>\\u000a\r\nX: y",
    at: Date.UTC(2026, 10, 26, 18, 30),
    subject,
    headers: [
      { prefix: "imdn", ns: imdnHeaderNs, name: "Message-ID", value: "one" },
      { prefix: "imdn", ns: imdnHeaderNs, name: "Disposition-Notification", value: "positive-delivery" },
    ],
    contentType: "text/plain;charset=UTF-8",
    mime: "Content-Disposition: render\r\n",
    body: utf8("\r\nhello\r\n\r\n"),
  });
  const lines = written.toString().split("\r\n");
  assert.deepEqual(lines.slice(0, 6), [
    "From: <sip:alice@ours.example>",
    "To: <sip:o'malley@ours.example;gr=a%3Cb%3E%5Cu000a%0D%0AX:%20y>",
    "DateTime: 2026-11-26T18:30:00.000Z",
    'Subject: a\\u000d\\u000aTo: <sip:boss@ours.example>\\\\ "ü"\\u2028',
    "NS: imdn <urn:ietf:params:imdn>",
    "imdn.Message-ID: one",
  ]);
  const message = read(written.toString());
  assert.equal(cpimHeader(message, "Subject"), subject);
  assert.equal(cpimHeader(message, "Disposition-Notification", imdnHeaderNs), "positive-delivery");
  assert.deepEqual(message.mime.at(-1), ["content-disposition", "render"]);
  assert.equal(message.body.toString(), "\r\nhello\r\n\r\n");
});
