import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { type FramerSink, SipFramer } from "./framer.ts";
import type { SipLimits, SipMessage } from "./message.ts";

const limits: SipLimits = limitsWith();

/** A message with these header lines and body. */
function text(name: string, lines: readonly string[] = [], body = ""): string {
  return [`OPTIONS sip:${name} SIP/2.0`, ...lines, "", body].join("\r\n");
}

function withBody(name: string, body: string): string {
  return text(name, ["c: text/plain", `l: ${Buffer.byteLength(body)}`], body);
}

class Heard implements FramerSink {
  readonly said: string[] = [];
  readonly partials: (SipMessage | undefined)[] = [];
  goesOn = true;
  onMessage(message: SipMessage): boolean {
    this.said.push(`${message.uri} ${message.body.toString()}`.trim());
    return this.goesOn;
  }
  onMalformed(failure: { code: string; detail: string }, partial: SipMessage | undefined): boolean {
    this.said.push(`${failure.code}: ${failure.detail} ${partial?.uri ?? ""}`.trim());
    this.partials.push(partial);
    return this.goesOn;
  }
  onKeepAlive(ping: boolean): void {
    this.said.push(ping ? "ping" : "crlf");
  }
}

/** What is heard of a stream: at once, and the same when it comes byte by byte. */
function heard(stream: string | Buffer, most: SipLimits = limits): readonly string[] {
  const bytes = Buffer.from(stream);
  const [whole, trickled] = [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))].map((pieces) => {
    const sink = new Heard();
    const framer = new SipFramer(sink, most);
    let lost = "";
    for (const piece of pieces) lost = framer.push(piece) === undefined ? "" : "lost";
    return lost === "" ? sink.said : [...sink.said, lost];
  });
  assert.deepEqual(trickled, whole);
  return whole ?? [];
}

test("RFC 3261 §18.3: Content-Length says where a message ends", () => {
  const stream =
    withBody("a", "one") +
    withBody("b", "") +
    withBody("c", "\r\n\r\nOPTIONS sip:x SIP/2.0\r\n\r\n") +
    withBody("d", "ü");
  assert.deepEqual(heard(stream), ["sip:a one", "sip:b", "sip:c \r\n\r\nOPTIONS sip:x SIP/2.0".trimEnd(), "sip:d ü"]);
});

test("wherever two messages are cut, they come out the same", () => {
  const bytes = Buffer.from(`\r\n${withBody("a", "one")}\r\n\r\n${withBody("b", "two")}`);
  for (let at = 0; at <= bytes.length; at++) {
    for (let then = at; then <= bytes.length; then += 7) {
      const sink = new Heard();
      const framer = new SipFramer(sink, limits);
      for (const piece of [bytes.subarray(0, at), bytes.subarray(at, then), bytes.subarray(then)]) framer.push(piece);
      assert.deepEqual(sink.said, ["crlf", "sip:a one", "crlf", "ping", "sip:b two"]);
      assert.equal(framer.pending, 0);
    }
  }
});

test("RFC 5626 §4.4.1: two line ends together are a ping, one is a keep-alive or a pong", () => {
  assert.deepEqual(heard("\r\n"), ["crlf"]);
  assert.deepEqual(heard("\r\n\r\n"), ["crlf", "ping"]);
  assert.deepEqual(heard("\r\n\r\n\r\n\r\n\r\n"), ["crlf", "ping", "crlf", "ping", "crlf"]);
  assert.deepEqual(heard(`\r\n${text("a")}\r\n\r\n${text("b")}`), ["crlf", "sip:a", "crlf", "ping", "sip:b"]);
});

test("without Content-Length a message without Content-Type has no body; another loses the frame", () => {
  assert.deepEqual(heard(text("a", ["Subject: x"]) + text("b")), ["sip:a", "sip:b"]);
  assert.deepEqual(heard(text("a", ["Content-Type: text/plain"], "one") + text("b")), [
    "sip-framing-lost: nothing says where the message ends sip:a",
    "lost",
  ]);
});

test("a Content-Length that is none, or two that differ, loses the frame", () => {
  for (const lines of [
    ["l: -1"],
    ["l: five"],
    ["l:"],
    ["l: 99999999999"],
    ["l: 3", "Content-Length: 4"],
    ["Content-Length 3"],
    ["l: 3\0"],
    ["l: \r3"],
  ]) {
    assert.deepEqual(heard(text("a", lines, "one")), [
      "sip-framing-lost: nothing says where the message ends sip:a",
      "lost",
    ]);
  }
  assert.deepEqual(heard(text("a", ["l: 3", "Content-Length: 03"], "one")), ["sip:a one"]);
});

test("what is no SIP loses the frame at once", () => {
  const wrong: readonly (readonly [string | Buffer, string])[] = [
    [Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]), "what begins is no SIP message"],
    ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "what begins is no SIP message"],
    [" OPTIONS sip:a SIP/2.0\r\n\r\n", "what begins is no SIP message"],
    ["\n", "what begins is no SIP message"],
    ["\r\r\n", "a CR alone between messages"],
    ["OPTIONS sip:a SIP/2.0\n", "a line that does not end in CRLF"],
    ["OPTIONS sip:a\rb SIP/2.0\r\n\r\n", "what begins is no SIP message"],
    ["OPTIONS sip:a\0b SIP/2.0\r\n\r\n", "what begins is no SIP message"],
    ["OPTIONS sip:a SIP/2.0\nTo: x\n\n", "a line that does not end in CRLF"],
  ];
  for (const [stream, why] of wrong) assert.deepEqual(heard(stream), [`sip-framing-lost: ${why}`, "lost"], why);
});

test("a message that is wrong inside its frame is told, and the stream goes on behind its body", () => {
  const bad = text("a", ["no colon", "Via: SIP/2.0/TCP h", "l: 5"], "12345");
  assert.deepEqual(heard(bad + text("b")), ["sip-malformed: a header line without a name and a colon sip:a", "sip:b"]);
  assert.deepEqual(heard(text("a").replace("SIP/2.0", "SIP/3.0") + text("b")), ["sip-version:  sip:a", "sip:b"]);
  assert.deepEqual(heard(text(`${"a".repeat(3_000)}`) + text("b")).at(-1), "sip:b");
  const sink = new Heard();
  new SipFramer(sink, limits).push(Buffer.from(bad));
  assert.deepEqual(
    [sink.partials[0]?.via?.host, sink.partials[0]?.body.length, sink.partials[0]?.fault?.code],
    ["h", 0, "sip-malformed"],
  );
});

const tight: SipLimits = { ...limits, sipHeadBytesMax: 200, sipMessageBytesMax: 400, sipHeadersMax: 5 };

test("what is too large is told, and passed over when its end is known", () => {
  const large = text("a", ["l: 500"], "x".repeat(500));
  assert.deepEqual(heard(large + text("b"), tight), ["sip-too-large: sipMessageBytesMax sip:a", "sip:b"]);
  const head = text("a", [`X: ${"x".repeat(250)}`]);
  assert.deepEqual(heard(head + text("b"), tight), ["sip-too-large: sipHeadBytesMax sip:a", "sip:b"]);
  const many = text("a", ["A:", "B:", "C:", "D:", "E:", "F:", "l: 3"], "one");
  assert.deepEqual(heard(many + text("b"), tight), ["sip-too-large: sipHeadersMax sip:a", "sip:b"]);
});

test("a head that does not end is the end of the stream; what began it can be answered", () => {
  const stream = `OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n${"X: y\r\n".repeat(100)}`;
  const sink = new Heard();
  const framer = new SipFramer(sink, { ...tight, sipHeadersMax: 128 });
  assert.equal(framer.push(Buffer.from(stream))?.code, "sip-too-large");
  assert.deepEqual(sink.said, ["sip-too-large: sipHeadBytesMax sip:a"]);
  assert.equal(sink.partials[0]?.via?.host, "h");
  assert.deepEqual(heard("x".repeat(500), tight), ["sip-too-large: sipHeadBytesMax", "lost"]);
});

test("the first loss is the last word", () => {
  const framer = new SipFramer(new Heard(), limits);
  const first = framer.push(Buffer.from("\0"));
  assert.equal(first?.code, "sip-framing-lost");
  assert.equal(framer.push(Buffer.from(text("a"))), first);
  assert.equal(framer.resume(), first);
  assert.equal(framer.pending, 0);
});

test("a sink that stops is told no more until it is resumed", () => {
  const sink = new Heard();
  const framer = new SipFramer(sink, limits);
  sink.goesOn = false;
  framer.push(Buffer.from(text("a") + text("b", ["bad"]) + text("c")));
  assert.deepEqual(sink.said, ["sip:a"]);
  framer.push(Buffer.from(text("d")));
  assert.deepEqual(sink.said, ["sip:a"]);
  assert.ok(framer.pending > 0);
  framer.resume();
  assert.equal(sink.said.length, 2);
  sink.goesOn = true;
  framer.resume();
  assert.deepEqual(sink.said.slice(2), ["sip:c", "sip:d"]);
  assert.equal(framer.pending, 0);
});

test("a resume from inside the sink is not lost", () => {
  const said: string[] = [];
  const framer: SipFramer = new SipFramer(
    {
      onMessage: (message) => {
        said.push(message.uri);
        framer.resume();
        return false;
      },
      onMalformed: () => true,
      onKeepAlive: () => {},
    },
    limits,
  );
  framer.push(Buffer.from(text("a") + text("b")));
  assert.deepEqual(said, ["sip:a", "sip:b"]);
});

test("a push from inside a sink is our own bug", () => {
  const framer: SipFramer = new SipFramer(
    { onMessage: () => framer.push(Buffer.from("x")) === undefined, onMalformed: () => true, onKeepAlive: () => {} },
    limits,
  );
  assert.throws(() => framer.push(Buffer.from(text("a"))));
});

test("a message that came in one piece is a part of it", () => {
  const piece = Buffer.from(withBody("a", "one") + withBody("b", "two"));
  const bodies: Buffer[] = [];
  const framer = new SipFramer(
    { onMessage: (message) => bodies.push(message.body) > 0, onMalformed: () => true, onKeepAlive: () => {} },
    limits,
  );
  framer.push(piece);
  for (const body of bodies) assert.equal(body.buffer, piece.buffer);
});

test("messages that were gathered keep their bytes when more comes", () => {
  const kept: SipMessage[] = [];
  const framer = new SipFramer(
    { onMessage: (message) => kept.push(message) > 0, onMalformed: () => true, onKeepAlive: () => {} },
    limits,
  );
  const names = Array.from({ length: 50 }, (_, at) => `m${at}`);
  const stream = Buffer.from(names.map((name) => withBody(name, name)).join(""));
  for (let at = 0; at < stream.length; at += 11) framer.push(stream.subarray(at, at + 11));
  assert.deepEqual(
    kept.map((message) => message.body.toString()),
    names,
  );
});
