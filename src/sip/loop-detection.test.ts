import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { hasLooped, hopsLeft, loopMark, markedBranch } from "./loop-detection.ts";
import { parseMessage, type SipMessage } from "./message.ts";
import type { Via } from "./via.ts";

type Parts = { start?: string; vias?: string[]; more?: string; cseq?: string };

function request({ start = "MESSAGE sip:bob@ours.example", vias = [], more = "", cseq = "1" }: Parts = {}): SipMessage {
  const method = start.split(" ")[0];
  const head = [
    `${start} SIP/2.0`,
    ...vias.map((via) => `Via: ${via}`),
    "Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bK77",
    "From: <sip:alice@atlanta.example>;tag=a",
    "To: <sip:bob@ours.example>",
    "Call-ID: c",
    `CSeq: ${cseq} ${method}`,
  ];
  const message = parseMessage(Buffer.from(`${head.join("\r\n")}\r\n${more}\r\n`), limitsWith());
  assert.ok(message.ok);
  return message.value;
}

const isOurs = (via: Via) => via.host === "ours.example" && via.port === 5061;
const looped = (m: SipMessage) => hasLooped(m, loopMark(m), isOurs);

/** Our own Via over a request as it was when it left. */
const via = (left: SipMessage, host = "ours.example:5061") =>
  `SIP/2.0/TLS ${host};branch=${markedBranch("x1", loopMark(left))}`;

test("RFC 5393 §4.2: what comes back as it was is in a loop", () => {
  const first = request();
  assert.equal(looped(first), false);
  assert.equal(looped(request({ vias: [via(first)] })), true);
  assert.equal(looped(request({ vias: ["SIP/2.0/UDP far.example;branch=z9hG4bKq", via(first)] })), true);
  assert.equal(looped(request({ vias: [`SIP/2.0/UDP far.example;branch=z9hG4bKq, ${via(first)}`] })), true);
});

test("§16.3: what comes back changed only passes again", () => {
  const changed: readonly (readonly [string, Parts])[] = [
    ["Request-URI", { start: "MESSAGE sip:carol@ours.example" }],
    ["Route", { more: "Route: <sip:p.example;lr>\r\n" }],
    ["CSeq", { cseq: "2" }],
    ["credentials", { more: "Proxy-Authorization: Digest username=a\r\n" }],
    ["Proxy-Require", { more: "Proxy-Require: foo\r\n" }],
  ];
  for (const [name, parts] of changed) {
    assert.notEqual(loopMark(request(parts)), loopMark(request()), name);
    assert.equal(looped(request({ ...parts, vias: [via(request())] })), false, name);
  }
});

test("§16.3: a Via that is not ours, or has no mark of ours, is no loop", () => {
  const first = request();
  for (const other of [
    via(first, "theirs.example:5061"),
    via(first, "ours.example:5060"),
    "SIP/2.0/TLS ours.example:5061;branch=z9hG4bKx1",
    `SIP/2.0/TLS ours.example:5061;branch=z9hG4bKx1;mark=${loopMark(first)}`,
    `SIP/2.0/TLS ours.example:5061 ${loopMark(first)} nonsense`,
  ]) {
    assert.equal(looped(request({ vias: [other] })), false, other);
  }
});

test("what does not decide the way is not in the mark: Vias, Max-Forwards, other headers, the method", () => {
  const mark = loopMark(request());
  const more = "Max-Forwards: 3\r\nUser-Agent: x\r\nRecord-Route: <sip:p.example;lr>\r\n";
  assert.equal(loopMark(request({ vias: ["SIP/2.0/UDP far.example;branch=z9hG4bKq"], more })), mark);
  const call = (method: string) => loopMark(request({ start: `${method} sip:bob@ours.example` }));
  assert.equal(call("CANCEL"), call("INVITE"));
});

test("marks are tokens, and parts do not run into each other", () => {
  const marks = new Set<string>();
  for (let number = 0; number < 3_000; number++) marks.add(loopMark(request({ cseq: String(number) })));
  assert.equal(marks.size, 3_000);
  for (const mark of marks) assert.match(mark, /^[0-9a-z]{8,14}$/);
  const one = request({ more: "Route: <sip:a>\r\nRoute: <sip:b>\r\n" });
  const other = request({ more: "Route: <sip:a>\r\nProxy-Require: <sip:b>\r\n" });
  assert.notEqual(loopMark(one), loopMark(other));
});

test("§16.3 step 3, §16.6 step 3: Max-Forwards", () => {
  const hops = (line: string) => {
    const left = hopsLeft(request({ more: line }));
    return left.ok ? left.value : left.fault.code;
  };
  assert.equal(hops(""), 70);
  assert.equal(hops("Max-Forwards: 70\r\n"), 69);
  assert.equal(hops("Max-Forwards: 1\r\n"), 0);
  assert.equal(hops("Max-Forwards: 255\r\n"), 254);
  assert.equal(hops("Max-Forwards: 0\r\n"), "sip-too-many-hops");
});
