import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { readMessage, type SipMessage } from "./message.ts";
import { checkRequest, checkResponse, mayAnswer } from "./request-check.ts";

const request: Readonly<Record<string, string>> = {
  start: "MESSAGE sip:bob@ours.example SIP/2.0",
  Via: "SIP/2.0/TLS a.example;branch=z9hG4bK1",
  "Max-Forwards": "70",
  From: "<sip:alice@a.example>;tag=1",
  To: "<sip:bob@ours.example>",
  "Call-ID": "1@a.example",
  CSeq: "1 MESSAGE",
};

/** A message with some of its lines otherwise; "" leaves one out; `more` follows. */
function message(changes: Readonly<Record<string, string>> = {}, more = ""): SipMessage {
  const { start, ...headers } = { ...request, ...changes };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === "" ? [] : [`${name}: ${value}\r\n`]));
  const read = readMessage(Buffer.from(`${start}\r\n${lines.join("")}${more}\r\n`), limitsWith());
  assert.ok(read.message, start);
  return read.message;
}

const verdict = (m: SipMessage): string => {
  const fault = m.isRequest ? checkRequest(m) : checkResponse(m);
  return fault === undefined ? "good" : `${fault.code}: ${fault.detail}`;
};

/** RFC 3261 §8.1.1, §8.2, RFC 4475 */
const cases: readonly (readonly [changes: Readonly<Record<string, string>>, verdict: string, more?: string])[] = [
  [{}, "good"],
  [{ "Max-Forwards": "" }, "good"],
  [{ Via: "" }, "sip-malformed: no via"],
  [{ From: "" }, "sip-malformed: no from"],
  [{ To: "" }, "sip-malformed: no to"],
  [{ "Call-ID": "" }, "sip-malformed: no call-id"],
  [{ CSeq: "" }, "sip-malformed: no cseq"],
  [{ Via: "SIP/2.0/TLS" }, "sip-malformed: via cannot be read"],
  [{ From: "alice" }, "sip-malformed: from cannot be read"],
  [{ To: '"Bob <sip:bob@ours.example>' }, "sip-malformed: to cannot be read"],
  [{ CSeq: "1" }, "sip-malformed: cseq cannot be read"],
  [{ CSeq: "2147483648 MESSAGE" }, "sip-malformed: cseq cannot be read"],
  [{ CSeq: "1 message" }, "sip-malformed: CSeq names another method"],
  [{ "Call-ID": "1 2" }, "sip-malformed: white space in Call-ID"],
  [{ "Max-Forwards": "0" }, "good"],
  [{ "Max-Forwards": "256" }, "sip-malformed: Max-Forwards is no number from 0 to 255"],
  [{ "Max-Forwards": "-1" }, "sip-malformed: Max-Forwards is no number from 0 to 255"],
  [{ Date: "yesterday", Expires: "soon", Timestamp: "x" }, "good"],
  [{ start: "MESSAGE <sip:bob@ours.example> SIP/2.0" }, "sip-malformed: not a URI"],
  [{ start: "MESSAGE bob SIP/2.0" }, "sip-malformed: not a URI"],
  [{ start: "MESSAGE sip:bob@ours.example?Route=x SIP/2.0" }, "sip-malformed: headers in the Request-URI"],
  [{ start: "MESSAGE isbn:2983792873 SIP/2.0" }, "sip-uri-scheme: "],
  [{ start: "MESSAGE tel:+15550100 SIP/2.0" }, "good"],
  [{ start: "MESSAGE im:bob@ours.example SIP/2.0" }, "good"],
  [{ start: "MESSAGE pres:bob@ours.example SIP/2.0" }, "good"],
  [{ start: "MESSAGE SIPS:bob@ours.example SIP/2.0" }, "good"],
  [{ start: "MESSAGE sip:bob@ours.example SIP/2.1" }, "sip-version: "],
  [{}, "good", "f: <sip:alice@a.example>;tag=1\r\n"],
  [{}, "sip-malformed: more than one from", "f: <sip:mallory@a.example>;tag=1\r\n"],
  [{}, "sip-malformed: more than one to", "To: <sip:eve@ours.example>\r\n"],
  [{}, "sip-malformed: more than one call-id", "i: 2\r\n"],
  [{}, "sip-malformed: more than one cseq", "CSeq: 2 MESSAGE\r\n"],
  [{}, "sip-malformed: more than one max-forwards", "Max-Forwards: 69\r\n"],
  [{ Event: "presence" }, "sip-malformed: more than one event", "o: dialog\r\n"],
  [{ "Content-Type": "a/b" }, "sip-malformed: more than one content-type", "c: c/d\r\n"],
  [{ Expires: "1" }, "sip-malformed: more than one expires", "Expires: 2\r\n"],
  [{ Subject: "a" }, "good", "s: b\r\nVia: SIP/2.0/UDP b\r\nRoute: <sip:a>\r\nRoute: <sip:b>\r\n"],
  [{ Contact: "sip:a@b?x=y" }, "good"],
  [
    { Contact: "sip:a@b?x=y", start: "REGISTER sip:ours.example SIP/2.0", CSeq: "1 REGISTER" },
    "sip-malformed: a Contact that cannot be read",
  ],
  [{ Contact: "*", start: "REGISTER sip:ours.example SIP/2.0", CSeq: "1 REGISTER" }, "good"],
  [{ Contact: "<sip:a@b>, <sip:c@d>;q=1", start: "REGISTER sip:ours.example SIP/2.0", CSeq: "1 REGISTER" }, "good"],
  [
    { Contact: "<sip:a@b>,", start: "INVITE sip:ours.example SIP/2.0", CSeq: "1 INVITE" },
    "sip-malformed: a Contact that cannot be read",
  ],
  [{ start: "SIP/2.0 200 OK" }, "good"],
  [{ start: "SIP/2.0 200 OK", CSeq: "1 OPTIONS", "Max-Forwards": "x" }, "good"],
  [{ start: "SIP/2.0 200 OK", To: "" }, "sip-malformed: no to"],
  [{ start: "SIP/2.0 200 OK", CSeq: "99999999999 X" }, "sip-malformed: cseq cannot be read"],
  [{ start: "SIP/2.0 200 OK" }, "sip-malformed: more than one to", "t: <sip:x>\r\n"],
  [{ start: "SIP/3.0 200 OK" }, "sip-version: "],
];

test("what every message must have and may not contradict", () => {
  for (const [changes, expected, more] of cases) {
    assert.equal(verdict(message(changes, more)), expected, `${JSON.stringify(changes)} ${more ?? ""}`);
  }
});

test("a wrong request is answered when it says where to, whatever else it lacks", () => {
  assert.ok(mayAnswer(message({ From: "", To: "", "Call-ID": "" })));
  assert.ok(mayAnswer(message({ start: "MESSAGE sip:a b SIP/2.0" })));
  assert.ok(!mayAnswer(message({ Via: "" })));
  assert.ok(!mayAnswer(message({ start: "ACK sip:a SIP/2.0" })), "RFC 3261 §17.1.1.3");
  assert.ok(!mayAnswer(message({ start: "BENOTIFY sip:a SIP/2.0" })), "R11");
  assert.ok(!mayAnswer(message({ start: "SIP/2.0 200 OK" })));
});
