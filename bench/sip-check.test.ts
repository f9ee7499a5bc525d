import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import type { Figures, Workload } from "./job.ts";
import { fieldOf, MsrpCutter, msrpStatusOf, okToSend, sendOf, sessionIn, transactionOf } from "./msrp-text.ts";
import { readOptions } from "./options.ts";
import type { Row } from "./row.ts";
import { cnonce, Digest } from "./sip-digest.ts";
import { counting } from "./sip-relay.ts";
import { cseq, Field, okTo, SipCutter, statusOf } from "./sip-text.ts";
import { isSip, sipLoad, sipWorkloads } from "./sip-workloads.ts";
import { tables } from "./table.ts";

const message = (number: number, body: string): string =>
  `MESSAGE sip:user1@a.example SIP/2.0\r
Via: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bK2\r
v: SIP/2.0/TLS 192.0.2.7:4711;branch=z9hG4bK1\r
f: <sip:user0@a.example>;tag=1\r
To: <sip:user1@a.example>\r
i: ${number}@a\r
CSeq: ${number} MESSAGE\r
Content-Length: ${body.length}\r
\r
${body}`;

test("SIP messages are counted however the bytes are cut", () => {
  const texts = [message(1, "one"), message(2, ""), message(3, "a\r\n\r\nContent-Length: 99\r\n")];
  const bytes = Buffer.from(`${texts[0]}\r\n\r\n${texts[1]}${texts[2]}`);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const cutter = new SipCutter();
    const found: string[] = [];
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) cutter.cut(piece, (text) => found.push(text));
    assert.deepEqual(found, texts, String(cut));
  }
});

test("MSRP frames are cut however the bytes are, and answered along their path", () => {
  const send = sendOf("a1", "msrps://b:2855/x;tcp", "msrps://a:2855/p3;tcp", "one\r\n-------b2$\r\nMSRP b2 200");
  const frames = [send, okToSend(send), sendOf("b2", "msrps://b:1/y;tcp", "msrps://a:2/p4;tcp", "")];
  const bytes = Buffer.from(frames.join(""));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const cutter = new MsrpCutter();
    const found: string[] = [];
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) cutter.cut(piece, (frame) => found.push(frame));
    assert.deepEqual(found, frames, String(cut));
  }
  assert.deepEqual(frames.map(msrpStatusOf), [0, 200, 0]);
  assert.deepEqual(frames.map(transactionOf), ["a1", "a1", "b2"]);
  assert.equal(sessionIn(fieldOf(okToSend(send), "To-Path")), "p3");
  assert.equal(fieldOf(send, "Status"), "");
});

test("records are counted however the bytes are cut", () => {
  for (let size = 1; size < 50; size++) {
    let found = 0;
    const count = counting(10, (records) => {
      found += records;
    });
    for (let at = 0; at < 1000; at += size) count(Buffer.alloc(Math.min(size, 1000 - at)));
    assert.equal(found, 100, String(size));
  }
});

test("fields are found by any of their names, and only in the head of the message asked for", () => {
  assert.equal(cseq.of(message(7, "")), "7 MESSAGE");
  assert.equal(new Field("Call-ID", "i").of(message(7, "")), "7@a");
  assert.equal(new Field("SUBJECT").of(message(7, "")), "");
  const two = message(1, "") + message(2, "");
  assert.equal(cseq.of(two, message(1, "").length), "2 MESSAGE");
  assert.equal(statusOf("SIP/2.0 404 Not Found\r\n\r\n"), 404);
  assert.equal(statusOf("SUBSCRIBE sip:a@b SIP/2.0\r\n\r\n"), 0);
});

test("a 200 carries what belongs into it, in order, and a tag where there was none (RFC 3261 §8.2.6.2)", () => {
  const answer = okTo(message(7, "text"), "2");
  assert.equal(
    answer,
    `SIP/2.0 200 OK\r
Via: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bK2\r
v: SIP/2.0/TLS 192.0.2.7:4711;branch=z9hG4bK1\r
f: <sip:user0@a.example>;tag=1\r
To: <sip:user1@a.example>;tag=2\r
i: 7@a\r
CSeq: 7 MESSAGE\r
Content-Length: 0\r
\r
`,
  );
  const inDialog = message(8, "").replace("user1@a.example>\r", "user1@a.example>;tag=3\r");
  assert.match(okTo(inDialog, "2"), /To: <sip:user1@a.example>;tag=3\r\n/);
});

test("digest takes MD5 where it is offered, counts, and answers in the server's own words (RFC 7616 §3.4)", () => {
  const response = `SIP/2.0 407 Proxy Authentication Required\r
Proxy-Authenticate: Digest realm="a.example", qop="auth", algorithm=SHA-256, nonce="s"\r
Proxy-Authenticate: Digest realm="a.example", qop="auth", algorithm=MD5, nonce="n", opaque="o"\r
Content-Length: 0\r
\r
`;
  const digest = Digest.of(response, 407, "user0", "secret") as Digest;
  const md5 = (text: string): string => hash("md5", text);
  const [ha1, ha2] = [md5("user0:a.example:secret"), md5("REGISTER:sip:a.example")];
  for (const nc of ["00000001", "00000002"]) {
    const line = digest.line("REGISTER", "sip:a.example");
    assert.match(line, /^Proxy-Authorization: Digest username="user0", realm="a.example", nonce="n", algorithm=MD5, /);
    assert.match(line, /, opaque="o", .*\r\n$/);
    assert.ok(line.includes(`nc=${nc}, response="${md5(`${ha1}:n:${nc}:${cnonce}:auth:${ha2}`)}"`), line);
  }
  const only = response.replace(/Proxy-Authenticate: [^\r]*MD5[^\r]*\r\n/, "");
  assert.match(Digest.of(only, 407, "user0", "secret")?.line("REGISTER", "sip:a.example") ?? "", /algorithm=SHA-256/);
  assert.equal(Digest.of("SIP/2.0 401 Unauthorized\r\n\r\n", 401, "user0", "secret"), undefined);
});

test("every SIP workload's name can be read, and one half can be asked for", () => {
  for (const name of Object.keys(sipWorkloads)) {
    assert.ok(isSip(name));
    const { kind, transport, form } = sipLoad(name);
    assert.equal(["sip", kind, transport, form].filter(Boolean).join("-"), name);
  }
  assert.deepEqual(readOptions(["sip"])?.workloads, Object.keys(sipWorkloads));
  assert.ok(!readOptions(["xmpp"])?.workloads.some(isSip));
  assert.deepEqual(readOptions(["sip-message-udp"])?.workloads, ["sip-message-udp-w1", "sip-message-udp-w8"]);
  assert.deepEqual(readOptions(["sip-to-xmpp"])?.workloads, ["sip-to-xmpp-tls-w1", "sip-to-xmpp-tls-w8"]);
  assert.throws(() => readOptions(["sip-mess"]));
});

/** A row of one run. */
function row(workload: Workload, peer: string, cpu: number): Row {
  const figures: Figures = {
    units: 1000,
    seconds: 1,
    contest: 1,
    serverCpuUs: [cpu * 1000],
    driverCpuUs: 1000,
    p50Us: 1,
    p99Us: 2,
    stalled: 0,
    othersBusy: 0,
  };
  return { workload, peer, figures: [figures], memory: [], failures: [] };
}

test("the table holds Comity against Kamailio and the goal, and says what a datagram costs", () => {
  const text = tables([
    // 8 µs to receive and 16 to send.
    row("sip-floor-udp-in", "sip-floor", 10),
    row("sip-floor-udp-out", "sip-floor", 17),
    row("sip-floor-tls-w1", "sip-floor", 20),
    row("sip-message-tls-w1", "comity", 45),
    row("sip-message-tls-w1", "kamailio", 100),
    row("sip-floor-udp-answer", "sip-floor", 28),
    row("sip-register-udp", "comity", 49),
    row("sip-register-udp", "kamailio", 40),
    row("sip-to-xmpp-tls-w1", "comity", 60),
    row("sip-floor-tls-w8", "sip-floor", 60),
    row("sip-message-tls-w8", "kamailio", 100),
    row("sip-to-xmpp-tls-w8", "comity", 70),
  ]);
  assert.match(text, /sip-message-tls-w1 +\| comity +\| [^|]+\| 2\.25 +\| 0\.45 +\| ≤ 0\.45 met/);
  assert.match(text, /sip-message-tls-w1 +\| kamailio +\| [^|]+\| 5\.00 +\| 1\.00 +\| +\|/);
  assert.match(text, /sip-register-udp +\| comity +\| [^|]+\| 1\.75 +\| 1\.2[23] +\| ≤ 1\.20 missed/);
  assert.match(text, /sip-to-xmpp-tls-w1 +\| comity +\| [^|]+\| 3\.00 +\| 0\.60 +\| ≤ 0\.50 missed +\|/);
  assert.match(text, /sip-to-xmpp-tls-w8 +\| comity +\| [^|]+\| 1\.17 +\| 0\.70 +\| ≤ 0\.50 missed \(floor 0\.60\)/);
  assert.match(text, /8\.00 µs to receive a datagram, 16\.0 µs to send one/);
});

test("the gateway's rows stand beside the floor, the same by itself, and Kamailio's gateway", () => {
  const text = tables([
    row("raw-w1", "floor", 20),
    row("gateway-to-sip", "comity", 40),
    row("gateway-to-sip", "kamailio-prosody", 400),
    row("gateway-session-to-sip", "comity", 60),
    row("gateway-msrp-to-xmpp", "comity", 80),
  ]);
  const cells = (name: string) =>
    (text.split("\n").find((line) => line.includes(name)) ?? "").split("|").map((cell) => cell.trim());
  assert.deepEqual(cells("| gateway-to-sip ").slice(4, 8), ["2.00", "", "0.10", "≤ 0.25 met"]);
  assert.deepEqual(cells("| gateway-session-to-sip ").slice(4, 8), ["3.00", "1.50", "", ""]);
  assert.deepEqual(cells("| gateway-msrp-to-xmpp ").slice(4, 8), ["4.00", "", "", ""]);
  assert.deepEqual(readOptions(["gateway-msrp-to-xmpp", "comity"])?.workloads, ["gateway-msrp-to-xmpp"]);
});
