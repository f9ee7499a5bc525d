import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { fault } from "../base/fault.ts";
import type { DatagramHandler, DatagramOptions, DatagramSocket, Endpoint } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { plainAddress } from "./socket-error.ts";
import type { Turn } from "./turn.ts";

/** Room for datagrams that came while the program was busy; the system may give less (Linux: net.core.rmem_max). */
const receiveBytes = 4 * 1024 * 1024;
const sendBytes = 1024 * 1024;

/** What may wait here when the system takes no more; beyond it datagrams are dropped, as any router would. */
const queueBytesMax = 4 * 1024 * 1024;
/** How many sends go by between two looks at that queue: the look costs a call into the platform. */
const sendsPerLook = 32;

/**
 * Sending to a literal address needs no DNS, but the platform asks for it all the same, and by default answers itself in a
 * job of its own for each datagram. Answered at once, the datagram leaves inside `send`.
 */
const itself = (address: string, family: unknown, answer: (error: null, address: string, family: number) => void) =>
  answer(null, address, family as number);

/** Opens a UDP socket of this machine; what comes is looked at when all that is there is read. Fails with listen-failed. */
export function openDatagrams(options: DatagramOptions, turn: Turn): Promise<Result<DatagramSocket>> {
  const where = `${options.address}:${options.port}`;
  const family = isIP(options.address);
  if (family === 0) return Promise.resolve(no(fault("listen-failed", `${where}: not an address`)));
  const socket = createSocket({ type: family === 6 ? "udp6" : "udp4", lookup: itself as never });
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(no(fault("listen-failed", `${where}: ${error.code ?? error.message}`)));
    });
    socket.once("listening", () => {
      socket.removeAllListeners("error");
      // ICMP's word that nobody listens there, and the like: the datagram is lost, which is nothing new.
      socket.on("error", () => {});
      resolve(ok(new SystemDatagrams(socket, family === 6, options.handler, turn)));
    });
    socket.bind({ address: options.address, port: options.port, exclusive: true });
  });
}

class SystemDatagrams implements DatagramSocket {
  readonly at: Endpoint;
  readonly receiveBytes: number;
  readonly #socket: Socket;
  readonly #six: boolean;
  #sendsToLook = sendsPerLook;
  #choked = false;
  #closed: Promise<void> | undefined;

  constructor(socket: Socket, six: boolean, handler: DatagramHandler, turn: Turn) {
    const { address, port } = socket.address();
    this.at = { address: plainAddress(address), port };
    this.#socket = socket;
    this.#six = six;
    this.receiveBytes = widened(socket);
    socket.on("message", (bytes, from) => {
      const address = six ? plainAddress(from.address) : from.address;
      const sender = address === from.address ? from : { address, port: from.port };
      const take = (datagram: Uint8Array): void => {
        if (this.#closed === undefined) handler.onDatagram(datagram, sender);
      };
      turn.came({ take }, bytes);
    });
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    const { address, port } = to;
    // Port 0 is no place; the platform would throw.
    if (this.#closed !== undefined || port < 1 || port > 65_535 || this.#isChoked()) return;
    // RFC 4291 §2.5.5.2: an IPv6 socket writes to IPv4 addresses in their IPv6 clothes.
    this.#socket.send(bytes, port, this.#six && !address.includes(":") ? `::ffff:${address}` : address);
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((done) => void this.#socket.close(() => done()));
    return this.#closed;
  }

  #isChoked(): boolean {
    if (this.#choked || --this.#sendsToLook === 0) {
      this.#sendsToLook = sendsPerLook;
      this.#choked = this.#socket.getSendQueueSize() > queueBytesMax;
    }
    return this.#choked;
  }
}

/** Asks for large buffers; answers what the system really gave for receiving, in bytes. */
function widened(socket: Socket): number {
  try {
    socket.setSendBufferSize(sendBytes);
    socket.setRecvBufferSize(receiveBytes);
  } catch {
    // Some systems refuse what is too much instead of giving what they can.
  }
  // Linux counts its own bookkeeping in and so doubles what was asked for (socket(7), SO_RCVBUF).
  return process.platform === "linux" ? socket.getRecvBufferSize() / 2 : socket.getRecvBufferSize();
}
