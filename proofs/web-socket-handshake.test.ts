import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import type { Endpoint, SecureOptions } from "../src/base/network.ts";
import { systemClock } from "../src/world/clock.ts";
import { keyPem } from "../src/world/issue-certificate.ts";
import { systemNetwork } from "../src/world/network.ts";
import { makeAuthority, makeServer } from "./made-certificates.ts";
import { credentialsOn } from "./network-contract.ts";
import { systemPair } from "./network-pairs.ts";
import { SystemClient, systemWebSockets } from "./web-socket-clients.ts";
import { type Given, onWebSocket } from "./web-socket-contract.ts";

type SystemGiven = Given<ReturnType<typeof systemWebSockets>>;

/** A client that writes what it is told, byte for byte. */
class Raw {
  readonly socket: Socket;
  #heard = Buffer.alloc(0);
  isClosed = false;

  constructor({ address, port }: Endpoint) {
    this.socket = connect({ host: address, port });
    this.socket.on("data", (bytes) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isClosed = true;
    });
  }

  get text(): string {
    return this.#heard.toString("latin1");
  }

  /** What came after the answer to the handshake. */
  get frames(): Buffer {
    const end = this.#heard.indexOf("\r\n\r\n");
    return end < 0 ? Buffer.alloc(0) : this.#heard.subarray(end + 4);
  }
}

const headers = {
  Host: "sip.ours.example",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Protocol": "sip",
};

function request(changes: Readonly<Record<string, string | undefined>> = {}, first = "GET / HTTP/1.1"): string {
  const lines = Object.entries({ ...headers, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[first, ...lines].join("\r\n")}\r\n\r\n`;
}

/** What is asked, and how the answer begins. */
const refused: readonly (readonly [string, string, RegExp])[] = [
  ["no subprotocol", request({ "Sec-WebSocket-Protocol": undefined }), /^HTTP\/1\.1 400 /],
  ["another subprotocol", request({ "Sec-WebSocket-Protocol": "xmpp" }), /^HTTP\/1\.1 400 /],
  ["a subprotocol in capitals", request({ "Sec-WebSocket-Protocol": "SIP" }), /^HTTP\/1\.1 400 /],
  ["a list that is none", request({ "Sec-WebSocket-Protocol": "sip,,@" }), /^HTTP\/1\.1 400 /],
  ["no key", request({ "Sec-WebSocket-Key": undefined }), /^HTTP\/1\.1 400 /],
  ["a key that is none", request({ "Sec-WebSocket-Key": "short" }), /^HTTP\/1\.1 400 /],
  [
    "a version nobody has",
    request({ "Sec-WebSocket-Version": "12" }),
    /^HTTP\/1\.1 400 [\s\S]*Sec-WebSocket-Version: 13/,
  ],
  ["a POST", request({}, "POST / HTTP/1.1"), /^HTTP\/1\.1 405 /],
  ["an upgrade to something else", request({ Upgrade: "h2c" }), /^HTTP\/1\.1 400 /],
  ["a page", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 426 [\s\S]*Upgrade: websocket/],
  [
    "a request with a body that never ends",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
    /^HTTP\/1\.1 426 /,
  ],
  ["SIP without WebSocket", "OPTIONS sip:ours.example SIP/2.0\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["TLS without asking", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", /^HTTP\/1\.1 400 /],
  ["headers without end", `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(5_000)}`, /^HTTP\/1\.1 431 /],
];

for (const [what, text, answer] of refused) {
  test(`${what} is answered in HTTP's words and closed`, () =>
    onWebSocket(systemWebSockets(), async ({ at, served, settled }) => {
      const raw = new Raw(at);
      raw.socket.write(text, "latin1");
      await settled("it is closed", () => raw.isClosed && served[0]?.closes === 1);
      assert.match(raw.text, answer);
      assert.deepEqual(served[0]?.messages, []);
    }));
}

test("the subprotocol may be one of several, the page may come from anywhere, and nothing is compressed", () =>
  onWebSocket(systemWebSockets(), async ({ at, settled }) => {
    const raw = new Raw(at);
    raw.socket.write(
      request({
        "Sec-WebSocket-Protocol": "xmpp, sip",
        Origin: "https://elsewhere.example",
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
      }),
    );
    await settled("it is answered", () => raw.text.endsWith("\r\n\r\n"));
    assert.match(raw.text, /^HTTP\/1\.1 101 /);
    // RFC 6455 §1.3 has this key and this answer.
    assert.match(raw.text, /^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/m);
    assert.match(raw.text, /^Sec-WebSocket-Protocol: sip\r$/m);
    assert.doesNotMatch(raw.text, /Extensions/);
    raw.socket.destroy();
  }));

test("what nobody wants is closed", () =>
  onWebSocket(systemWebSockets(), async ({ at }) => void (await assert.rejects(SystemClient.dial(at))), {
    accept: () => undefined,
  }));

/** A client's frame with the mask 0, 0, 0, 0. */
function frame(first: number, payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload as string, "latin1");
  const length = bytes.length > 125 ? [0x80 | 126, bytes.length >> 8, bytes.length & 255] : [0x80 | bytes.length];
  return Buffer.concat([Buffer.of(first, ...length, 0, 0, 0, 0), bytes]);
}

const [fragment, last, text, binary, ping] = [0x01, 0x80, 0x81, 0x82, 0x89];

/** What breaks RFC 6455, and the close code it is answered with (§7.4.1). */
const broken: readonly (readonly [string, Buffer, number])[] = [
  ["a frame without a mask", Buffer.of(text, 2, 0x68, 0x69), 1002],
  ["a reserved bit", frame(text | 0x40, "hi"), 1002],
  ["an opcode nobody has", frame(0x83, "hi"), 1002],
  ["a control frame in fragments", frame(0x09, "hi"), 1002],
  ["a control frame that is too long", frame(ping, "x".repeat(126)), 1002],
  ["a continuation of nothing", frame(last, "hi"), 1002],
  ["text that is not UTF-8", frame(text, "\xff\xfe"), 1007],
  [
    "more fragments than anybody needs",
    Buffer.concat([frame(0x01, "a"), ...Array(1_100).fill(frame(0x00, "a"))]),
    1008,
  ],
];

for (const [what, bytes, code] of broken) {
  test(`${what} closes the WebSocket`, () =>
    onWebSocket(systemWebSockets(), async ({ at, served, settled }) => {
      const raw = new Raw(at);
      raw.socket.write(request());
      raw.socket.write(bytes);
      await settled("the close frame comes", () => raw.frames.length >= 4);
      assert.deepEqual([...raw.frames.subarray(0, 4)], [0x88, 2, code >> 8, code & 255]);
      raw.socket.end();
      await settled("it is over", () => served[0]?.closes === 1);
      assert.equal(served[0]?.why?.code, "remote-link-lost");
      assert.deepEqual(served[0]?.messages, []);
    }));
}

test("fragments are one message, with a ping between them, whoever splits the bytes", () =>
  onWebSocket(systemWebSockets(), async ({ at, served, settled }) => {
    const raw = new Raw(at);
    raw.socket.setNoDelay(true);
    const bytes = Buffer.concat([
      Buffer.from(request()),
      frame(fragment, "MESSAGE "),
      frame(ping, "alive?"),
      frame(0x00, "sip:bob@ours"),
      frame(last, ".example"),
      frame(binary, "\xff\x00"),
    ]);
    for (const byte of bytes) {
      raw.socket.write(Buffer.of(byte));
      await new Promise((next) => setImmediate(next));
    }
    await settled("both have come", () => served[0]?.messages.length === 2);
    assert.equal(served[0]?.messages[0], "MESSAGE sip:bob@ours.example");
    await settled("the pong comes", () => raw.frames.length >= 8);
    assert.equal(raw.frames.toString(), "\x8a\x06alive?".replace("\x8a", "\ufffd"));
    raw.socket.destroy();
  }));

test("what is UTF-8 leaves as text, what is not as binary; one turn's messages leave together", () =>
  onWebSocket(systemWebSockets(), async ({ joined, settled }) => {
    const { client, server } = await joined();
    server.connection.writeText("é");
    server.connection.write(Uint8Array.of(0xff, 0xfe));
    server.connection.write(Uint8Array.of(0x61));
    assert.equal(server.connection.queuedBytes, 5 + 3 * 2);
    await settled("all have come", () => client.messages.length === 3);
    assert.deepEqual((client as SystemClient).kinds, ["text", "binary", "text"]);
  }));

test("messages that came with the close in one piece are heard before it, however long their hearer pauses", () =>
  onWebSocket(systemWebSockets(), async ({ at, served, settled }) => {
    const raw = new Raw(at);
    raw.socket.write(request());
    await settled("the handshake is done", () => raw.text.includes("101"));
    const [server = assert.fail()] = served;
    server.onMessage = () => server.connection.pause();
    raw.socket.write(Buffer.concat([frame(text, "one"), frame(text, "two"), frame(0x88, "\x03\xe8")]));
    await settled("it is closed for the client", () => raw.isClosed);
    assert.deepEqual([server.messages, server.closes], [["one"], 0]);
    server.connection.resume();
    await settled("the other comes", () => server.messages.length === 2);
    assert.equal(server.closes, 0);
    server.connection.resume();
    await settled("it is over", () => server.closes === 1);
    assert.equal(server.why, undefined);
  }));

test("a flood of pings by somebody who reads nothing is no burden", () =>
  onWebSocket(systemWebSockets(), async ({ at, served, settled, time }) => {
    const raw = new Raw(at);
    raw.socket.write(request());
    await settled("the handshake is done", () => raw.text.includes("101"));
    raw.socket.pause();
    const many = Buffer.concat(Array(1_000).fill(frame(ping, "x".repeat(125))));
    for (let n = 0; n < 1_000 && served[0]?.closes === 0; n++) {
      raw.socket.write(many);
      await time.until(new Promise((next) => setImmediate(next)));
    }
    await settled("it is cut off", () => served[0]?.closes === 1);
    raw.socket.destroy();
  }));

test("who does not shake hands in time is closed", () => {
  const network = systemNetwork(systemClock(), { handshakeMs: 50, pingMs: 60_000 });
  return onWebSocket(systemWebSockets({ ...systemPair(), two: network }), async ({ at, served, settled }) => {
    const silent = new Raw(at);
    const slow = new Raw(at);
    slow.socket.write("GET / HTTP/1.1\r\nHost: ");
    const quick = await SystemClient.dial(at);
    await settled("both are closed", () => silent.isClosed && slow.isClosed);
    assert.deepEqual(served.map(({ why }) => why?.detail).sort(), [
      "no WebSocket handshake in time",
      "no WebSocket handshake in time",
      undefined,
    ]);
    assert.equal(quick.isClosed, false);
    quick.close();
  });
});

test("silence is asked about: who answers stays, who does not is given up", () => {
  const network = systemNetwork(systemClock(), { handshakeMs: 10_000, pingMs: 40 });
  return onWebSocket(systemWebSockets({ ...systemPair(), two: network }), async ({ at, served, settled }) => {
    const dead = new Raw(at);
    dead.socket.write(request());
    await settled("it is open", () => dead.text.includes("101"));
    const living = await SystemClient.dial(at);
    let pings = 0;
    living.socket.on("ping", () => pings++);
    await settled("the dead one is closed", () => dead.isClosed);
    await settled("the living one has been asked more than once", () => pings > 2);
    assert.equal(served[0]?.why?.detail, "no pong");
    assert.equal(living.isClosed, false);
    living.close();
  });
});

test("over TLS: the facts come first, then messages", async () => {
  const authority = await makeAuthority("Test CA");
  const issued = await makeServer("ours.example", authority);
  const pair = systemWebSockets();
  const credentials = credentialsOn(pair.two, { certificate: issued.pem, key: await keyPem(issued.key) });
  const tls: SecureOptions & { role: "server" } = {
    role: "server",
    credentialsFor: () => credentials,
    askCertificate: false,
    versionMin: "TLSv1.2",
  };
  const body = async ({ at, served, settled, joined }: SystemGiven) => {
    const { client, server } = await joined();
    client.send("x".repeat(40_000));
    server.connection.writeText("hello");
    await settled("both come", () => server.messages.length === 1 && client.messages.length === 1);
    assert.equal(server.facts?.protocol, "TLSv1.3");
    assert.equal(server.connection.tls, server.facts);
    const clear = new Raw(at);
    clear.socket.write(request());
    await settled("who speaks in the clear is closed", () => clear.isClosed && served[1]?.closes === 1);
    assert.equal(served[1]?.why?.code, "tls-failed");
    assert.doesNotMatch(clear.text, /HTTP/);
  };
  await onWebSocket({ ...pair, dial: (at) => SystemClient.dial(at, true) }, body, { tls });
});
