import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../src/base/bytes.ts";
import type { Fault } from "../src/base/fault.ts";
import type { Connection, ConnectionHandler, Endpoint, ListenOptions, TlsFacts } from "../src/base/network.ts";
import type { NetworkPair } from "./network-contract.ts";
import { eventually, pass, turnEnds } from "./time.ts";

/** The client's end of a WebSocket, whoever made it. */
export interface Client {
  readonly messages: readonly string[];
  readonly isClosed: boolean;
  send(text: string): void;
  /** Reads no more, and on again. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Two hosts, and how one comes by a WebSocket of the other. */
export type WebSocketPair = NetworkPair & { dial(at: Endpoint): Promise<Client> };

/** The server's end, and what it has heard. */
export class Served implements ConnectionHandler {
  readonly connection: Connection;
  readonly messages: string[] = [];
  facts: TlsFacts | undefined;
  closes = 0;
  drains = 0;
  why: Fault | undefined;
  onMessage: (text: string) => void = () => {};
  #inCall = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  onData(bytes: Uint8Array): void {
    assert.equal(this.closes, 0, "nothing comes after the close");
    assert.ok(!this.#inCall, "calls never overlap");
    this.#inCall = true;
    const text = Buffer.from(bytes).toString();
    this.messages.push(text);
    this.onMessage(text);
    this.#inCall = false;
  }

  onSecure(facts: TlsFacts): void {
    assert.deepEqual(this.messages, []);
    this.facts = facts;
  }

  onDrain(): void {
    this.drains++;
  }

  onEnd(): void {
    this.connection.end();
  }

  onClose(why: Fault | undefined): void {
    this.closes++;
    this.why = why;
  }
}

export type Given<P extends WebSocketPair> = P & {
  readonly at: Endpoint;
  readonly served: readonly Served[];
  settled(what: string, holds: () => boolean): Promise<void>;
  joined(): Promise<{ readonly client: Client; readonly server: Served }>;
};

const messageBytesMax = 65_536;

/** Runs one case on a WebSocket listener of two, and closes afterwards what it opened. */
export async function onWebSocket<P extends WebSocketPair>(
  pair: P,
  body: (given: Given<P>) => Promise<void>,
  listen: Partial<ListenOptions> = {},
): Promise<void> {
  const { time, two, twoAddress } = pair;
  const served: Served[] = [];
  const clients: Client[] = [];
  const settled = (what: string, holds: () => boolean) => eventually(time, what, holds);
  const listening = await time.until(
    two.listen({
      address: twoAddress,
      port: 0,
      webSocket: { subprotocol: "sip", messageBytesMax },
      accept: (connection) => {
        const server = new Served(connection);
        served.push(server);
        return server;
      },
      ...listen,
    }),
  );
  assert.ok(listening.ok);
  const { at } = listening.value;
  const joined = async () => {
    const before = served.length;
    const client = await time.until(pair.dial(at));
    clients.push(client);
    await settled("the server's end", () => served.length > before);
    const server = served.at(-1);
    assert.ok(server);
    return { client, server };
  };
  try {
    await body({ ...pair, at, served, settled, joined });
  } finally {
    for (const { connection } of served) connection.destroy();
    for (const client of clients) client.close();
    await time.until(listening.value.close());
    await settled("all is over", () => served.every(({ closes }) => closes === 1));
  }
}

/** What every network must do with WebSockets. */
export function webSocketContract(kind: string, make: () => WebSocketPair): void {
  const check = (name: string, body: (given: Given<WebSocketPair>) => Promise<void>) =>
    test(`${kind}, WebSocket: ${name}`, () => onWebSocket(make(), body));

  check("each message is one call, each write one message, both ways and in order", async ({ joined, settled }) => {
    const { client, server } = await joined();
    const sent = Array.from({ length: 200 }, (_, n) => `${n} é€😀 ${"x".repeat(n * 7)}`);
    for (const text of sent) {
      client.send(text);
      server.connection.write(utf8(text));
      server.connection.writeText(text.toUpperCase());
    }
    await settled("all have come", () => client.messages.length === 400 && server.messages.length === 200);
    assert.deepEqual(server.messages, sent);
    assert.deepEqual(
      client.messages,
      sent.flatMap((text) => [text, text.toUpperCase()]),
    );
  });

  check("the largest message comes whole, a larger one ends it, and only it", async ({ joined, settled }) => {
    const { client, server } = await joined();
    const other = await joined();
    client.send("x".repeat(messageBytesMax));
    await settled("the largest has come", () => server.messages.length === 1);
    assert.equal(server.messages[0]?.length, messageBytesMax);
    client.send("x".repeat(messageBytesMax + 1));
    await settled("both learn of it", () => client.isClosed && server.closes === 1);
    assert.equal(server.why?.code, "remote-link-lost");
    assert.equal(server.messages.length, 1);
    other.client.send("unharmed");
    await settled("the other goes on", () => other.server.messages.length === 1);
  });

  check("each end knows the other's address", async ({ joined, at }) => {
    const { server } = await joined();
    assert.deepEqual(server.connection.local, at);
    assert.ok(server.connection.remote.port > 0);
  });

  check("pausing inside a call holds until resume, and loses nothing", async ({ joined, settled, time }) => {
    const { client, server } = await joined();
    server.onMessage = () => server.connection.pause();
    for (let n = 0; n < 20; n++) client.send(String(n));
    await settled("the first comes", () => server.messages.length > 0);
    client.close();
    await pass(time, 30);
    assert.deepEqual(server.messages, ["0"]);
    assert.equal(server.closes, 0, "the end waits behind the messages");
    for (let n = 1; n < 20; n++) {
      server.connection.resume();
      await settled("the next comes", () => server.messages.length === n + 1);
    }
    server.connection.resume();
    await settled("it is over", () => server.closes === 1);
    assert.deepEqual(
      server.messages,
      Array.from({ length: 20 }, (_, n) => String(n)),
    );
  });

  check("a slow reader is waited for: bytes queue here, and their leaving is announced", async (given) => {
    const { joined, settled, time } = given;
    const { client, server } = await joined();
    client.pause();
    const text = "x".repeat(60_000);
    let written = 0;
    do {
      for (let n = 0; n < 16; n++) server.connection.writeText(text);
      written += 16;
      await turnEnds(time);
      await pass(time, 20);
    } while (server.connection.queuedBytes === 0 && written < 2_000);
    assert.ok(server.connection.queuedBytes > 0, "the system takes no more than it has room for");
    assert.equal(server.drains, 0);
    client.resume();
    await settled("all has come", () => client.messages.length === written);
    await settled("it is announced", () => server.drains === 1);
    assert.equal(server.connection.queuedBytes, 0);
  });

  check("what was written before end arrives before it", async ({ joined, settled }) => {
    const { client, server } = await joined();
    server.connection.writeText("goodbye");
    server.connection.end();
    server.connection.writeText("too late");
    await settled("both are closed", () => client.isClosed && server.closes === 1);
    assert.deepEqual(client.messages, ["goodbye"]);
    assert.equal(server.why, undefined);
  });

  check("the client's close ends it in order", async ({ joined, settled, time }) => {
    const { client, server } = await joined();
    client.send("last words");
    client.close();
    await settled("it is over", () => server.closes === 1);
    assert.deepEqual(server.messages, ["last words"]);
    assert.equal(server.why, undefined);
    const { connection } = server;
    connection.writeText("late");
    connection.flush();
    connection.pause();
    connection.resume();
    connection.end();
    connection.destroy();
    await pass(time, 20);
    assert.equal(server.closes, 1);
  });

  check("destroy is at once for us, and the other end learns of it", async ({ joined, settled, time }) => {
    const { client, server } = await joined();
    client.send("unheard");
    server.connection.destroy();
    server.connection.destroy();
    assert.equal(server.closes, 0, "never inside destroy");
    await settled("both are closed", () => client.isClosed && server.closes === 1);
    await pass(time, 10);
    assert.deepEqual(server.messages, []);
    assert.equal(server.why, undefined);
  });

  check("a handler may destroy in the middle of what it hears", async ({ joined, settled }) => {
    const { client, server } = await joined();
    server.onMessage = () => server.connection.destroy();
    for (let n = 0; n < 3; n++) client.send(String(n));
    await settled("both are closed", () => client.isClosed && server.closes === 1);
    assert.deepEqual(server.messages, ["0"]);
  });

  check("what is written at once waits until it can be sent", async ({ settled, time, dial, two, twoAddress }) => {
    const accept = (connection: Connection): ConnectionHandler => {
      connection.writeText("welcome");
      connection.end();
      return new Served(connection);
    };
    const webSocket = { subprotocol: "sip", messageBytesMax };
    const listening = await time.until(two.listen({ address: twoAddress, port: 0, webSocket, accept }));
    assert.ok(listening.ok);
    const client = await time.until(dial(listening.value.at));
    await settled("it has come", () => client.isClosed);
    assert.deepEqual(client.messages, ["welcome"]);
    await time.until(listening.value.close());
  });
}
