import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers";
import { connect as tlsConnect } from "node:tls";
import { limitsWith } from "../src/base/limits.ts";
import { SipFramer } from "../src/sip/framer.ts";
import { parseMessage, type SipMessage } from "../src/sip/message.ts";
import { responseBytes } from "../src/sip/response.ts";
import type { Script } from "./player.ts";

const patienceMs = 3_000;
const limits = limitsWith({ sipMessageBytesMax: 1e7 });

export type SipTransport = "udp" | "tcp" | "tls";

export type SipPlayerOptions = {
  readonly user: string;
  readonly transport: SipTransport;
  readonly port: number;
  readonly script: Script;
  /** What it shows in a TLS handshake, as PEM. */
  readonly identity?: { readonly cert: string; readonly key: string } | undefined;
};

/** What a request has beside what every request of a player has. */
export type Extra = {
  readonly uri?: string;
  readonly to?: string;
  readonly from?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  readonly callId?: string;
  readonly cseq?: number;
  readonly contact?: boolean;
};

/** A SIP client in a play: says requests with digest, answers what comes with 200, and waits for what must come. */
export class SipPlayer {
  readonly user: string;
  readonly aor: string;
  readonly transport: SipTransport;
  /** Its own port. */
  port = 0;
  /** How it proves itself (RFC 8760). */
  algorithm: "MD5" | "SHA-256" = "MD5";
  /** What requests are answered with; 0: not at all. */
  answer: number | ((request: SipMessage) => number) = 200;
  /** Told of each message that comes, as it comes. */
  onHeard: (message: SipMessage) => void = () => {};
  readonly #script: Script;
  readonly #serverPort: number;
  readonly #identity: SipPlayerOptions["identity"];
  readonly #heard: SipMessage[] = [];
  #udp: UdpSocket | undefined;
  #stream: Socket | undefined;
  #wake: () => void = () => {};
  #count = 0;
  #nonce:
    | { readonly header: "Authorization" | "Proxy-Authorization"; readonly realm: string; readonly nonce: string }
    | undefined;
  #nc = 0;
  #shared = false;

  constructor({ user, transport, port, script, identity }: SipPlayerOptions) {
    this.#identity = identity;
    this.user = user;
    this.aor = `sip:${user}@ours.example`;
    this.transport = transport;
    this.#serverPort = port;
    this.#script = script;
  }

  async opens(): Promise<this> {
    if (this.transport === "udp") {
      this.#udp = createSocket("udp4");
      this.#udp.on("message", (bytes, from) => {
        const read = parseMessage(bytes, limits);
        if (read.ok) this.#hear(read.value, from);
      });
      this.#udp.bind(0, "127.0.0.1");
      await once(this.#udp, "listening");
      this.port = this.#udp.address().port;
      return this;
    }
    const plain = connect({ host: "127.0.0.1", port: this.#serverPort });
    await once(plain, "connect");
    this.port = plain.localPort ?? 0;
    this.#stream = plain;
    if (this.transport === "tls") {
      const secured = tlsConnect({
        socket: plain,
        rejectUnauthorized: false,
        servername: "ours.example",
        ...this.#identity,
      });
      await once(secured, "secureConnect");
      this.#stream = secured;
    }
    this.#stream.on("error", () => {});
    this.#listen(this.#stream);
    return this;
  }

  #listen(stream: Socket): void {
    const from = { address: "127.0.0.1", port: this.#serverPort };
    const framer = new SipFramer(
      {
        onMessage: (message) => {
          this.#hear(message, from);
          return true;
        },
        onKeepAlive: () => {},
        onMalformed: () => true,
      },
      limits,
    );
    stream.on("data", (bytes: Buffer) => void framer.push(bytes));
  }

  close(): void {
    this.#udp?.close();
    this.#udp = undefined;
    this.#stream?.destroy();
  }

  /** Reads nothing more; the connection stays. */
  stops(): void {
    this.#stream?.pause();
  }

  /** Bytes said that the system has not taken. */
  get waiting(): number {
    return this.#stream?.writableLength ?? 0;
  }

  says(bytes: string | Uint8Array): void {
    const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8");
    this.#script.push(`${this.user}/${this.transport} > ${text.slice(0, 1_500).trim()}`);
    if (this.#udp !== undefined) this.#udp.send(bytes, this.#serverPort, "127.0.0.1");
    else this.#stream?.write(bytes);
  }

  /** Another account of the same client: on the same connection, each hears what is its own. */
  joins(other: SipPlayer): this {
    assert.ok(other.#stream);
    this.#stream = other.#stream;
    this.port = other.port;
    this.#shared = true;
    other.#shared = true;
    this.#listen(this.#stream);
    return this;
  }

  /** A request as it stands on the wire, with what proves us if we know how. */
  request(method: string, extra: Extra = {}): Buffer {
    const number = extra.cseq ?? ++this.#count;
    const uri = extra.uri ?? "sip:ours.example";
    const via = this.transport.toUpperCase();
    const body = Buffer.from(extra.body ?? "");
    const contact =
      extra.contact === false ? [] : [`Contact: <sip:${this.user}@127.0.0.1:${this.port};transport=${this.transport}>`];
    const head = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/${via} 127.0.0.1:${this.port};rport;branch=z9hG4bK${this.user}${this.port}${method}${number}${++this.#nc}`,
      "Max-Forwards: 70",
      extra.from ?? `From: <${this.aor}>;tag=t${this.port}`,
      extra.to ?? `To: <${extra.uri ?? this.aor}>`,
      `Call-ID: ${extra.callId ?? `c${this.port}${method}`}`,
      `CSeq: ${number} ${method}`,
      ...contact,
      ...(extra.headers ?? []),
      ...this.#proof(method, uri),
      `Content-Length: ${body.length}`,
      "\r\n",
    ].join("\r\n");
    return Buffer.concat([Buffer.from(head), body]);
  }

  /** Sends a request and gives its final answer; a challenge is met. */
  async asks(method: string, extra: Extra = {}): Promise<SipMessage> {
    this.says(this.request(method, extra));
    const first = await this.answered(method);
    if (first.status !== 401 && first.status !== 407) return first;
    this.#learn(first);
    this.says(this.request(method, extra));
    return this.answered(method);
  }

  /** The final answer to the request of that method that comes next. */
  async answered(method: string): Promise<SipMessage> {
    return this.#next((message) => !message.isRequest && message.method === method && message.status >= 200, method);
  }

  async registers(seconds = 600, ...headers: readonly string[]): Promise<SipMessage> {
    const answer = await this.asks("REGISTER", {
      to: `To: <${this.aor}>`,
      headers: [`Expires: ${seconds}`, ...headers],
    });
    assert.equal(answer.status, 200, this.conversation());
    return answer;
  }

  /** Sends a text to somebody and gives the final answer's status. */
  async tells(to: string, text: string, type = "text/plain;charset=UTF-8"): Promise<number> {
    const uri = `sip:${to}`;
    const answer = await this.asks("MESSAGE", { uri, headers: [`Content-Type: ${type}`], body: text, contact: false });
    return answer.status;
  }

  /** The request of that method that comes next. */
  async hears(method: string): Promise<SipMessage> {
    return this.#next((message) => message.isRequest && message.method === method, method);
  }

  /** The text of the MESSAGE that comes next. */
  async reads(): Promise<string> {
    return (await this.hears("MESSAGE")).body.toString("utf8");
  }

  /** Nothing of that method is waiting after a while. */
  async hearsNothing(method: string, ms = 300): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const found = this.#heard.find((message) => message.isRequest && message.method === method);
    assert.equal(found, undefined, this.conversation());
  }

  /** Answers a request, as `answer` does by itself. */
  answers(request: SipMessage, status: number, to = { address: "127.0.0.1", port: this.#serverPort }): void {
    const bytes = responseBytes(request, status, { toTag: `a${this.port}` }, to);
    if (this.#udp !== undefined) this.#udp.send(bytes, to.port, to.address);
    else this.#stream?.write(bytes);
  }

  conversation(): string {
    return this.#script.slice(-40).join("\n\n");
  }

  #proof(method: string, uri: string): readonly string[] {
    if (this.#nonce === undefined) return [];
    const { header, realm, nonce } = this.#nonce;
    const nc = (++this.#nc).toString(16).padStart(8, "0");
    const kind = this.algorithm === "MD5" ? "md5" : "sha256";
    const ha1 = hash(kind, `${this.user}:${realm}:secret`);
    const ha2 = hash(kind, `${method}:${uri}`);
    const response = hash(kind, `${ha1}:${nonce}:${nc}:cafe:auth:${ha2}`);
    return [
      `${header}: Digest username="${this.user}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
        `response="${response}", algorithm=${this.algorithm}, qop=auth, nc=${nc}, cnonce="cafe"`,
    ];
  }

  #learn(challenge: SipMessage): void {
    const www = challenge.header("www-authenticate");
    const text = www ?? challenge.header("proxy-authenticate") ?? "";
    const [, realm = ""] = /realm="([^"]*)"/.exec(text) ?? [];
    const [, nonce = ""] = /nonce="([^"]*)"/.exec(text) ?? [];
    this.#nonce = { header: www === undefined ? "Proxy-Authorization" : "Authorization", realm, nonce };
  }

  #hear(message: SipMessage, from: { readonly address: string; readonly port: number }): void {
    if (this.#shared && (message.isRequest ? message.to : message.from)?.uri !== this.aor) return;
    this.#script.push(`${this.user}/${this.transport} < ${message.bytes.toString("utf8").slice(0, 1_500).trim()}`);
    this.#heard.push(message);
    this.onHeard(message);
    if (message.isRequest && message.method !== "ACK") {
      const status = typeof this.answer === "number" ? this.answer : this.answer(message);
      if (status > 0) this.answers(message, status, from);
    }
    this.#wake();
  }

  async #next(fits: (message: SipMessage) => boolean, what: string): Promise<SipMessage> {
    const late = Date.now() + patienceMs;
    for (;;) {
      const at = this.#heard.findIndex(fits);
      if (at >= 0) return this.#heard.splice(at, 1)[0] as SipMessage;
      const left = late - Date.now();
      assert.ok(left > 0, `${this.user} waits for ${what}\n\n${this.conversation()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          globalThis.clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
