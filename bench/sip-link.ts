import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Target } from "./job.ts";
import type { Transport } from "./sip-workloads.ts";
import { tlsSetting } from "./tls-setting.ts";

const patienceMs = 20_000;
/** Room for what comes while the driver is busy elsewhere. */
const receiveBytes = 1 << 20;

/** One socket to a server, for any transport. Texts are Latin-1. */
export interface Link {
  readonly transport: Transport;
  /** Our own address and port. */
  readonly local: string;
  /** Takes each datagram, or each piece of the stream. */
  onBytes: (bytes: Buffer) => void;
  send(text: string): void;
  /** From here until `release`, what is sent to a stream is kept, and leaves in one piece. */
  hold(): void;
  release(): void;
  close(): void;
}

export function openLink(transport: Transport, target: Target): Promise<Link> {
  return transport === "udp" ? openUdp(target) : openStream(transport, target);
}

class UdpLink implements Link {
  readonly transport = "udp";
  readonly local: string;
  onBytes: (bytes: Buffer) => void = () => {};
  readonly #socket: UdpSocket;
  #closed = false;

  constructor(socket: UdpSocket) {
    const { address, port } = socket.address();
    this.local = `${address}:${port}`;
    this.#socket = socket;
    socket.on("message", (bytes) => this.onBytes(bytes));
    // A server that went away; what was sent counts as lost.
    socket.on("error", () => {});
  }

  send(text: string): void {
    if (!this.#closed) this.#socket.send(Buffer.from(text, "latin1"));
  }

  hold(): void {}

  release(): void {}

  close(): void {
    this.#closed = true;
    this.#socket.close();
  }
}

export class StreamLink implements Link {
  readonly transport: Transport;
  readonly local: string;
  onBytes: (bytes: Buffer) => void = () => {};
  readonly #socket: Socket;
  #holding = false;
  #held = "";

  constructor(transport: Transport, socket: Socket) {
    this.transport = transport;
    this.local = `${socket.localAddress}:${socket.localPort}`;
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.onBytes(bytes));
    socket.on("error", () => {});
  }

  send(text: string): void {
    if (this.#holding) this.#held += text;
    else this.#socket.write(text, "latin1");
  }

  hold(): void {
    this.#holding = true;
  }

  release(): void {
    this.#holding = false;
    if (this.#held === "") return;
    this.#socket.write(this.#held, "latin1");
    this.#held = "";
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function openUdp({ address, port }: Target): Promise<Link> {
  const socket = createSocket({ type: "udp4", recvBufferSize: receiveBytes });
  await new Promise<void>((done, fail) => {
    socket.once("error", fail);
    socket.connect(port, address, () => {
      socket.off("error", fail);
      done();
    });
  });
  return new UdpLink(socket);
}

async function openStream(transport: "tcp" | "tls", { address, port, domain }: Target): Promise<Link> {
  const options = { host: address, port, noDelay: true };
  const secure = { ...tlsSetting, ...options, servername: domain, rejectUnauthorized: false };
  const socket = transport === "tls" ? connectTls(secure) : connectTcp(options);
  await new Promise<void>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`no ${transport} connection in ${patienceMs} ms`)), patienceMs);
    socket.once(transport === "tls" ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.off("error", fail);
      done();
    });
    socket.once("error", fail);
  });
  return new StreamLink(transport, socket);
}
