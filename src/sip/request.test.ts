import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { parseMessage, readMessage, type SipMessage } from "./message.ts";
import { onwardBytes, type RequestParts, requestBytes } from "./request.ts";
import { checkRequest } from "./request-check.ts";

const parts: RequestParts = {
  method: "MESSAGE",
  uri: "sip:user2@domain.com",
  via: "SIP/2.0/TCP user1pc.domain.com;branch=z9hG4bK776sgdkse",
  from: '"J\u00fcrgen" <sip:user1@domain.com>;tag=49583',
  to: "<sip:user2@domain.com>",
  callId: "asd88asd77a@1.2.3.4",
  cseq: 1,
};

test("RFC 3261 §8.1.1: what every request has", () => {
  assert.equal(
    requestBytes(parts).toString().replaceAll("\r\n", "\n"),
    `MESSAGE sip:user2@domain.com SIP/2.0
Via: SIP/2.0/TCP user1pc.domain.com;branch=z9hG4bK776sgdkse
Max-Forwards: 70
From: "J\u00fcrgen" <sip:user1@domain.com>;tag=49583
To: <sip:user2@domain.com>
Call-ID: asd88asd77a@1.2.3.4
CSeq: 1 MESSAGE
Content-Length: 0

`,
  );
});

test("what else it may have, and that it reads as it was written", () => {
  const bytes = requestBytes({
    ...parts,
    maxForwards: 5,
    routes: ["<sip:p1;lr>", "<sip:p2;lr>"],
    contact: "<sip:user1@1.2.3.4>",
    headers: "Subject: \u00fc\r\nExpires: 60\r\n",
    contentType: "text/plain;charset=UTF-8",
    body: "Watson, come here. \u20ac",
  });
  const read = parseMessage(bytes, limitsWith());
  assert.ok(read.ok);
  const m = read.value;
  assert.equal(checkRequest(m), undefined);
  assert.deepEqual([m.method, m.uri, m.maxForwards, m.expires], ["MESSAGE", "sip:user2@domain.com", 5, 60]);
  assert.deepEqual(m.values("route"), ["<sip:p1;lr>", "<sip:p2;lr>"]);
  assert.deepEqual([m.header("contact"), m.header("subject")], ["<sip:user1@1.2.3.4>", "\u00fc"]);
  assert.deepEqual([m.contentType, m.contentLength], ["text/plain", 22]);
  assert.equal(m.body.toString(), "Watson, come here. \u20ac");
});

function came(text: string): SipMessage {
  const { message } = readMessage(Buffer.from(`${text.replaceAll("\n", "\r\n")}\r\n\r\n`), limitsWith());
  assert.ok(message);
  return message;
}

const onward = {
  uri: "sip:b@192.0.2.2",
  via: "SIP/2.0/TLS ours.example;branch=z9hG4bK1",
  routes: ["<sip:p;lr>"],
  contentType: "text/plain",
  body: "Watson",
};

test("what goes on keeps its identity byte for byte, whatever its order and the form of its names, and is a hop older", () => {
  const message = came(`MESSAGE sip:b@ours.example SIP/2.0
v: SIP/2.0/TLS pc.example;branch=z9hG4bK0
t:  "B\u00fc" <sip:b@ours.example>
Max-Forwards: 5
CSeq :  7 MESSAGE
User-Agent: not copied
From: <sip:a@ours.example>;tag=1;epid=ab
i: abc@pc`);
  assert.equal(
    onwardBytes(message, onward).toString().replaceAll("\r\n", "\n"),
    `MESSAGE sip:b@192.0.2.2 SIP/2.0
Via: SIP/2.0/TLS ours.example;branch=z9hG4bK1
Max-Forwards: 4
Route: <sip:p;lr>
To: "B\u00fc" <sip:b@ours.example>
CSeq: 7 MESSAGE
From: <sip:a@ours.example>;tag=1;epid=ab
Call-ID: abc@pc
Content-Type: text/plain
Content-Length: 6

Watson`,
  );
});

test("what goes on has no line that goes over two", () => {
  const message = came(`MESSAGE sip:b@ours.example SIP/2.0
Via: SIP/2.0/TLS pc.example;branch=z9hG4bK0
To: <sip:b@ours.example>
From: A
  <sip:a@ours.example>;tag=1
Call-ID: abc
CSeq: 7
 MESSAGE`);
  const text = onwardBytes(message, onward).toString();
  assert.match(text, /\r\nMax-Forwards: 69\r\n/);
  assert.match(text, /\r\nFrom: A <sip:a@ours.example>;tag=1\r\n/);
  assert.match(text, /\r\nCSeq: 7 MESSAGE\r\n/);
  assert.doesNotMatch(text, /\r\n[ \t]/);
});
