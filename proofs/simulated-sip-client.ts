import { limitsWith } from "../src/base/limits.ts";
import type { Connection, DatagramSocket, Endpoint } from "../src/base/network.ts";
import type { World } from "../src/base/world.ts";
import { SipFramer } from "../src/sip/framer.ts";
import { parseMessage, type SipMessage } from "../src/sip/message.ts";
import * as tx from "../src/sip/non-invite-client-tx.ts";
import { responseBytes } from "../src/sip/response.ts";
import { type Link, reliableLink, unreliableLink } from "../src/sip/timers.ts";
import { nonceOf, proofFor } from "./sip-proof.ts";

const limits = limitsWith();

/** What a device does about a request: answers so, after so long; undefined: never. */
export type Reaction = { readonly status: number; readonly afterMs: number } | undefined;

/** A request that came: when it first did, and when it was first answered with a 2xx; Infinity: never. */
export type Heard = { readonly message: SipMessage; readonly atMs: number; takenMs: number };

export type SimulatedSipOptions = {
  readonly user: string;
  readonly transport: "udp" | "tcp";
  readonly server: Endpoint;
  /** What becomes of a request that has come for the first time. */
  readonly react?: (request: SipMessage) => Reaction;
};

/** One request of its own, from the first word to the last. */
type Ask = {
  readonly bytes: Buffer;
  readonly link: Link;
  readonly done: (status: number, answer: SipMessage | undefined) => void;
  state: tx.State;
  readonly due: Map<tx.Timer, number>;
};

/** What to send beside what every request has. */
export type Extra = {
  readonly uri: string;
  readonly callId?: string;
  readonly to?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
};

/** A SIP client in a simulated world: real transactions over UDP or TCP, digest, and answers as it is told to give them. */
export class SimulatedSipClient {
  readonly user: string;
  readonly transport: "udp" | "tcp";
  readonly local: Endpoint;
  /** Requests that came, once each however often they came. */
  readonly heard: Heard[] = [];
  /** Final answers to one request of ours that differed from the first: there may be none. */
  readonly contradictions: string[] = [];
  /** The connection is gone, or it has been unplugged. */
  over = false;
  /** Nothing of what comes reaches it. */
  deaf = false;
  react: (request: SipMessage) => Reaction;
  readonly #world: World;
  readonly #server: Endpoint;
  readonly #name: string;
  #socket: DatagramSocket | undefined;
  #connection: Connection | undefined;
  readonly #asks = new Map<string, Ask>();
  /** The final status each request of ours was answered with first, by branch. */
  readonly #finals = new Map<string, number>();
  readonly #answers = new Map<string, Buffer | undefined>();
  #challenge: SipMessage | undefined;
  #uses = 0;
  #count = 0;

  private constructor(world: World, options: SimulatedSipOptions, local: Endpoint) {
    this.#world = world;
    this.user = options.user;
    this.transport = options.transport;
    this.local = local;
    this.#server = options.server;
    this.react = options.react ?? (() => ({ status: 200, afterMs: 0 }));
    this.#name = `${options.user}${world.random.id().slice(0, 8)}`;
  }

  /** Connects, or opens its socket; undefined when nothing answers. */
  static async open(
    world: World,
    options: SimulatedSipOptions,
    address: string,
  ): Promise<SimulatedSipClient | undefined> {
    if (options.transport === "tcp") {
      const reached = await world.network.connect({ ...options.server, localAddress: address, timeoutMs: 5_000 });
      if (!reached.ok) return undefined;
      const client = new SimulatedSipClient(world, options, reached.value.local);
      client.#follow(reached.value);
      return client;
    }
    let client: SimulatedSipClient | undefined;
    const handler = {
      onDatagram: (bytes: Uint8Array) => {
        if (client !== undefined) client.#datagram(bytes);
      },
    };
    const opened = await world.network.datagrams({ address, port: 0, handler });
    if (!opened.ok) return undefined;
    client = new SimulatedSipClient(world, options, opened.value.at);
    client.#socket = opened.value;
    return client;
  }

  get contact(): string {
    const { address, port } = this.local;
    return `<sip:${this.user}@${address}:${port};transport=${this.transport}>`;
  }

  /** From now on it says and hears nothing. Over TCP the other side learns of it. */
  unplug(): void {
    this.over = true;
    this.#connection?.destroy();
    void this.#socket?.close();
  }

  /** Answers the final status: 408 when none came, 503 when the connection was lost. A challenge is met. */
  async asks(
    method: string,
    extra: Extra,
  ): Promise<{ readonly status: number; readonly answer: SipMessage | undefined }> {
    for (let attempt = 0; ; attempt++) {
      const { status, answer } = await this.#ask(method, extra);
      if ((status !== 401 && status !== 407) || attempt === 2) return { status, answer };
      this.#challenge = answer;
      this.#uses = 0;
    }
  }

  /** `parameters`: of the Contact. */
  async registers(seconds: number, parameters = ""): Promise<number> {
    const headers = [`Contact: ${this.contact}${parameters}`, `Expires: ${seconds}`, "Supported: outbound, path"];
    const to = `<sip:${this.user}@ours.example>`;
    return (await this.asks("REGISTER", { uri: "sip:ours.example", to, callId: `${this.#name}r`, headers })).status;
  }

  /** Every registration of the person ends. */
  async leaves(): Promise<number> {
    const to = `<sip:${this.user}@ours.example>`;
    const headers = ["Contact: *", "Expires: 0"];
    return (await this.asks("REGISTER", { uri: "sip:ours.example", to, headers })).status;
  }

  async tells(user: string, text: string): Promise<number> {
    const headers = ["Content-Type: text/plain"];
    return (await this.asks("MESSAGE", { uri: `sip:${user}@ours.example`, headers, body: text })).status;
  }

  #ask(method: string, extra: Extra): Promise<{ status: number; answer: SipMessage | undefined }> {
    return new Promise((resolve) => {
      const branch = `z9hG4bK${this.#name}${++this.#count}`;
      const link = this.transport === "udp" ? unreliableLink : reliableLink;
      const begun = tx.begin(link);
      const ask: Ask = {
        bytes: this.#bytes(method, branch, extra),
        link,
        done: (status, answer) => resolve({ status, answer }),
        state: begun.next,
        due: new Map(),
      };
      this.#asks.set(branch, ask);
      this.#carryOut(branch, ask, begun.effects, undefined);
      if (this.over) this.#on(branch, { kind: "transport-failed" }, undefined);
    });
  }

  #bytes(method: string, branch: string, { uri, callId, to, headers = [], body = "" }: Extra): Buffer {
    const { address, port } = this.local;
    // One nonce serves both kinds of challenge.
    const header = method === "REGISTER" ? "Authorization" : "Proxy-Authorization";
    const prove = () => proofFor(this.#challenge, { user: this.user, method, uri, count: ++this.#uses });
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/${this.transport.toUpperCase()} ${address}:${port};rport;branch=${branch}`,
      "Max-Forwards: 70",
      `From: <sip:${this.user}@ours.example>;tag=${this.#name}`,
      `To: ${to ?? `<${uri}>`}`,
      `Call-ID: ${callId ?? branch}`,
      `CSeq: ${this.#count} ${method}`,
      ...headers,
      // Room for the answer: over UDP it is not much larger than what was asked.
      `User-Agent: ${"-".repeat(120)}`,
      ...(nonceOf(this.#challenge) === "" ? [] : [`${header}: ${prove()}`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ];
    return Buffer.from(lines.join("\r\n"));
  }

  #on(branch: string, event: tx.Event, answer: SipMessage | undefined): void {
    const ask = this.#asks.get(branch);
    if (ask === undefined) return;
    const taken = tx.on(ask.state, event, ask.link);
    ask.state = taken.next;
    this.#carryOut(branch, ask, taken.effects, answer);
  }

  #carryOut(branch: string, ask: Ask, effects: readonly tx.Effect[], answer: SipMessage | undefined): void {
    for (const effect of effects) {
      if (effect.kind === "send") this.#send(ask.bytes);
      else if (effect.kind === "start") {
        const { timer, ms } = effect;
        const atMs = this.#world.clock.monotonicMs() + ms;
        ask.due.set(timer, atMs);
        this.#world.clock.after(ms, () => {
          if (ask.due.get(timer) === atMs) this.#on(branch, { kind: "timer", timer }, undefined);
        });
      } else if (effect.kind === "fail") ask.done(effect.why === "timeout" ? 408 : 503, undefined);
      else if (answer !== undefined && answer.status >= 200) ask.done(answer.status, answer);
    }
    if (ask.state.at === "terminated") {
      this.#asks.delete(branch);
      ask.due.clear();
    }
  }

  #follow(connection: Connection): void {
    this.#connection = connection;
    const framer = new SipFramer(
      {
        onMessage: (message) => {
          this.#take(message);
          return true;
        },
        onMalformed: () => true,
        onKeepAlive: () => {},
      },
      limits,
    );
    connection.handler = {
      onData: (bytes) => void framer.push(bytes),
      onSecure() {},
      onDrain() {},
      onEnd: () => connection.end(),
      onClose: () => {
        this.over = true;
        for (const branch of [...this.#asks.keys()]) this.#on(branch, { kind: "transport-failed" }, undefined);
      },
    };
  }

  #datagram(bytes: Uint8Array): void {
    const read = parseMessage(Buffer.from(bytes), limits);
    if (read.ok) this.#take(read.value);
  }

  #take(message: SipMessage): void {
    if (this.over || this.deaf) return;
    const branch = message.via?.branch ?? "";
    if (message.isRequest) {
      this.#requested(message, `${branch} ${message.method}`);
      return;
    }
    if (message.status >= 200) {
      const first = this.#finals.get(branch);
      if (first === undefined) this.#finals.set(branch, message.status);
      else if (first !== message.status) this.contradictions.push(`${message.method} ${first}, ${message.status}`);
    }
    this.#on(branch, { kind: "response", status: message.status }, message);
  }

  #requested(request: SipMessage, key: string): void {
    if (this.#answers.has(key)) {
      const answer = this.#answers.get(key);
      if (answer !== undefined) this.#send(answer);
      return;
    }
    this.#answers.set(key, undefined);
    const heard = { message: request, atMs: this.#world.clock.monotonicMs(), takenMs: Number.POSITIVE_INFINITY };
    this.heard.push(heard);
    const reaction = this.react(request);
    if (reaction === undefined) return;
    this.#world.clock.after(reaction.afterMs, () => {
      const answer = responseBytes(request, reaction.status, { toTag: this.#name }, this.#server);
      this.#answers.set(key, answer);
      if (reaction.status < 300 && !this.over) heard.takenMs = this.#world.clock.monotonicMs();
      this.#send(answer);
    });
  }

  #send(bytes: Buffer): void {
    if (this.over) return;
    if (this.#connection !== undefined) this.#connection.write(Uint8Array.from(bytes));
    else this.#socket?.send(Uint8Array.from(bytes), this.#server);
  }
}
