import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { parseMessage } from "./message.ts";
import { type RequestParts, requestBytes } from "./request.ts";
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
