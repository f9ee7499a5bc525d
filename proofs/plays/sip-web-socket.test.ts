import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { limitsWith } from "../../src/base/limits.ts";
import { parseMessage, type SipMessage } from "../../src/sip/message.ts";
import { responseBytes } from "../../src/sip/response.ts";
import { setStage } from "../play-stage.ts";
import { proofFor } from "../sip-proof.ts";

const limits = limitsWith();

/** A SIP client in a browser (RFC 7118): each message is one WebSocket message, and nobody can connect to it. */
class BrowserClient {
  readonly user: string;
  readonly #socket: WebSocket;
  readonly #heard: SipMessage[] = [];
  #wake: () => void = () => {};
  #count = 0;

  constructor(t: TestContext, user: string, url: string) {
    this.user = user;
    this.#socket = new WebSocket(url, "sip", { rejectUnauthorized: false });
    t.after(() => this.#socket.terminate());
    this.#socket.on("message", (data) => {
      const read = parseMessage(data as Buffer, limits);
      assert.ok(read.ok);
      this.#heard.push(read.value);
      const { value } = read;
      if (value.isRequest)
        this.#socket.send(responseBytes(value, 200, { toTag: "b" }, { address: "127.0.0.1", port: 1 }));
      this.#wake();
    });
  }

  async opens(): Promise<this> {
    await once(this.#socket, "open");
    return this;
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Asks, with what proves it when that is wanted. */
  async asks(method: string, uri: string, lines: readonly string[], body = ""): Promise<SipMessage> {
    const first = await this.#ask(method, uri, lines, body);
    if (first.status !== 401 && first.status !== 407) return first;
    const header = first.status === 401 ? "Authorization" : "Proxy-Authorization";
    return this.#ask(method, uri, [...lines, `${header}: ${proofFor(first, { user: this.user, method, uri })}`], body);
  }

  async hears(method: string): Promise<SipMessage> {
    return this.#next((message) => message.isRequest && message.method === method);
  }

  #ask(method: string, uri: string, lines: readonly string[], body: string): Promise<SipMessage> {
    const number = ++this.#count;
    const head = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK${this.user}${number}`,
      "Max-Forwards: 70",
      `From: <sip:${this.user}@ours.example>;tag=w`,
      `To: <${method === "REGISTER" ? `sip:${this.user}@ours.example` : uri}>`,
      `Call-ID: ws-${this.user}-${number}`,
      `CSeq: ${number} ${method}`,
      ...lines,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    this.#socket.send(`${head.join("\r\n")}\r\n\r\n${body}`);
    return this.#next((message) => !message.isRequest && message.cseq?.number === number);
  }

  async #next(fits: (message: SipMessage) => boolean): Promise<SipMessage> {
    const signal = AbortSignal.timeout(3_000);
    for (;;) {
      const at = this.#heard.findIndex(fits);
      if (at >= 0) return this.#heard.splice(at, 1)[0] as SipMessage;
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    }
  }
}

for (const kind of ["sip-ws", "sip-wss"] as const) {
  test(`RFC 7118 over ${kind}: registered, watched, written to, and gone with its connection`, async (t) => {
    const stage = await setStage(t, { presence: { autoAuthorise: "local" } });
    const listening = await stage.listens(kind);
    const scheme = kind === "sip-ws" ? "ws" : "wss";
    const alice = await new BrowserClient(t, "alice", `${scheme}://127.0.0.1:${listening}/`).opens();
    const contact =
      'Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"';
    const registered = await alice.asks("REGISTER", "sip:ours.example", [
      contact,
      "Supported: path, outbound",
      "Expires: 600",
    ]);
    assert.equal(registered.status, 200);
    assert.match(registered.header("require") ?? "", /outbound/);
    const bob = await stage.sipPerson("bob", "tcp");
    assert.equal(await bob.tells("alice@ours.example", "to the browser"), 200);
    assert.equal((await alice.hears("MESSAGE")).body.toString("utf8"), "to the browser");
    const said = await alice.asks("MESSAGE", "sip:bob@ours.example", ["Content-Type: text/plain"], "from the browser");
    assert.equal(said.status, 200);
    assert.equal(await bob.reads(), "from the browser");
    const watched = await alice.asks("SUBSCRIBE", "sip:bob@ours.example", [
      "Event: presence",
      "Expires: 600",
      "Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws>",
    ]);
    assert.equal(watched.status, 200);
    assert.match((await alice.hears("NOTIFY")).body.toString("utf8"), /<basic>open<\/basic>/);
    assert.equal(stage.node.counts.sip.bindings, 2);
    alice.close();
    for (let tries = 0; stage.node.counts.sip.bindings > 1 && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(await bob.tells("alice@ours.example", "later"), 202);
  });
}
