import assert from "node:assert/strict";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers";
import { connect as tlsConnect } from "node:tls";
import { limitsWith } from "../src/base/limits.ts";
import { SipFramer } from "../src/sip/framer.ts";
import { readMessage, type SipMessage } from "../src/sip/message.ts";
import type { SipTransport } from "./sip-player.ts";

const patienceMs = 5_000;
const limits = limitsWith({ sipMessageBytesMax: 1e7, sipHeadBytesMax: 1e6, sipHeadersMax: 20_000, sipViasMax: 20_000 });

/** What a request has beside what every request of a stranger has; undefined leaves a line out. */
export type Lines = Readonly<Record<string, string | undefined>>;

/** Somebody whose SIP means no good: says bytes as they are, and keeps whatever comes back, unanswered. */
export class SipStranger {
  readonly transport: SipTransport;
  /** Everything that has come, requests too. */
  readonly heard: SipMessage[] = [];
  /** Datagrams that came, and their bytes. */
  datagrams = 0;
  bytes = 0;
  /** The node has closed the connection. */
  closed = false;
  port = 0;
  readonly #serverPort: number;
  readonly #address: string;
  #udp: UdpSocket | undefined;
  #stream: Socket | undefined;
  #count = 0;
  #wake: () => void = () => {};

  /** `serverPort`: the node's; `address`: where it comes from, some address of loopback. */
  constructor(transport: SipTransport, serverPort: number, address: string) {
    this.transport = transport;
    this.#serverPort = serverPort;
    this.#address = address;
  }

  /** Undefined over UDP. */
  get stream(): Socket | undefined {
    return this.#stream;
  }

  close(): void {
    this.#udp?.close();
    this.#udp = undefined;
    this.#stream?.destroy();
  }

  says(bytes: string | Uint8Array): void {
    if (this.#udp !== undefined) this.#udp.send(bytes, this.#serverPort, "127.0.0.1");
    else this.#stream?.write(bytes);
  }

  /** A request without anything wrong, but for what `lines` has otherwise. `body` brings its Content-Length. */
  request(method: string, lines: Lines = {}, body = ""): string {
    const number = ++this.#count;
    const all: Record<string, string | undefined> = {
      uri: "sip:alice@ours.example",
      Via: `SIP/2.0/${this.transport.toUpperCase()} ${this.#address}:${this.port};rport;branch=z9hG4bK${this.port}n${number}`,
      "Max-Forwards": "70",
      From: "<sip:alice@ours.example>;tag=stranger",
      To: "<sip:alice@ours.example>",
      "Call-ID": `stranger-${this.port}-${number}`,
      CSeq: `${number} ${method}`,
      Contact: `<sip:alice@${this.#address}:${this.port}>`,
      "Content-Length": `${Buffer.byteLength(body)}`,
      ...lines,
    };
    let text = `${method} ${all.uri} SIP/2.0\r\n`;
    for (const [name, value] of Object.entries(all)) {
      if (name !== "uri" && value !== undefined) text += `${name}: ${value}\r\n`;
    }
    return `${text}\r\n${body}`;
  }

  /**
   * What has come since the last call. What a node answers, it answers in order, so everything has come when a request after
   * it is answered, or when the connection is closed.
   */
  async settles(): Promise<readonly SipMessage[]> {
    const callId = `fence-${this.port}-${++this.#count}`;
    if (!this.closed) {
      // With room for the answer: over UDP it may not be much larger.
      this.says(this.request("OPTIONS", { "Call-ID": callId, Subject: "-".repeat(400) }));
    }
    await this.#until(() => this.closed || this.heard.some((message) => message.callId === callId));
    const found = this.heard.splice(0).filter((message) => message.callId !== callId);
    if (!this.closed && this.#udp !== undefined) this.datagrams--;
    return found;
  }

  /** The same when what was said last is to be the end of the connection. */
  async isTurnedAway(): Promise<readonly SipMessage[]> {
    await this.#until(() => this.closed);
    return this.heard.splice(0);
  }

  /** As soon as so many messages have come. */
  async hears(count: number): Promise<readonly SipMessage[]> {
    await this.#until(() => this.closed || this.heard.length >= count);
    return this.heard.splice(0);
  }

  async opens(): Promise<this> {
    if (this.transport === "udp") {
      const udp = createSocket("udp4");
      this.#udp = udp;
      udp.on("message", (bytes) => {
        this.datagrams++;
        this.bytes += bytes.length;
        // An answer copies what was wrong in a request.
        const { message } = readMessage(bytes, limits);
        assert.ok(message, `the node said what is no SIP: ${bytes.toString("latin1")}`);
        this.#hear(message);
      });
      udp.bind(0, this.#address);
      await once(udp, "listening");
      this.port = udp.address().port;
      return this;
    }
    const plain = connect({ host: "127.0.0.1", port: this.#serverPort, localAddress: this.#address });
    // It may be gone before it is there: that is what some of them are about.
    plain.on("error", () => {});
    await Promise.race([once(plain, "connect"), once(plain, "close")]);
    this.port = plain.localPort ?? 0;
    let stream: Socket = plain;
    if (this.transport === "tls") {
      stream = tlsConnect({ socket: plain, rejectUnauthorized: false, servername: "ours.example" });
      stream.on("error", () => {});
      await Promise.race([once(stream, "secureConnect"), once(stream, "close")]);
    }
    this.#stream = stream;
    const framer = new SipFramer(
      {
        onMessage: (message) => {
          this.#hear(message);
          return true;
        },
        onKeepAlive: () => {},
        onMalformed: (why, message) => {
          assert.ok(message, `the node said what is no SIP: ${why.detail}`);
          this.#hear(message);
          return true;
        },
      },
      limits,
    );
    stream.on("data", (bytes) => {
      this.bytes += bytes.length;
      framer.push(bytes);
    });
    stream.on("close", () => {
      this.closed = true;
      this.#wake();
    });
    if (stream.destroyed) this.closed = true;
    return this;
  }

  #hear(message: SipMessage): void {
    this.heard.push(message);
    this.#wake();
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done()) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = setTimeout(() => reject(new Error(`${this.transport}: nothing came in time`)), patienceMs);
      this.#wake = resolve;
      await promise.finally(() => globalThis.clearTimeout(late));
    }
  }
}
