import assert from "node:assert/strict";
import { WebSocket } from "ws";
import type { Connection, ConnectionHandler, Endpoint } from "../src/base/network.ts";
import type { Plan } from "../src/sim/plan.ts";
import type { NetworkPair } from "./network-contract.ts";
import { simulatedPair, systemPair } from "./network-pairs.ts";
import type { Client, WebSocketPair } from "./web-socket-contract.ts";

/** A real client. */
export class SystemClient implements Client {
  readonly messages: string[] = [];
  readonly kinds: ("text" | "binary")[] = [];
  readonly socket: WebSocket;
  isClosed = false;
  closedWith = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer, isBinary) => {
      this.messages.push(data.toString());
      this.kinds.push(isBinary ? "binary" : "text");
    });
    socket.on("error", () => {});
    socket.on("close", (code) => {
      this.isClosed = true;
      this.closedWith = code;
    });
  }

  /** Resolves when the handshake is done; rejects with the status where it was refused. */
  static dial({ address, port }: Endpoint, secure = false): Promise<SystemClient> {
    const url = `${secure ? "wss" : "ws"}://${address}:${port}/`;
    const socket = new WebSocket(url, "sip", { rejectUnauthorized: false, perMessageDeflate: true });
    const client = new SystemClient(socket);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(client));
      socket.once("error", reject);
    });
  }

  send(text: string): void {
    this.socket.send(text);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.close();
  }
}

class SimulatedClient implements Client, ConnectionHandler {
  readonly messages: string[] = [];
  isClosed = false;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.handler = this;
  }

  send(text: string): void {
    this.#connection.writeText(text);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  close(): void {
    this.#connection.end();
  }

  onData(bytes: Uint8Array): void {
    this.messages.push(Buffer.from(bytes).toString());
  }

  onSecure(): void {}

  onDrain(): void {}

  onEnd(): void {
    this.#connection.end();
  }

  onClose(): void {
    this.isClosed = true;
  }
}

export function systemWebSockets(network = systemPair()): WebSocketPair & {
  dial(at: Endpoint, secure?: boolean): Promise<SystemClient>;
} {
  return { ...network, dial: SystemClient.dial };
}

export function simulatedWebSockets(seed: number, plan: Partial<Plan> = {}): WebSocketPair {
  const pair: NetworkPair = simulatedPair(seed, { splitChance: 0.5, ...plan });
  const dial = async (at: Endpoint): Promise<Client> => {
    const connected = await pair.one.connect({ ...at, timeoutMs: 5_000 });
    assert.ok(connected.ok);
    return new SimulatedClient(connected.value);
  };
  return { ...pair, dial };
}
