import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { readMessage, type SipMessage } from "./message.ts";
import { type ResponseParts, reasonPhrase, responseBytes, type Source } from "./response.ts";

function request(text: string): SipMessage {
  const { message } = readMessage(Buffer.from(`${text.trim().replaceAll("\n", "\r\n")}\r\n\r\n`), limitsWith());
  assert.ok(message);
  return message;
}

const source: Source = { address: "192.0.2.4", port: 5060 };

function response(to: SipMessage, status: number, parts: ResponseParts = {}, from: Source = source): string {
  return responseBytes(to, status, parts, from).toString().replaceAll("\r\n", "\n");
}

/** RFC 3261 §24.1 */
const register = request(`
REGISTER sip:registrar.biloxi.com SIP/2.0
Via: SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7
Max-Forwards: 70
To: Bob <sip:bob@biloxi.com>
From: Bob <sip:bob@biloxi.com>;tag=456248
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 REGISTER
Contact: <sip:bob@192.0.2.4>
Expires: 7200
Content-Length: 0`);

test("RFC 3261 §24.1: the registrar's answer", () => {
  const parts = { toTag: "2493k59kd", headers: "Contact: <sip:bob@192.0.2.4>\r\nExpires: 7200\r\n" };
  assert.equal(
    response(register, 200, parts),
    `SIP/2.0 200 OK
Via: SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7;received=192.0.2.4
To: Bob <sip:bob@biloxi.com>;tag=2493k59kd
From: Bob <sip:bob@biloxi.com>;tag=456248
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 REGISTER
Contact: <sip:bob@192.0.2.4>
Expires: 7200
Content-Length: 0

`,
  );
});

test("R2, R3: what is copied stays byte for byte, but compact names become long ones", () => {
  const odd = request(`
OPTIONS sip:a SIP/2.0
v:SIP/2.0/TLS 192.0.2.4;ms-internal-info="a;rport, \\"";ms-received-cid=5F00 , SIP/2.0/TLS b;x
CSEQ :  7
 OPTIONS
VIA: SIP/2.0/TLS c
f: "J\u00fcrgen" <sip:j@x>;tag=1;epid=ab
Subject: not copied
i:abc
Record-Route: <sip:not.copied>
T:	<sip:a>  `);
  assert.equal(
    response(odd, 404, { toTag: "x" }),
    `SIP/2.0 404 Not Found
Via: SIP/2.0/TLS 192.0.2.4;ms-internal-info="a;rport, \\"";ms-received-cid=5F00 , SIP/2.0/TLS b;x
CSeq: 7
 OPTIONS
VIA: SIP/2.0/TLS c
From: "J\u00fcrgen" <sip:j@x>;tag=1;epid=ab
Call-ID: abc
To: <sip:a>;tag=x
Content-Length: 0

`,
  );
});

test("a compact name that white space makes as long as the long one is written anew all the same", () => {
  const odd = request(
    "OPTIONS sip:a SIP/2.0\nv  :SIP/2.0/TLS 192.0.2.4\nf\t  : <sip:b>\nT :<sip:a>\ni      :1\nCSeq: 1 OPTIONS",
  );
  assert.equal(
    response(odd, 200, { toTag: "x" }),
    `SIP/2.0 200 OK
Via: SIP/2.0/TLS 192.0.2.4
From: <sip:b>
To: <sip:a>;tag=x
Call-ID: 1
CSeq: 1 OPTIONS
Content-Length: 0

`,
  );
});

test("bytes that are no UTF-8 are copied as they are", () => {
  const { message } = readMessage(
    Buffer.from('OPTIONS sip:a SIP/2.0\r\nFrom: "\xfc" <sip:x>\r\n\r\n', "latin1"),
    limitsWith(),
  );
  assert.ok(message);
  const bytes = responseBytes(
    message,
    400,
    { headers: "Server: \u00fc\r\n", reason: "\u00e4", body: "\u20ac" },
    source,
  );
  assert.equal(
    bytes.toString("latin1"),
    'SIP/2.0 400 \xc3\xa4\r\nFrom: "\xfc" <sip:x>\r\nServer: \xc3\xbc\r\nContent-Length: 3\r\n\r\n\xe2\x82\xac',
  );
});

/** RFC 3261 §18.2.1, RFC 3581 §4: sent-by and parameters, where it came from, what becomes of it. */
const vias: readonly (readonly [via: string, address: string, answer: string])[] = [
  ["192.0.2.4", "192.0.2.4", "192.0.2.4"],
  ["192.0.2.4:5061", "192.0.2.4", "192.0.2.4:5061"],
  ["pc.example", "192.0.2.4", "pc.example;received=192.0.2.4"],
  ["10.1.1.1:4540;rport", "192.0.2.4", "10.1.1.1:4540;rport=5060;received=192.0.2.4"],
  ["192.0.2.4;rport", "192.0.2.4", "192.0.2.4;rport=5060;received=192.0.2.4"],
  ["a;rport;branch=x", "192.0.2.4", "a;rport=5060;branch=x;received=192.0.2.4"],
  ["a ; rport ;branch=x", "192.0.2.4", "a ;rport=5060;branch=x;received=192.0.2.4"],
  ["a;RPORT=1;x", "192.0.2.4", "a;rport=5060;x;received=192.0.2.4"],
  ["a;received=6.6.6.6;branch=x", "192.0.2.4", "a;branch=x;received=192.0.2.4"],
  ["a;received=6.6.6.6;rport", "192.0.2.4", "a;rport=5060;received=192.0.2.4"],
  ["192.0.2.4;received=6.6.6.6", "192.0.2.4", "192.0.2.4"],
  ['a;x=";rport";y', "192.0.2.4", 'a;x=";rport";y;received=192.0.2.4'],
  ['a;rport;x=";received=6.6.6.6"', "192.0.2.4", 'a;rport=5060;x=";received=6.6.6.6";received=192.0.2.4'],
  ['a;rport;x=";rport=1;y"', "192.0.2.4", 'a;rport=5060;x=";rport=1;y";received=192.0.2.4'],
  ["[2001:DB8::1];branch=x", "2001:db8::1", "[2001:DB8::1];branch=x"],
  ["[2001:db8::1];branch=x", "2001:db8::2", "[2001:db8::1];branch=x;received=2001:db8::2"],
  ["192.0.2.4", "::ffff:192.0.2.4", "192.0.2.4"],
  ["a;rport , SIP/2.0/UDP b;rport", "192.0.2.4", "a;rport=5060;received=192.0.2.4, SIP/2.0/UDP b;rport"],
];

test("the top Via tells where the request came from", () => {
  for (const [via, address, answer] of vias) {
    const told = response(request(`OPTIONS sip:a SIP/2.0\nVia: SIP/2.0/UDP ${via}`), 200, {}, { address, port: 5060 });
    assert.equal(told.split("\n")[1], `Via: SIP/2.0/UDP ${answer}`, via);
  }
  assert.match(response(request("OPTIONS sip:a SIP/2.0\nVia: nonsense;rport"), 400), /\nVia: nonsense;rport\n/);
});

test("the tag goes to a To that has none, and not into a 100", () => {
  const to = (value: string, status: number) => {
    const lines = response(request(`INVITE sip:a SIP/2.0\nTo: ${value}\nTimestamp: 54.5`), status, { toTag: "t" });
    return lines.split("\n").slice(1, 3);
  };
  assert.deepEqual(to("<sip:a>", 180), ["To: <sip:a>;tag=t", "Content-Length: 0"]);
  assert.deepEqual(to("<sip:a>;tag=1", 180), ["To: <sip:a>;tag=1", "Content-Length: 0"]);
  assert.deepEqual(to("sip:a;x", 200), ["To: sip:a;x;tag=t", "Content-Length: 0"]);
  assert.deepEqual(to("<sip:a>", 100), ["To: <sip:a>", "Timestamp: 54.5"]);
});

test("of a request that is wrong, what is there goes back once", () => {
  const wrong = request("OPTIONS sip:a SIP/2.0\nVia: SIP/2.0/UDP h\nCSeq: 1 A\nCSeq: 2 B");
  assert.equal(
    response(wrong, 400, { toTag: "t" }),
    "SIP/2.0 400 Bad Request\nVia: SIP/2.0/UDP h;received=192.0.2.4\nCSeq: 1 A\nContent-Length: 0\n\n",
  );
});

test("bodies, their type and their length in bytes", () => {
  const parts = { contentType: "text/plain", body: "\u00fc", reason: "Fine" };
  assert.equal(
    response(request("OPTIONS sip:a SIP/2.0"), 200, parts),
    "SIP/2.0 200 Fine\nContent-Type: text/plain\nContent-Length: 2\n\n\u00fc",
  );
  const bytes = responseBytes(request("OPTIONS sip:a SIP/2.0"), 200, { body: Uint8Array.of(0, 255) }, source);
  assert.deepEqual([...bytes.subarray(-2)], [0, 255]);
});

test("reason phrases", () => {
  assert.deepEqual([202, 489, 439].map(reasonPhrase), ["Accepted", "Bad Event", "First Hop Lacks Outbound Support"]);
  // RFC 3261 §8.1.3.2: an unknown status is its class's x00.
  assert.deepEqual([299, 499, 699].map(reasonPhrase), ["OK", "Bad Request", "Busy Everywhere"]);
  assert.match(response(request("OPTIONS sip:a SIP/2.0"), 431), /^SIP\/2\.0 431 Bad Request\n/);
});
