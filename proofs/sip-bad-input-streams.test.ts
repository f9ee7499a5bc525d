import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { type Stage, setStage } from "./play-stage.ts";
import { SipWitness } from "./sip-bad-input-witness.ts";
import type { SipStranger } from "./sip-stranger.ts";

/** What a stream brings, and what becomes of it: the statuses of its answers, and whether it goes on. */
type Row = readonly [
  what: string,
  says: (stranger: SipStranger) => string,
  statuses: readonly number[],
  goesOn: boolean,
];

const framed = (length: string | undefined, body = "hello", type = "text/plain") => {
  return (stranger: SipStranger) =>
    stranger.request("OPTIONS", { "Content-Length": length, "Content-Type": type }) + body;
};

const lengths: readonly Row[] = [
  ["what it is", framed("5"), [200], true],
  ["with zeros before it", framed("0000000005"), [200], true],
  ["in its short form", (stranger) => framed("5")(stranger).replace("Content-Length", "l"), [200], true],
  ["said twice, the same", (stranger) => framed("5\r\nl: 5")(stranger), [200], true],
  ["none, and no body", (stranger) => stranger.request("OPTIONS", { "Content-Length": undefined }), [200], true],
  ["none, and a body", framed(undefined), [400], false],
  ["negative", framed("-5"), [400], false],
  ["no number", framed("five"), [400], false],
  ["hexadecimal", framed("0x5"), [400], false],
  ["two numbers", framed("5 5"), [400], false],
  ["said twice, not the same", framed("5\r\nContent-Length: 6"), [400], false],
  ["said in both forms, not the same", framed("5\r\nl: 0"), [400], false],
  ["empty", framed(""), [400], false],
  ["beyond all numbers", framed("18446744073709551621"), [400], false],
  // What follows is no SIP: the message before it is answered first.
  ["too small", framed("0", "hello\r\n\r\n"), [200], false],
  ["too small by one", framed("4", "hello\r\n\r\n"), [200], false],
  ["too large, with the rest", (stranger) => framed("100000")(stranger).concat("x".repeat(100_000 - 5)), [413], true],
];

for (const transport of ["tcp", "tls"] as const) {
  test(`RFC 3261 §18.3: Content-Length over ${transport}`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    for (const [what, says, statuses, goesOn] of lengths) {
      await t.test(what, async () => {
        const stranger = await stage.sipStranger(transport);
        stranger.says(says(stranger));
        const answers = await (goesOn ? stranger.settles() : stranger.isTurnedAway());
        assert.deepEqual(
          answers.map(({ status }) => status),
          statuses,
        );
        assert.equal(stranger.closed, !goesOn);
        await witness.conversationGoesOn();
      });
    }
    await witness.nothingIsLeft();
  });
}

test("a message that is promised and never comes is waited for as long as a stranger may stay", async (t) => {
  const stage = await setStage(t, { limits: { unauthenticatedMs: 300 } });
  const witness = await SipWitness.of(stage);
  for (const says of [
    framed("60000"),
    framed("5", ""),
    () => "OPTIONS sip:ours.example SIP/2.0\r\nVia: ",
    () => "\r",
    () => "SSH-2.0-OpenSSH\r\n",
  ]) {
    const stranger = await stage.sipStranger("tcp");
    stranger.says(says(stranger));
    assert.deepEqual(await stranger.isTurnedAway(), []);
  }
  await witness.conversationGoesOn();
});

const hello = Buffer.concat([
  Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
  randomBytes(502),
]);
const notSip: readonly (readonly [what: string, bytes: string | Uint8Array])[] = [
  ["HTTP", "GET / HTTP/1.1\r\nHost: ours.example\r\n\r\n"],
  ["HTTP with a body", "POST / HTTP/1.1\r\nHost: ours.example\r\nContent-Length: 5\r\n\r\nhello"],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["XMPP", "<?xml version='1.0'?><stream:stream to='ours.example' xmlns='jabber:client'>"],
  ["SMTP", "EHLO ours.example\r\n\r\n"],
  ["MSRP", "MSRP a786hjs2 SEND\r\nTo-Path: msrp://bob\r\n\r\n"],
  ["a ClientHello", hello],
  // no printable first byte by chance
  ["random bytes", Buffer.concat([Buffer.of(0x80), randomBytes(2_000)])],
  ["zeros", Buffer.alloc(2_000)],
  ["lines that end in LF alone", "OPTIONS sip:ours.example SIP/2.0\nVia: SIP/2.0/TCP a\n\n"],
  ["a line without end", "A".repeat(200_000)],
  ["headers without end", `OPTIONS sip:ours.example SIP/2.0\r\n${"X-A: 1\r\n".repeat(20_000)}`],
  ["10,000 Vias", `OPTIONS sip:ours.example SIP/2.0\r\n${"Via: SIP/2.0/TCP a\r\n".repeat(10_000)}`],
];

/** A plain connection to a port, with whatever speaks there. */
function plain(t: TestContext, stage: Stage, kind: "sip-tcp" | "sip-tls"): Socket {
  // Does not close when the node does.
  const socket = connect({ host: "127.0.0.1", port: stage.port(kind), allowHalfOpen: true }).on("error", () => {});
  t.after(() => void socket.destroy());
  return socket;
}

test("what is no SIP ends its connection, and is told once", async (t) => {
  const stage = await setStage(t, { limits: { closeMs: 300 } });
  const witness = await SipWitness.of(stage);
  for (const [what, bytes] of notSip) {
    for (const transport of ["tcp", "tls"] as const) {
      await t.test(`${what} in ${transport}`, async () => {
        const lines = stage.log.lines.length;
        const stranger = await stage.sipStranger(transport);
        stranger.says(bytes);
        assert.ok((await stranger.isTurnedAway()).length <= 1);
        await witness.conversationGoesOn();
        const told = stage.log.lines.slice(lines).filter(({ what }) => what === "SIP connection closed");
        assert.equal(told.length, 1);
      });
    }
    await t.test(`${what} instead of TLS`, async () => {
      if (bytes === hello) return; // is none, there
      const socket = plain(t, stage, "sip-tls");
      socket.resume().write(bytes);
      await new Promise<void>((over) => void socket.once("end", over).once("close", () => over()));
      socket.destroy();
      await witness.conversationGoesOn();
    });
  }
  await witness.nothingIsLeft();
});

/** Sends as long as the node takes it, up to `most` bytes; answers how many went. */
async function floods(socket: Socket, bytes: Uint8Array, most: number): Promise<number> {
  let sent = 0;
  while (sent < most && !socket.destroyed) {
    sent += bytes.length;
    socket.write(bytes);
    do await setImmediate();
    while (socket.writableLength > 0 && !socket.destroyed);
  }
  return sent;
}

test("who is told off and floods on is not listened to", async (t) => {
  const stage = await setStage(t, { limits: { closeMs: 500 } });
  const witness = await SipWitness.of(stage);
  const lines = stage.log.lines.length;
  const socket = plain(t, stage, "sip-tcp");
  socket.resume();
  const before = process.memoryUsage().rss;
  await witness.during("sip-framing-lost", async () => {
    socket.write("\0");
    await floods(socket, Buffer.alloc(100_000, "x"), 2_000_000_000);
    assert.ok(socket.destroyed, "it took everything");
  });
  assert.ok(process.memoryUsage().rss - before < 150_000_000, "memory without bound");
  const told = stage.log.lines.slice(lines).filter(({ level }) => level !== "debug");
  assert.deepEqual(
    told.map(({ what }) => what),
    ["SIP connection closed"],
  );
});

test("one byte per write is a message like any other", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  for (const transport of ["tcp", "tls"] as const) {
    const stranger = await stage.sipStranger(transport);
    const bytes = Buffer.from(stranger.request("OPTIONS", { "Content-Type": "text/plain" }, "x".repeat(2_000)));
    stranger.stream?.setNoDelay(true);
    for (const byte of bytes) {
      stranger.says(Buffer.of(byte));
      if (byte === 0x0a) await setImmediate();
    }
    const answers = await stranger.settles();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200],
    );
    await witness.conversationGoesOn();
  }
});

test("connections that come and go leave nothing behind", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const open = () =>
    stage.metrics.value("comity_connections", "sip-tcp") + stage.metrics.value("comity_connections", "sip-tls");
  for (let count = 0; count < 200; count++) {
    const socket = plain(t, stage, count % 3 === 0 ? "sip-tls" : "sip-tcp");
    await once(socket, "connect");
    if (count % 2 === 0) socket.write("REGISTER sip:ours.example SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\n");
    if (count % 5 === 0) socket.end();
    else socket.resetAndDestroy();
  }
  await witness.conversationGoesOn();
  for (let turns = 0; turns < 1_000 && (open() > 0 || stage.node.counts.sip.connections > 0); turns++)
    await setImmediate();
  assert.deepEqual([open(), stage.node.counts.sip.connections], [0, 0]);
  assert.equal(stage.metrics.value("comity_sip_flows", "tcp"), 0);
  await witness.nothingIsLeft();
});

const cutOff = (stage: Stage) => stage.log.lines.some(({ what }) => what === "slow reader cut off");
const slow = { outputPauseBytes: 100_000, outputBytesMax: 2_000_000, slowReaderMs: 400, closeMs: 400 };

for (const [what, bytes] of [
  ["requests", (stranger: SipStranger) => stranger.request("OPTIONS")],
  ["pings", () => "\r\n\r\n".repeat(1_000)],
] as const) {
  test(`a stranger who sends ${what} and never reads the answers is read no further, and then cut off`, async (t) => {
    const stage = await setStage(t, { limits: { ...slow, outputBytesMax: 1_000_000_000 } });
    const witness = await SipWitness.of(stage);
    const stranger = await stage.sipStranger("tcp");
    const { stream } = stranger;
    assert.ok(stream);
    stream.pause();
    const before = process.memoryUsage().rss;
    const most = 200_000_000;
    const sent = await floods(stream, Buffer.from(bytes(stranger).repeat(100)), most);
    assert.ok(cutOff(stage), "never cut off");
    assert.ok(sent < most / 2, `it was never held up: ${sent} bytes`);
    assert.ok(process.memoryUsage().rss - before < 150_000_000, "memory without bound");
    await witness.conversationGoesOn();
    await witness.nothingIsLeft();
  });
}

test("a stranger who reads late, but reads, is served", async (t) => {
  const stage = await setStage(t, { limits: { outputPauseBytes: 10_000, slowReaderMs: 5_000 } });
  const witness = await SipWitness.of(stage);
  const stranger = await stage.sipStranger("tcp");
  stranger.stream?.pause();
  const count = 5_000;
  for (let number = 0; number < count; number++) stranger.says(stranger.request("OPTIONS"));
  // The node stops reading when its answers are not taken; nothing is lost for that.
  await witness.conversationGoesOn();
  stranger.stream?.resume();
  assert.equal((await stranger.settles()).length, count);
  assert.equal(stranger.closed, false);
});

test("who reads is not taken for slow, however much is sent at once", async (t) => {
  const stage = await setStage(t, { limits: { outputPauseBytes: 1_000, slowReaderMs: 300 } });
  const witness = await SipWitness.of(stage);
  const alice = await stage.sipPerson("alice");
  const bob = await stage.sipPerson("bob");
  for (let round = 0; round < 5; round++) {
    for (let count = 0; count < 50; count++) {
      const headers = ["Content-Type: text/plain"];
      alice.says(alice.request("MESSAGE", { uri: "sip:bob@ours.example", headers, body: "x".repeat(1_000) }));
    }
    for (let count = 0; count < 50; count++) {
      assert.equal((await alice.answered("MESSAGE")).status, 200);
      assert.equal((await bob.reads()).length, 1_000);
    }
    // Longer than a slow reader is given.
    await setTimeout(200);
  }
  assert.equal(cutOff(stage), false);
  await witness.conversationGoesOn();
});
